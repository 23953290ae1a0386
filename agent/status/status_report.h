#pragma once

#include <optional>
#include <string>

#include "agent/agent.h"
#include "agent/settings/credentials_reloader.h"
#include "agent/settings/reloader.h"
#include "common/base/log.h"
#include "common/http/status_pages.h"

namespace outhaul::agent {

/// What a running agent shows on its status pages.
class StatusReport final : public http::StatusSource {
 public:
  /// All must outlive the report.
  StatusReport(Agent& agent, const Reloader& reloader, const CredentialsReloader& credentials,
               const Uuid& tunnel_id, const Log& log, const StreamLogSink& sink)
      : agent_(agent),
        reloader_(reloader),
        credentials_(credentials),
        tunnel_id_(tunnel_id),
        log_(log),
        sink_(sink),
        started_(LoopClock::now()) {}

  Task<void> collect() const override { return agent_.collect(); }
  std::string metrics() const override;
  std::string status() const override;
  std::optional<std::string> not_ready() const override;

 private:
  AgentFigures figures() const;

  Agent& agent_;
  const Reloader& reloader_;
  const CredentialsReloader& credentials_;
  Uuid tunnel_id_;
  const Log& log_;
  const StreamLogSink& sink_;
  TimePoint started_;
};

}  // namespace outhaul::agent
