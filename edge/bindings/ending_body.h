#pragma once

#include "common/http/body.h"

namespace outhaul::edge {

/// A body that tells when it has been read to its end, for whoever wants to read the connection
/// after it.
class EndingBody final : public http::BodyReader {
 public:
  /// `source` and the loop must outlive this object.
  EndingBody(http::BodyReader& source, Loop& loop) : source_(source), ended_(loop) {
    look_for_end();
  }

  Bytes peek() override;
  void consume(std::size_t count) override;
  http::BodyState state() const override { return source_.state(); }
  Readiness& readable() override { return source_.readable(); }
  const http::Fields& trailers() const override { return source_.trailers(); }
  const Error& error() const override { return source_.error(); }

  /// Set once the body is complete.
  Readiness& ended() { return ended_; }

 private:
  void look_for_end();

  http::BodyReader& source_;
  Readiness ended_;
};

}  // namespace outhaul::edge
