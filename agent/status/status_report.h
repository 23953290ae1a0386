#pragma once

#include <optional>
#include <string>

#include "agent/agent.h"
#include "agent/options.h"
#include "common/base/log.h"
#include "common/http/status_pages.h"

namespace outhaul::agent {

/// What a running agent shows on its status pages.
class StatusReport final : public http::StatusSource {
 public:
  /// All must outlive the report.
  StatusReport(const Agent& agent, const AgentOptions& options, const Log& log)
      : agent_(agent), options_(options), log_(log), started_(LoopClock::now()) {}

  std::string metrics() const override;
  std::string status() const override;
  std::optional<std::string> not_ready() const override;

 private:
  const Agent& agent_;
  const AgentOptions& options_;
  const Log& log_;
  TimePoint started_;
};

}  // namespace outhaul::agent
