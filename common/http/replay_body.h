#pragma once

#include <cstddef>
#include <string>

#include "common/http/body.h"

namespace outhaul::http {

/// Bytes of request bodies that all requests together keep for a retry.
class ReplayBudget {
 public:
  explicit ReplayBudget(std::size_t total_bytes) : left_(total_bytes) {}

  /// False when so much is not left.
  bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  void give_back(std::size_t bytes) { left_ += bytes; }
  std::size_t left() const { return left_; }

 private:
  std::size_t left_;
};

/// A request body that can be read from its beginning once more, as long as what was read of it is
/// kept: up to `limit` bytes and what the budget has left. It streams: bytes are passed on as they
/// come, and copied aside.
class ReplayBody final : public BodyReader {
 public:
  /// `source` and `budget` must outlive this object.
  ReplayBody(BodyReader& source, ReplayBudget& budget, std::size_t limit)
      : source_(source), budget_(budget), limit_(limit) {}
  ~ReplayBody() override { forget(); }
  ReplayBody(const ReplayBody&) = delete;
  ReplayBody& operator=(const ReplayBody&) = delete;

  Bytes peek() override;
  void consume(std::size_t count) override;
  BodyState state() const override;
  Readiness& readable() override { return source_.readable(); }
  const Fields& trailers() const override { return source_.trailers(); }
  const Error& error() const override { return source_.error(); }

  /// Whether rewind() is possible: everything that was consumed is still kept.
  bool whole() const { return keeping_; }
  /// Starts again from the first byte. Only while whole().
  void rewind() { position_ = 0; }
  /// Keeps nothing any more; what was kept and not read again stays readable.
  void forget();

 private:
  BodyReader& source_;
  ReplayBudget& budget_;
  std::size_t limit_;
  std::string kept_;
  std::size_t position_ = 0;  // within kept_; at its end the source goes on
  std::size_t reserved_ = 0;
  bool keeping_ = true;
};

}  // namespace outhaul::http
