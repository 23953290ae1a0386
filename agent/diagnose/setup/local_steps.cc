#include "agent/diagnose/setup/local_steps.h"

#include <cstdlib>
#include <string>
#include <utility>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "common/diagnosis/local_facts.h"

namespace outhaul::agent::setup {

namespace {

constexpr const char* service_user = "outhaul";
/// Certificates are exact to the second; people and time services are not.
constexpr std::chrono::seconds clock_tolerance{90};

}  // namespace

void join_service_group() {
  if (::geteuid() != 0) return;
  const passwd* user = ::getpwnam(service_user);
  if (user == nullptr) return;
  const gid_t joined = user->pw_gid;
  // Without it the token's file is looked at more strictly, which the report says.
  static_cast<void>(::setgroups(1, &joined));
}

Step check_configuration(const ConfigurationSource& source, ConfigurationSource::Loaded& loaded) {
  const diagnosis::Stopwatch watch;
  loaded = source.load(nullptr);
  Step step{.name = "configuration", .state = State::ok, .time = watch.read()};
  const std::string& path = loaded.configuration.file.path;
  step.detail = path.empty() ? "no file, flags and environment only" : path;
  if (loaded.problems.empty()) return step;
  step.state = State::failed;
  step.detail += ": " + std::to_string(loaded.problems.size()) +
                 (loaded.problems.size() == 1 ? " problem" : " problems");
  for (const options::Problem& problem : loaded.problems)
    step.advice.push_back(problem.message);
  return step;
}

Step check_token(const options::Values& values, AgentOptions& options) {
  Step step{.name = "token"};
  if (options.tunnel_id == Uuid()) {
    step.detail = "the tunnel's id is not known";
    return step;
  }
  const diagnosis::Stopwatch watch;
  const Result<void> loaded = load_credentials(values, options);
  step.time = watch.read();
  const std::string path = options.token_path.string();
  step.detail = path.empty() ? "" : diagnosis::file_text(path);
  if (!loaded) {
    step.state = State::failed;
    if (step.detail.empty()) step.detail = "no token";
    step.advice.push_back(loaded.error().message);
    return step;
  }
  step.state = State::ok;
  if (options.rhttp.identity) step.detail = "a client certificate for this tunnel, no token";
  if (options.rhttp.identity || !path.empty()) return step;
  step.state = State::warning;
  step.detail = "from TUNNEL_TOKEN";
  step.advice.emplace_back(
      "other processes of this user can read the variable; a file of mode 0600 and --token-file "
      "is safer");
  return step;
}

Step check_clock(const std::optional<EdgeTime>& edge) {
  Step step = diagnosis::clock_step(std::chrono::system_clock::now());
  if (step.state == State::failed || !edge) return step;
  const auto off = std::chrono::duration_cast<std::chrono::seconds>(edge->read_at - edge->said);
  if (off <= clock_tolerance && off >= -clock_tolerance) {
    step.detail += ", the edge agrees";
    return step;
  }
  step.state = State::warning;
  step.detail += ", " + std::to_string(std::abs(off.count())) + " s " +
                 (off.count() > 0 ? "ahead of" : "behind") + " the edge";
  step.advice.emplace_back(
      "find out which of the two clocks is wrong: run a time service (systemd-timesyncd, chrony) "
      "on both machines");
  return step;
}

Step check_proxy(const ReachOptions& reach) {
  Step step{.name = "proxy", .state = State::ok, .time = Duration::zero()};
  if (!reach.proxy) {
    step.detail = "none: edges are dialled directly";
    return step;
  }
  step.detail = reach.proxy->to_string();
  step.detail +=
      reach.proxy_from_environment ? ", from the environment" : ", from the configuration";
  step.detail += reach.proxy->credentials ? ", with credentials" : ", without credentials";
  return step;
}

}  // namespace outhaul::agent::setup
