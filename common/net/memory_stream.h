#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <utility>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/base/byte_queue.h"
#include "common/net/byte_stream.h"

namespace outhaul::net {

/// How many bytes one call may move at most.
struct Cut {
  enum class Mode : std::uint8_t { whole, fixed, random };
  Mode mode = Mode::whole;
  /// The size of `fixed` pieces, the largest of `random` ones. At least 1.
  std::size_t size = 1;
};

struct MemoryStreamOptions {
  /// Bytes that may wait in each direction. At least 1.
  std::size_t capacity = std::size_t{64} * 1024;
  Cut read_cut;
  Cut write_cut;
  /// Of the random cuts: the same seed gives the same cuts.
  std::uint32_t seed = 1;
};

/// One end of a connection in memory, for tests, benchmarks and fuzzing. It behaves like TCP where
/// callers can tell: bounded, short reads and writes, half-close, reset. Both ends live on one
/// loop. Destroying an end gives the other one what is under way, then end; its writes fail.
class MemoryStream final : public ByteStream {
 public:
  struct Pair;
  static Pair make_pair(Loop& loop, const MemoryStreamOptions& options);
  ~MemoryStream() override;
  MemoryStream(const MemoryStream&) = delete;
  MemoryStream& operator=(const MemoryStream&) = delete;

  IoResult read(MutableBytes into) override;
  IoResult write(std::span<const Bytes> parts) override;
  IoResult flush() override { return {IoStatus::done, 0}; }
  IoResult shutdown_write() override;
  void reset() override;
  Readiness& readable() override { return readable_; }
  Readiness& writable() override { return writable_; }
  const Error& error() const override { return error_; }

  /// From now on nothing that this end writes (nor its end) is seen by the other one...
  void hold();
  /// ...until now.
  void release();
  /// Both directions die with `error`, seen by this end as if the network had done it; the other
  /// end sees a reset.
  void inject_failure(Error error);
  /// This end sees `end` after what has arrived; what the other end writes later vanishes.
  void inject_end();

  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  struct Direction {
    ByteQueue bytes;
    bool ended = false;
    bool held = false;
  };
  struct Link {
    Direction directions[2];
    MemoryStream* ends[2] = {nullptr, nullptr};
  };

  MemoryStream(Loop& loop, std::shared_ptr<Link> link, std::size_t index,
               const MemoryStreamOptions& options);
  Direction& outgoing() { return link_->directions[index_]; }
  Direction& incoming() { return link_->directions[1 - index_]; }
  MemoryStream* peer() { return link_->ends[1 - index_]; }
  std::size_t cut(const Cut& cut, std::size_t size);
  void fail(Error error);
  void wake_peer_reader();

  std::shared_ptr<Link> link_;
  std::size_t index_;
  MemoryStreamOptions options_;
  std::minstd_rand random_;
  Readiness readable_;
  Readiness writable_;
  bool dead_ = false;
  Error error_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

struct MemoryStream::Pair {
  std::unique_ptr<MemoryStream> first;
  std::unique_ptr<MemoryStream> second;
};

}  // namespace outhaul::net
