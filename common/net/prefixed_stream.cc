#include "common/net/prefixed_stream.h"

#include <algorithm>
#include <utility>

namespace outhaul::net {

PrefixedStream::PrefixedStream(std::string prefix, std::unique_ptr<ByteStream> stream)
    : prefix_(std::move(prefix)), stream_(std::move(stream)) {}

IoResult PrefixedStream::read(MutableBytes into) {
  const Bytes left = as_bytes(prefix_).subspan(given_);
  if (left.empty() || into.empty()) return stream_->read(into);
  const std::size_t count = std::min(left.size(), into.size());
  std::ranges::copy(left.first(count), into.begin());
  given_ += count;
  if (given_ == prefix_.size()) {
    prefix_ = {};
    given_ = 0;
  }
  return {IoStatus::done, count};
}

void PrefixedStream::reset() {
  prefix_ = {};
  given_ = 0;
  stream_->reset();
}

}  // namespace outhaul::net
