#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/network/target_locator.h"
#include "agent/relay/failure_response.h"
#include "common/async/timer.h"

namespace outhaul::agent {

/// The agent's way to a service, in its order.
enum class Step : std::uint8_t { policy, dns, addresses, tcp, tls, http };
inline constexpr std::size_t step_count = 6;

/// "policy", "dns"...
std::string_view to_string(Step step);

enum class StepState : std::uint8_t {
  not_reached,  ///< a step before it failed
  not_needed,   ///< this target has no such step
  ok,
  failed,
};

/// "not reached", "not needed", "ok", "failed".
std::string_view to_string(StepState state);

struct StepReport {
  StepState state = StepState::not_reached;
  Duration time{};
  /// For people; empty unless there is something to say.
  std::string detail{};
};

/// What was found on the way. `resolve` goes the first three steps only.
struct Diagnosis {
  std::array<StepReport, step_count> steps{};
  TargetTrace trace;
  /// What a request would end with. None: the last step was done.
  std::optional<RelayFailure> failure;
  /// Status of the service's own answer.
  std::optional<int> status;
  /// The servers of resolv.conf.
  std::vector<dns::ServerAddress> system_servers;
  /// Sentences of the resolver about its configuration.
  std::vector<std::string> warnings;

  StepReport& step(Step which) { return steps.at(static_cast<std::size_t>(which)); }
  const StepReport& step(Step which) const { return steps.at(static_cast<std::size_t>(which)); }
  /// Who was responsible for the name. None: DNS was not asked.
  const dns::ServerSet* asked() const;
  /// None: no step has failed.
  std::optional<Step> failed_step() const;
  /// exit_ok, exit_unreachable or exit_denied.
  int exit_code() const;
};

}  // namespace outhaul::agent
