#include "agent/diagnose/setup/check.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>
#include <vector>

#include "agent/connections/edge_finder.h"
#include "agent/connections/edge_tls.h"
#include "agent/connections/profile.h"
#include "agent/diagnose/setup/edge_probe.h"
#include "agent/diagnose/setup/local_steps.h"
#include "agent/network/resolver_options.h"
#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent::setup {

namespace {

/// Of each stage toward an address: what takes longer is broken for people who wait.
constexpr std::chrono::seconds stage_limit{5};

std::string trust_text(const AgentOptions& options) {
  if (!options.edge_ca.empty()) return "trusted by " + options.edge_ca.string();
  if (options.token.pins.empty()) return "trusted by the system";
  return "a pin of the token matches";
}

bool is_reached(const EdgeReport& edge) {
  return std::ranges::any_of(edge.addresses,
                             [](const AddressReport& address) { return address.all_ok(); });
}

/// "2 addresses", "through http://proxy.corp:3128".
std::string summary_of(const std::vector<EdgeRoute>& routes) {
  const EdgeRoute& first = routes.front();
  if (first.proxy) return "through " + first.proxy->to_string();
  const std::size_t count = first.addresses.size();
  return std::to_string(count) + (count == 1 ? " address" : " addresses");
}

/// A direct route to several addresses, taken apart, so that each is looked at. A proxy's addresses
/// are not what the check is about: it is one way.
std::vector<EdgeRoute> ways_of(const EdgeRoute& route) {
  if (route.proxy) return {route};
  std::vector<EdgeRoute> ways;
  for (const net::SocketAddress& address : route.addresses) {
    ways.push_back(route);
    ways.back().addresses = {address};
  }
  return ways;
}

struct EdgeTls {
  std::shared_ptr<const net::TlsClientContext> edge;
  std::shared_ptr<const net::TlsClientContext> proxy;
};

/// All edges of one check.
class EdgeWalk {
 public:
  EdgeWalk(Loop& loop, const AgentOptions& options, const Limits& limits, Report& report,
           const Progress& progress, EdgeTls tls)
      : loop_(loop),
        options_(options),
        report_(report),
        progress_(progress),
        profile_(loop, options),
        context_{.loop = loop,
                 .limits = limits,
                 .profile = profile_.setup(),
                 .tls = std::move(tls.edge),
                 .source = options.reach.source ? &*options.reach.source : nullptr,
                 .proxy_tls = std::move(tls.proxy),
                 .trust = trust_text(options),
                 .instance = Uuid::random()},
        resolver_(loop, resolver_options(limits, options.names, {})),
        finder_(resolver_, options.edges,
                {.reach = options.reach, .trust = edge_trust(options), .found = {}}),
        tasks_(loop) {}

  Task<void> run() {
    // No report may move once its task has begun.
    report_.edges.resize(options_.edges.size());
    for (std::size_t i = 0; i < options_.edges.size(); ++i)
      tasks_.spawn(walk(i));
    co_await tasks_.drained();
    for (EdgeReport& edge : report_.edges)
      excuse_unreachable(edge);
  }

  std::optional<EdgeTime> edge_time() const {
    if (!context_.edge_time) return std::nullopt;
    return EdgeTime{*context_.edge_time, *context_.edge_time_read_at};
  }

 private:
  Task<void> walk(std::size_t index);
  /// One way to an edge at a time: all its addresses at once.
  Task<void> probe_all(std::vector<EdgeRoute> routes, EdgeReport& report);
  Task<void> probe(EdgeRoute route, AddressReport& report);
  static void excuse_unreachable(EdgeReport& edge);

