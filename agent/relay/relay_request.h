#pragma once

#include <memory>
#include <optional>

#include "agent/relay/access_record.h"
#include "agent/relay/limited_body.h"
#include "agent/relay/relay_context.h"
#include "agent/relay/service_cache.h"
#include "common/base/memory_budget.h"
#include "common/h2/stream.h"

namespace outhaul::agent {

/// One request under way, as every kind of relay sees it. What is referenced outlives the relay.
struct RelayRequest {
  RelayContext& context;
  h2::Stream& stream;
  AccessRecord& record;
  /// Set by admit().
  std::shared_ptr<const KnownService> service{};
  /// The request's content, as much as the service takes; set by the relay of an http request.
  std::optional<LimitedBody> content{};
  /// Taken by admit(), for as long as the request lives.
  MemoryShare memory{};
  /// A byte of the request was handed to an origin: the edge must not send it again.
  bool touched = false;

  /// Only after admit().
  const tunnel::Descriptor& descriptor() const { return service->descriptor; }
  const ServiceSettings& settings() const { return *service->settings; }
  /// There was more content than the service takes.
  bool body_exceeded() const { return content && content->exceeded(); }
};

}  // namespace outhaul::agent
