#pragma once

#include "agent/relay/access_record.h"
#include "agent/relay/relay_context.h"
#include "common/h2/stream.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

/// One request under way, as every kind of relay sees it. What is referenced outlives the relay.
struct RelayRequest {
  RelayContext& context;
  h2::Stream& stream;
  AccessRecord& record;
  tunnel::Descriptor descriptor{};
  /// A byte of the request was handed to an origin: the edge must not send it again.
  bool touched = false;
};

}  // namespace outhaul::agent