  Loop& loop_;
  const AgentOptions& options_;
  Report& report_;
  const Progress& progress_;
  Profile profile_;
  ProbeContext context_;
  dns::Resolver resolver_;
  EdgeFinder finder_;
  std::size_t begun_ = 0;
  std::size_t done_ = 0;
  Scope tasks_;
};

Task<void> EdgeWalk::walk(std::size_t index) {
  const tunnel::EdgeAddress& edge = options_.edges.at(index);
  EdgeReport& report = report_.edges.at(index);
  report.edge = edge.to_string();
  report.resolving = Step{.name = "resolve"};
  const TimePoint began = LoopClock::now();
  auto found = co_await finder_.find(index, 0, PortChoice::configured);
  report.resolving.time = LoopClock::now() - began;
  if (!found) {
    report.resolving.state = State::failed;
    report.resolving.detail = found.error().message;
    report.resolving.advice.push_back("ask for it with outhaul resolve " + edge.host +
                                      ", and correct --edge or the DNS servers of this machine");
    co_return;
  }
  report.resolving.state = State::ok;
  report.resolving.detail = summary_of(*found);
  co_await probe_all(*std::move(found), report);
}

Task<void> EdgeWalk::probe_all(std::vector<EdgeRoute> routes, EdgeReport& report) {
  Scope probes(loop_);
  for (const EdgeRoute& route : routes) {
    // The port to fall back on is looked at when it is needed, as the agent does.
    const bool is_fallback =
        &route != &routes.front() && route.rule == RouteRule::next_if_unreached;
    if (is_fallback && is_reached(report)) break;
    std::vector<EdgeRoute> ways = ways_of(route);
    const std::size_t before = report.addresses.size();
    for (const EdgeRoute& way : ways)
      report.addresses.push_back(unprobed(way));
    for (std::size_t i = 0; i < ways.size(); ++i)
      probes.spawn(probe(std::move(ways[i]), report.addresses.at(before + i)));
    co_await probes.drained();
  }
}

Task<void> EdgeWalk::probe(EdgeRoute route, AddressReport& report) {
  ++begun_;
  co_await probe_edge(context_, std::move(route), report);
  ++done_;
  if (progress_) {
    progress_("edges: " + std::to_string(done_) + " of " + std::to_string(begun_) + " addresses");
  }
}

/// A machine with one family of addresses reaches only these: an agent takes them, so the others
/// are no fault.
void EdgeWalk::excuse_unreachable(EdgeReport& edge) {
  if (!is_reached(edge)) return;
  for (AddressReport& address : edge.addresses) {
    Step& tcp = address.steps.front();
    if (tcp.state == State::failed) tcp.state = State::warning;
  }
}

Task<void> look_outside(Loop& loop, const AgentOptions& options, const Limits& limits, EdgeTls tls,
                        Report& report, const Progress& progress) {
  if (progress) progress("the DNS servers of this machine");
  report.step("dns") = co_await check_dns(loop, options);
  if (tls.edge != nullptr) {
    if (progress) progress("edges");
    EdgeWalk edges(loop, options, limits, report, progress, std::move(tls));
    co_await edges.run();
    report.step("clock") = check_clock(edges.edge_time());
  }
  loop.stop();
}

/// Without the edge's, and said in a step, when edges cannot be recognised, or not be reached.
EdgeTls prepare_tls(const AgentOptions& options, Report& report) {
  EdgeTls contexts;
  auto proxy = proxy_tls(options.reach);
  if (!proxy) {
    Step& step = report.step("proxy");
    step.state = State::failed;
    step.advice.push_back(proxy.error().message);
    return contexts;
  }
  contexts.proxy = *std::move(proxy);
  const std::string_view alpn =
      options.profile == SetupProfile::rhttp ? tunnel::rhttp_tls_alpn : tunnel::ptth_tls_alpn;
  auto edge = edge_tls(options, alpn);
  if (edge) {
    contexts.edge = *std::move(edge);
    return contexts;
  }
  Step& step = report.step("token");
  step.state = State::failed;
  step.advice.push_back(edge.error().message);
  return contexts;
}

}  // namespace

Report check_setup(const ConfigurationSource& source, const Progress& progress) {
  // Writing to a peer that is gone is an error code here, never a signal.
  std::signal(SIGPIPE, SIG_IGN);
  join_service_group();
  Report report;
  const TimePoint began = LoopClock::now();
  ConfigurationSource::Loaded loaded;
  report.steps.push_back(check_configuration(source, loaded));
  AgentOptions& options = loaded.configuration.options;
  if (options.tunnel_id != Uuid()) report.tunnel = options.tunnel_id.to_string();
  report.steps.push_back(check_token(loaded.configuration.values, options));
  report.steps.push_back(check_clock(std::nullopt));
  report.steps.push_back(Step{.name = "dns"});
  report.steps.push_back(check_proxy(options.reach));
  options.limits.setup_stage = stage_limit;
  Step& token = report.step("token");
  const bool known = token.state == State::ok || token.state == State::warning;
  EdgeTls tls;
  if (known) tls = prepare_tls(options, report);
  {
    Loop loop;
    Scope tasks(loop);
    tasks.spawn(look_outside(loop, options, options.limits, std::move(tls), report, progress));
    loop.run();
  }
  report.time = LoopClock::now() - began;
  return report;
}

}  // namespace outhaul::agent::setup
