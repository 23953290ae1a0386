#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/diagnose/setup/local_steps.h"
#include "agent/network/resolver_options.h"
#include "common/async/scope.h"
#include "common/dns/resolver.h"

namespace outhaul::agent::setup {

namespace {

/// Nobody has it (RFC 6761), and every server that works can say so.
constexpr const char* unknown_name = "outhaul-check.invalid";

struct Asked {
  dns::ServerAddress server;
  bool answered = false;
  std::string result;
};

/// The first edge with a name, or nothing.
std::string edge_name(const AgentOptions& options) {
  for (const tunnel::EdgeAddress& edge : options.edges) {
    if (!IpAddress::parse(edge.host)) return edge.host;
  }
  return {};
}

Task<void> ask(dns::Resolver& resolver, std::string name, Asked& asked) {
  std::vector<dns::ServerAddress> only{asked.server};
  dns::ServerSet servers = dns::ServerSet::of(std::move(only));
  const dns::Outcome outcome = co_await resolver.look_up(std::move(name), std::move(servers),
                                                         dns::FamilyPreference::v6_first);
  for (const dns::FamilyReport& family : outcome.resolution.families) {
    if (family.answer.conclusive()) asked.answered = true;
    if (family.answer.conclusive()) {
      asked.result = "answers";
    } else if (asked.result.empty()) {
      asked.result = family.answer.rcode.empty() ? "no answer" : family.answer.rcode;
    }
  }
  if (outcome.error && asked.result.empty()) asked.result = outcome.error->message;
}

void judge(Step& step, const std::vector<Asked>& all, bool names_needed) {
  std::size_t silent = 0;
  for (const Asked& each : all) {
    if (!step.detail.empty()) step.detail += "; ";
    step.detail += each.server.to_string() + " " + each.result;
    if (each.answered) continue;
    ++silent;
    step.advice.push_back("look whether " + each.server.to_string() +
                          " answers over UDP and TCP, or take it out of /etc/resolv.conf");
  }
  if (silent == 0) {
    step.state = State::ok;
  } else if (silent == all.size() && names_needed) {
    step.state = State::failed;
  } else {
    step.state = State::warning;
  }
}

}  // namespace

Task<Step> check_dns(Loop& loop, const AgentOptions& options) {
  Step step{.name = "dns"};
  const TimePoint began = LoopClock::now();
  dns::Resolver resolver(
      loop, resolver_options(options.limits, options.names, [&step](std::string message) {
        step.advice.push_back(std::move(message));
      }));
  const std::string name = edge_name(options);
  std::vector<Asked> all;
  for (const dns::ServerAddress& server : resolver.system_servers())
    all.push_back({.server = server, .result = {}});
  Scope questions(loop);
  for (Asked& each : all)
    questions.spawn(ask(resolver, name.empty() ? unknown_name : name, each));
  co_await questions.drained();
  step.time = LoopClock::now() - began;
  if (all.empty()) {
    step.state = name.empty() ? State::warning : State::failed;
    step.detail = "no server in /etc/resolv.conf";
    step.advice.emplace_back("name a DNS server there (nameserver 10.0.0.53)");
    co_return step;
  }
  judge(step, all, !name.empty());
  co_return step;
}

}  // namespace outhaul::agent::setup
