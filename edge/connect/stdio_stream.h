#pragma once

#include "common/async/loop.h"
#include "common/net/byte_stream.h"
#include "common/net/fd.h"

namespace outhaul::edge {

/// Two descriptors, such as standard input and output, as one stream: pipes, sockets, terminals and
/// files. Ending the output closes its descriptor. Their O_NONBLOCK, which other processes may
/// share, is put back at the end.
class StdioStream final : public net::ByteStream {
 public:
  /// Takes both descriptors. The loop must outlive the stream.
  StdioStream(Loop& loop, net::Fd input, net::Fd output);

  net::IoResult read(MutableBytes into) override;
  net::IoResult write(std::span<const Bytes> parts) override;
  net::IoResult flush() override { return {net::IoStatus::done, 0}; }
  net::IoResult shutdown_write() override;
  void reset() override;
  Readiness& readable() override { return input_.ready; }
  Readiness& writable() override { return output_.ready; }
  const Error& error() const override { return error_; }

 private:
  /// A descriptor on the loop; one that epoll does not take, a file, is always ready.
  struct Half final : public FdHandler {
    Half(Loop& loop_in, net::Fd fd_in, std::uint32_t events);
    ~Half() { close(); }
    Half(const Half&) = delete;
    Half& operator=(const Half&) = delete;
    void on_fd_events(std::uint32_t events) override;
    /// would_block, after which ready is set by the next event.
    net::IoResult must_wait();
    void close();

    Loop& loop;
    net::Fd fd;
    int flags_before;
    bool watched = false;
    Readiness ready;
  };
  net::IoResult failed(int error_number, const char* doing);

  Half input_;
  Half output_;
  Error error_;
};

}  // namespace outhaul::edge
