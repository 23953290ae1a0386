#include "edge/check/machine_steps.h"

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>

#include <netdb.h>
#include <sys/resource.h>

#include "common/base/ip_address.h"
#include "common/diagnosis/system_files.h"
#include "common/net/socket_address.h"

namespace outhaul::edge::check {

namespace {

/// Listeners, the database, the log and what one request opens for a moment.
constexpr std::uint64_t files_for_itself = 32;

/// From /proc/PID/limits, the soft one. Nothing: the kernel does not show it.
std::optional<std::uint64_t> limit_of_process(int process) {
  const auto text = diagnosis::read_system_file("/proc/" + std::to_string(process) + "/limits");
  if (!text) return std::nullopt;
  constexpr std::string_view name = "Max open files";
  const std::size_t at = text->find(name);
  if (at == std::string::npos) return std::nullopt;
  std::istringstream line(text->substr(at + name.size(), 40));
  std::uint64_t limit = 0;
  if (line >> limit) return limit;
  return std::nullopt;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Step check_public_name(const tunnel::EdgeAddress& name) {
  const diagnosis::Stopwatch watch;
  Step step{.name = "name", .state = State::ok, .detail = name.to_string()};
  if (IpAddress::parse(name.host)) {
    step.time = watch.read();
    return step;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failure = ::getaddrinfo(name.host.c_str(), nullptr, &hints, &list);
  const std::unique_ptr<addrinfo, FreeAddresses> found(list);
  step.time = watch.read();
  if (failure != 0) {
    step.warn(std::string("leads nowhere from here: ") + ::gai_strerror(failure),
              "agents that get this name from a token cannot dial it: put it into DNS, or name "
              "another with --public-name");
    return step;
  }
  std::vector<std::string> addresses;
  for (const addrinfo* each = found.get(); each != nullptr; each = each->ai_next) {
    sockaddr_storage storage{};
    std::copy_n(reinterpret_cast<const char*>(each->ai_addr), each->ai_addrlen,
                reinterpret_cast<char*>(&storage));
    const auto address = net::SocketAddress::from_native(storage, each->ai_addrlen);
    const std::string text = address.ip().to_string();
    if (std::ranges::find(addresses, text) == addresses.end()) addresses.push_back(text);
  }
  for (const std::string& address : addresses)
    step.detail += (&address == &addresses.front() ? " is " : ", ") + address;
  return step;
}

}  // namespace

Step check_configuration(const ServiceConfiguration& service, ConfigurationSource::Loaded& loaded) {
  const diagnosis::Stopwatch watch;
  loaded = service.source.load(false);
  Step step{.name = "configuration", .state = State::ok, .time = watch.read()};
  step.detail = loaded.has_file ? service.source.path().path : "no file";
  if (!service.environment_file.empty()) {
    step.detail += ", " + service.environment_file;
  } else if (!loaded.has_file) {
    step.detail += ", flags and environment only";
  }
  if (loaded.problems.empty()) return step;
  const std::size_t count = loaded.problems.size();
  step.state = State::failed;
  step.detail += ": " + std::to_string(count) + (count == 1 ? " problem" : " problems");
  for (const options::Problem& problem : loaded.problems)
    step.advice.push_back(problem.message);
  return step;
}

Step check_open_files(const ServeOptions& options, const std::optional<RunningEdge>& running) {
  const diagnosis::Stopwatch watch;
  Step step{.name = "open files", .state = State::ok};
  std::optional<std::uint64_t> limit;
  if (running) limit = limit_of_process(running->process);
  const bool of_running = limit.has_value();
  if (!limit) {
    rlimit own{};
    ::getrlimit(RLIMIT_NOFILE, &own);
    // A start raises it as far as it may.
    limit = own.rlim_max;
  }
  const std::uint64_t wanted = options.binding_listen.size() * options.client_limits.connections +
                               options.agent_limits.half_open + files_for_itself;
  const std::string text = "limit " + std::to_string(*limit) +
                           (of_running ? " of the running edge" : " of this shell") + ", " +
                           std::to_string(wanted) + " for all clients and agents";
  if (*limit < wanted) {
    step.warn(text,
              "raise LimitNOFILE of the unit (systemctl edit outhaul-edge), or lower "
              "--client-connections and --agent-setups: connections beyond the limit are cut");
  } else {
    step.detail = text;
  }
  step.time = watch.read();
  return step;
}

std::vector<Step> check_public_names(const ServeOptions& options) {
  std::vector<Step> steps;
  for (const tunnel::EdgeAddress& name : options.public_names)
    steps.push_back(check_public_name(name));
  return steps;
}

}  // namespace outhaul::edge::check
