#include "edge/check/directory_steps.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace outhaul::edge::check {

namespace {

/// Of a long list people need to see that it is long.
constexpr std::size_t names_maximum = 5;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < names_maximum; ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > names_maximum) {
    text += " and " + std::to_string(names.size() - names_maximum) + " more";
  }
  return text;
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

Step check_tunnel(const DirectoryView& view, const DirectoryView::Tunnel& tunnel) {
  Step step{.name = "tunnel", .time = Duration::zero(), .detail = tunnel.name};
  if (tunnel.disabled) {
    step.detail += ", disabled";
    return step;
  }
  if (!view.running) {
    step.detail += ", no edge runs";
    return step;
  }
  step.state = State::ok;
  if (tunnel.connections == 0) {
    step.warn("no agent is connected",
              "run outhaul check where the agent of tunnel " + tunnel.name + " (" + tunnel.id +
                  ") runs, or delete the tunnel: outhaul-edge tunnel delete " + tunnel.name);
    return step;
  }
  step.detail +=
      ", " + counted(tunnel.connections, "connection") + " of " + counted(tunnel.agents, "agent");
  return step;
}

Step check_services(const DirectoryView& view) {
  Step step{.name = "services", .state = State::ok, .time = Duration::zero()};
  std::vector<std::string> disabled;
  std::vector<std::string> unreached;
  for (const DirectoryView::Service& service : view.services) {
    const DirectoryView::Tunnel* tunnel = view.tunnel(service.tunnel_id);
    if (tunnel == nullptr || tunnel->disabled) {
      disabled.push_back(service.name);
    } else if (view.running && tunnel->connections == 0) {
      unreached.push_back(service.name);
    }
  }
  step.detail = std::to_string(view.services.size());
  if (view.running) {
    step.detail = std::to_string(view.services.size() - disabled.size() - unreached.size()) +
                  " of " + step.detail + " have a connected tunnel";
  }
  if (!disabled.empty()) {
    step.warn("", "the tunnel is disabled of " + listed(disabled) +
                      ": outhaul-edge tunnel enable, or give the service another tunnel");
  }
  if (!unreached.empty()) {
    step.warn(
        "", "requests get 503 for " + listed(unreached) + ": no agent of the tunnel is connected");
  }
  return step;
}

Step check_bindings(const DirectoryView& view) {
  Step step{.name = "bindings", .state = State::ok, .time = Duration::zero()};
  step.detail = std::to_string(view.bindings);
  std::vector<std::string> unused;
  for (const DirectoryView::Service& service : view.services) {
    if (service.bindings == 0) unused.push_back(service.name);
  }
  if (!unused.empty()) step.detail += ", none for " + listed(unused);
  if (!view.lost_bindings.empty()) {
    step.fail("", "no service is left for " + listed(view.lost_bindings) +
                      ": outhaul-edge binding delete");
  }
  return step;
}

}  // namespace

std::vector<Step> check_directory(const DirectoryView& view) {
  std::vector<Step> steps;
  for (const DirectoryView::Tunnel& tunnel : view.tunnels)
    steps.push_back(check_tunnel(view, tunnel));
  steps.push_back(check_services(view));
  steps.push_back(check_bindings(view));
  return steps;
}

}  // namespace outhaul::edge::check
