#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "agent/connections/edge_connection.h"
#include "agent/relay/relay_context.h"

namespace outhaul::agent {

/// Answers the requests of all tunnel connections of a loop by relaying them.
class RelayServer final : public RequestServer {
 public:
  /// `context` must outlive the server.
  explicit RelayServer(RelayContext& context) : context_(context) {}

  Task<void> serve(std::string connection, std::unique_ptr<h2::Stream> stream) override {
    return serve_arrived(std::move(connection), std::move(stream), context_.loop.now());
  }
  bool has_room() const override { return active() < context_.limits.streams_per_agent; }

  /// Requests under way, on all loops.
  std::size_t active() const { return context_.process->requests.load(std::memory_order_relaxed); }

 private:
  Task<void> serve_arrived(std::string connection, std::unique_ptr<h2::Stream> stream,
                           TimePoint arrived);

  RelayContext& context_;
};

}  // namespace outhaul::agent
