#include "agent/relay/admission.h"

#include <memory>
#include <string>
#include <utility>

#include "common/base/request_memory.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

namespace {

std::optional<RelayFailure> check_size(const h2::Stream& stream) {
  if (!stream.oversized()) return std::nullopt;
  if (*stream.oversized() == h2::Oversize::path) {
    return RelayFailure{tunnel::Failure::path_too_long, ":path: longer than this agent takes"};
  }
  return RelayFailure{tunnel::Failure::request_headers_too_big,
                      "the header fields are larger or more than this agent takes"};
}

void take_service(RelayRequest& request, std::shared_ptr<const KnownService> service) {
  request.service = std::move(service);
  const KnownService& known = *request.service;
  if (known.traffic == nullptr) known.traffic = &request.context.traffic.of(known.id);
  request.record.count_for(known.id, *known.traffic);
}

/// Of an edge that passes on what its clients send, a Tunnel-* field may be anybody's.
std::optional<RelayFailure> check_tunnel_fields(const http::Fields& fields) {
  if (!fields.may_have(http::field_traits::tunnel)) return std::nullopt;
  for (const http::Field field : fields) {
    if (!field.has(http::field_traits::tunnel)) continue;
    return RelayFailure{tunnel::Failure::bad_descriptor,
                        std::string(field.name) +
                            ": clients may not send this field; let the edge delete Tunnel-* of "
                            "its clients, and set trust_descriptor if it sends its own"};
  }
  return std::nullopt;
}

std::optional<RelayFailure> find_route(RelayRequest& request) {
  auto service = request.context.ingress.find(request.stream.request());
  if (service) {
    take_service(request, std::move(service));
    return std::nullopt;
  }
  return RelayFailure{tunnel::Failure::no_route,
                      request.context.ingress.empty()
                          ? "the edge sent no Tunnel-Service field, and no local route is "
                            "configured"
                          : "no [[ingress]] entry matches host and path of the request; add one, "
                            "or one without host at the end"};
}

bool take_memory(RelayRequest& request) {
  MemoryBudget* const budget = request.context.memory;
  return budget == nullptr || request.memory.take(*budget, request_memory(request.context.limits));
}

std::optional<RelayFailure> read_descriptor(RelayRequest& request) {
  const http::Fields& fields = request.stream.request().fields;
  const auto value = fields.find(tunnel::service_field);
  if (!value) return find_route(request);
  if (fields.count(tunnel::service_field) > 1) {
    return RelayFailure{tunnel::Failure::bad_descriptor,
                        "Tunnel-Service: the field must be there exactly once"};
  }
  auto service = request.context.services.find(*value);
  if (!service) return RelayFailure{tunnel::Failure::bad_descriptor, service.error().message};
  take_service(request, *std::move(service));
  if (request.descriptor().net != request.context.tunnel_id) {
    return RelayFailure{tunnel::Failure::other_tunnel,
                        "net: names the network of another tunnel; the edge sent this request to "
                        "the wrong agent"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<RelayFailure> admit(RelayRequest& request) {
  if (request.context.refuses_tunnel_fields) {
    auto failure = check_tunnel_fields(request.stream.request().fields);
    if (failure) return failure;
  }
  if (const auto id = request.stream.request().fields.find(tunnel::request_id_field)) {
    request.record.name(*id);
  }
  if (auto failure = check_size(request.stream)) return failure;
  if (!take_memory(request)) {
    return RelayFailure{tunnel::Failure::too_many_connections,
                        "memory-limit: the requests under way use it up; try again, or raise it"};
  }
  return read_descriptor(request);
}

}  // namespace outhaul::agent
