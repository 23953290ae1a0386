#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include <nghttp2/nghttp2.h>

#include "common/net/memory_stream.h"
#include "tests/bench/h2_library.h"

namespace outhaul::bench {

/// What is asked of the relay.
struct Workload {
  std::size_t streams = 100;       ///< requests under way at a time
  std::size_t response_bytes = 0;  ///< content of a response
  std::size_t request_bytes = 0;   ///< content of a request; 0: GET
};

/// An HTTP/2 client in memory, in the edge's place: keeps the workload's number of requests under
/// way and checks each answer. Like MemoryOrigin it works in step() only.
class H2Peer {
 public:
  /// `transport` must outlive the peer. `tunnel_service` is the descriptor of every request.
  H2Peer(net::MemoryStream& transport, const Workload& workload, std::string tunnel_service);
  ~H2Peer();
  H2Peer(const H2Peer&) = delete;
  H2Peer& operator=(const H2Peer&) = delete;

  void step();
  std::uint64_t completed() const { return completed_; }

 private:
  struct Exchange {
    std::size_t received = 0;
    std::size_t unsent = 0;
    bool accepted = false;
  };
  void submit();
  void read();
  void write();
  void finish(std::int32_t stream, std::uint32_t code);

  static H2Peer& from(void* self) { return *static_cast<H2Peer*>(self); }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_length, const std::uint8_t* value, std::size_t value_length,
                       std::uint8_t flags, void* self);
  static int on_data(nghttp2_session*, std::uint8_t flags, std::int32_t stream,
                     const std::uint8_t* data, std::size_t length, void* self);
  static int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* self);
  static ssize_t read_body(nghttp2_session*, std::int32_t stream, std::uint8_t* buffer,
                           std::size_t length, std::uint32_t* flags, nghttp2_data_source* source,
                           void* self);

  net::MemoryStream& transport_;
  Workload workload_;
  std::string tunnel_service_;
  H2SessionPointer session_;
  std::map<std::int32_t, Exchange> exchanges_;
  std::string unsent_;
  std::uint64_t submitted_ = 0;
  std::uint64_t completed_ = 0;
};

}  // namespace outhaul::bench
