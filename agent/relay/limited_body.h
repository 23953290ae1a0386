#pragma once

#include <cstdint>
#include <optional>

#include "common/base/error.h"
#include "common/http/body.h"

namespace outhaul::agent {

/// The body of a request, which fails as soon as there is more of it than the service takes. Bytes
/// up to the limit pass.
class LimitedBody final : public http::BodyReader {
 public:
  /// Without a limit it changes nothing. `body` must outlive it.
  LimitedBody(http::BodyReader& body, std::optional<std::uint64_t> limit)
      : body_(body), limit_(limit) {}

  Bytes peek() override;
  void consume(std::size_t count) override;
  http::BodyState state() const override;
  Readiness& readable() override { return body_.readable(); }
  const http::Fields& trailers() const override { return body_.trailers(); }
  const Error& error() const override { return exceeded_ ? error_ : body_.error(); }

  bool exceeded() const { return exceeded_; }

 private:
  http::BodyReader& body_;
  std::optional<std::uint64_t> limit_;
  std::uint64_t passed_ = 0;
  bool exceeded_ = false;
  Error error_;
};

/// "the request's body is larger than the 64KiB that this service takes (request_body_limit)"
Error body_too_large(std::uint64_t limit);

}  // namespace outhaul::agent
