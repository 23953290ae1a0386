#include "edge/check/directory_view.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "edge/admin/answer_text.h"

namespace outhaul::edge::check {

namespace {

using nlohmann::json;

/// What a command prints with --json.
Result<json> ask(ApiCaller& api, AdminAction action) {
  AdminCommand command;
  command.action = action;
  command.json = true;
  OUTHAUL_TRY(response, call_whole(api, command, {}));
  if (response.status >= 400) return Error{ErrorKind::protocol, failure_message(response)};
  const CommandOutput output = describe_answer(command, response);
  json result = json::parse(output.output_text, nullptr, false);
  if (result.is_discarded()) {
    return Error{ErrorKind::protocol, "the edge's answer is no JSON; look into its log"};
  }
  return result;
}

std::string tunnel_of(const json& service) {
  const json& host = service.at("host");
  for (const char* key : {"resolver_network", "network"}) {
    if (host.contains(key) && host.at(key).is_object()) {
      return host.at(key).value("tunnel_id", "");
    }
  }
  return {};
}

void read_tunnels(const json& list, DirectoryView& view) {
  for (const json& each : list) {
    if (!each.at("deleted_at").is_null()) continue;
    view.tunnels.push_back({.id = each.at("id").get<std::string>(),
                            .name = each.at("name").get<std::string>(),
                            .disabled = each.at("disabled").get<bool>()});
  }
}

void read_services(const json& list, DirectoryView& view) {
  for (const json& each : list)
    view.services.push_back({.id = each.at("service_id").get<std::string>(),
                             .name = each.at("name").get<std::string>(),
                             .tunnel_id = tunnel_of(each)});
}

void read_bindings(const json& list, DirectoryView& view) {
  for (const json& each : list) {
    ++view.bindings;
    const auto service = std::ranges::find(view.services, each.at("service_id").get<std::string>(),
                                           &DirectoryView::Service::id);
    if (service != view.services.end()) {
      ++service->bindings;
    } else {
      view.lost_bindings.push_back(each.at("id").get<std::string>());
    }
  }
}

void read_status(const json& status, DirectoryView& view) {
  if (!status.contains("connections")) return;
  view.running = true;
  for (DirectoryView::Tunnel& tunnel : view.tunnels) {
    tunnel.connections = status.at("connections").value(tunnel.id, std::size_t{0});
    for (const json& replica : status.value("replicas", json::array()))
      tunnel.agents += replica.at("tunnel") == tunnel.id ? 1U : 0U;
  }
  if (status.contains("listeners")) {
    view.listeners = status.at("listeners").get<std::vector<std::string>>();
  }
  for (const json& certificate : status.value("certificates", json::array()))
    view.certificate_left_s = certificate.at("left_s").get<double>();
}

}  // namespace

const DirectoryView::Tunnel* DirectoryView::tunnel(const std::string& id) const {
  const auto found = std::ranges::find(tunnels, id, &Tunnel::id);
  return found == tunnels.end() ? nullptr : &*found;
}

Result<DirectoryView> read_directory(ApiCaller& api) {
  DirectoryView view;
  OUTHAUL_TRY(tunnels, ask(api, AdminAction::tunnel_list));
  OUTHAUL_TRY(services, ask(api, AdminAction::service_list));
  OUTHAUL_TRY(bindings, ask(api, AdminAction::binding_list));
  OUTHAUL_TRY(status, ask(api, AdminAction::status));
  try {
    read_tunnels(tunnels, view);
    read_services(services, view);
    read_bindings(bindings, view);
    read_status(status, view);
  } catch (const json::exception& problem) {
    return Error{ErrorKind::protocol, std::string("the edge answers in another form: ") +
                                          problem.what() +
                                          "; run the outhaul-edge of the same version"};
  }
  return view;
}

}  // namespace outhaul::edge::check
