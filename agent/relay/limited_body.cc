#include "agent/relay/limited_body.h"

#include <algorithm>

#include "common/options/value_syntax.h"

namespace outhaul::agent {

Bytes LimitedBody::peek() {
  if (exceeded_) return {};
  const Bytes data = body_.peek();
  if (!limit_ || data.empty()) return data;
  const std::uint64_t room = *limit_ - passed_;
  if (room == 0) {
    exceeded_ = true;
    error_ = body_too_large(*limit_);
    return {};
  }
  return data.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, data.size())));
}

void LimitedBody::consume(std::size_t count) {
  passed_ += count;
  body_.consume(count);
}

http::BodyState LimitedBody::state() const {
  return exceeded_ ? http::BodyState::failed : body_.state();
}

Error body_too_large(std::uint64_t limit) {
  return {ErrorKind::limit, "the request's body is larger than the " +
                                options::format_size(static_cast<std::int64_t>(limit)) +
                                " that this service takes (request_body_limit)"};
}

}  // namespace outhaul::agent
