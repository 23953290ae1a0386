#include "agent/diagnose/diagnosis.h"

#include "agent/exit_codes.h"

namespace outhaul::agent {

std::string_view to_string(Step step) {
  switch (step) {
    case Step::policy:
      return "policy";
    case Step::dns:
      return "dns";
    case Step::addresses:
      return "addresses";
    case Step::tcp:
      return "tcp";
    case Step::tls:
      return "tls";
    case Step::http:
      break;
  }
  return "http";
}

std::string_view to_string(StepState state) {
  switch (state) {
    case StepState::not_reached:
      return "not reached";
    case StepState::not_needed:
      return "not needed";
    case StepState::ok:
      return "ok";
    case StepState::failed:
      break;
  }
  return "failed";
}

const dns::ServerSet* Diagnosis::asked() const {
  if (trace.outcome) return &trace.outcome->servers;
  return trace.service ? &trace.service->servers : nullptr;
}

std::optional<Step> Diagnosis::failed_step() const {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps.at(i).state == StepState::failed) return static_cast<Step>(i);
  }
  return std::nullopt;
}

int Diagnosis::exit_code() const {
  if (!failure) return exit_ok;
  const bool denied = failure->failure == tunnel::Failure::denied_by_policy ||
                      failure->failure == tunnel::Failure::address_denied;
  return denied ? exit_denied : exit_unreachable;
}

}  // namespace outhaul::agent
