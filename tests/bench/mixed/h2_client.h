#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "common/net/fd.h"
#include "common/net/socket_address.h"
#include "tests/bench/h2_library.h"

namespace outhaul::bench {

using Clock = std::chrono::steady_clock;

/// A plaintext HTTP/2 client with one connection, windows that hold nobody up, and downloads that
/// may have a priority (RFC 9218). Everything happens in turn(), which blocks for what the peer
/// sends.
class H2Client {
 public:
  struct Download {
    std::uint64_t received = 0;
    Clock::time_point began;
    /// Called at its end, from inside turn(); may begin other downloads.
    std::function<void(const Download&)> ended;
  };

  /// `descriptor` is sent as Tunnel-Service; empty: no such field. Throws std::runtime_error, as
  /// everything here, when the peer cannot be reached or does not do as it should.
  H2Client(const net::SocketAddress& peer, std::string descriptor);
  H2Client(const H2Client&) = delete;
  H2Client& operator=(const H2Client&) = delete;

  /// Begins GET `path`, with `priority` as the field of that name unless it is empty. The download
  /// may be watched until its `ended` has returned.
  const Download& get(const std::string& path, const std::string& priority,
                      std::function<void(const Download&)> ended);
  /// Sends what is to be sent and takes in what has come, at least something.
  void turn();
  /// Content of all downloads so far.
  std::uint64_t received() const { return received_; }

 private:
  void flush();

  static H2Client& from(void* self) { return *static_cast<H2Client*>(self); }
  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                       std::size_t name_length, const std::uint8_t* value, std::size_t value_length,
                       std::uint8_t flags, void* self);
  static int on_data(nghttp2_session*, std::uint8_t flags, std::int32_t stream,
                     const std::uint8_t* data, std::size_t length, void* self);
  static int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* self);

  net::Fd socket_;
  std::string authority_;
  std::string descriptor_;
  H2SessionPointer session_;
  std::map<std::int32_t, Download> downloads_;
  std::uint64_t received_ = 0;
  /// What was wrong in a callback, which cannot throw through the library.
  std::string fault_;
};

}  // namespace outhaul::bench
