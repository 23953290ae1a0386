#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "agent/origins/connection_slot.h"
#include "common/base/byte_queue.h"
#include "common/net/byte_stream.h"

namespace outhaul::agent {

/// One connection to an origin that carries one exchange at a time: HTTP/1.1, TCP, WebSocket.
///
/// States: it is *leased* to one exchange at a time; after a complete exchange that both sides want
/// to keep it is *idle* in the pool, where any byte or end from the origin retires it; after
/// anything else it is destroyed, which closes it. A connection is *reused* from its second
/// exchange on: only then may a request that got no answer be sent again, because the origin may
/// have closed while the request was on its way.
class OriginConnection {
 public:
  OriginConnection(std::unique_ptr<net::ByteStream> stream, std::string address)
      : stream_(std::move(stream)), address_(std::move(address)) {}

  net::ByteStream& stream() { return *stream_; }
  /// Bytes that were read and not used yet. Must be empty between two exchanges.
  ByteQueue& input() { return input_; }
  /// The checked address that was dialled, for logs.
  const std::string& address() const { return address_; }

  /// The slot under which it counts; given back when it is closed.
  void hold(ConnectionSlot slot) { slot_ = std::move(slot); }
  /// Both for who goes on with another protocol; nothing has been read yet.
  std::unique_ptr<net::ByteStream> take_stream() { return std::move(stream_); }
  ConnectionSlot take_slot() { return std::move(slot_); }

  bool reused() const { return exchanges_ > 1; }
  void begin_exchange() { ++exchanges_; }

 private:
  ConnectionSlot slot_;
  std::unique_ptr<net::ByteStream> stream_;
  ByteQueue input_;
  std::string address_;
  std::uint64_t exchanges_ = 0;
};

}  // namespace outhaul::agent
