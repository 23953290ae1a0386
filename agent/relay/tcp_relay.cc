#include "agent/relay/tcp_relay.h"

#include <memory>
#include <string>

#include "agent/relay/byte_relay.h"
#include "agent/relay/origin_access.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

namespace {

/// Counts a tunnel of a service for as long as it lives.
class ServiceSlot {
 public:
  ServiceSlot(ServiceCounts& counts, const Uuid& service) : counts_(counts), service_(service) {
    ++counts_[service_];
  }
  ServiceSlot(const ServiceSlot&) = delete;
  ServiceSlot& operator=(const ServiceSlot&) = delete;
  ~ServiceSlot() {
    const auto found = counts_.find(service_);
    if (--found->second == 0) counts_.erase(found);
  }

 private:
  ServiceCounts& counts_;
  Uuid service_;
};

std::optional<RelayFailure> check_connect(const RelayRequest& request) {
  if (request.descriptor().type != tunnel::ServiceType::tcp) {
    return RelayFailure{tunnel::Failure::bad_request, "type: CONNECT is for services of type tcp"};
  }
  const std::string wanted = tunnel::connect_authority(request.descriptor());
  if (request.stream.request().authority != std::string_view(wanted)) {
    return RelayFailure{tunnel::Failure::bad_request,
                        ":authority: must repeat the descriptor's target, " + wanted};
  }
  return std::nullopt;
}

}  // namespace

Task<std::optional<RelayFailure>> relay_tcp(RelayRequest& request) {
  RelayContext& context = request.context;
  if (auto refused = check_connect(request)) co_return refused;
  const std::uint32_t limit = request.settings().tcp_streams;
  const auto in_use = context.tcp_tunnels.find(request.descriptor().id);
  if (in_use != context.tcp_tunnels.end() && in_use->second >= limit) {
    co_return RelayFailure{tunnel::Failure::too_many_connections,
                           "this service has " + std::to_string(limit) +
                               " TCP connections through this agent already "
                               "(--tcp-streams-per-service)"};
  }
  const ServiceSlot slot(context.tcp_tunnels, request.descriptor().id);
  OriginAccess origin(request, request.descriptor().hostname);
  auto refused = co_await origin.locate();
  if (refused) co_return refused;
  const std::unique_ptr<OriginConnection> connection = co_await origin.dial();
  if (!connection) co_return origin.failure();
  request.touched = true;

  http::ResponseHead head;
  head.status = 200;
  head.fields.add(tunnel::proxy_status_field,
                  forwarded_proxy_status(http::Fields(), context.tunnel_id));
  if (!request.stream.respond(head, true)) co_return std::nullopt;
  request.record.status = head.status;
  co_await relay_bytes(request, *connection, request.settings().tcp_idle,
                       h2::ErrorCode::connect_error);
  co_return std::nullopt;
}

}  // namespace outhaul::agent
