#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "common/base/byte_queue.h"
#include "common/net/byte_stream.h"

namespace outhaul::agent {

/// One connection to an origin.
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

  bool reused() const { return exchanges_ > 1; }
  void begin_exchange() { ++exchanges_; }

 private:
  std::unique_ptr<net::ByteStream> stream_;
  ByteQueue input_;
  std::string address_;
  std::uint64_t exchanges_ = 0;
};

}  // namespace outhaul::agent
