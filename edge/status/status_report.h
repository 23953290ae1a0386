#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/http/status_pages.h"
#include "edge/agents/registry.h"
#include "edge/edge.h"
#include "edge/settings/reloader.h"

namespace outhaul::edge {

/// JSON list of agents, for the status page and the API.
std::string replicas_json(const std::vector<Registry::Replica>& replicas);

/// JSON list of certificates and their ends, likewise.
std::string certificates_json(const std::vector<net::ExpiryWatch::Certificate>& certificates);

/// JSON list of the addresses where it listens, likewise.
std::string listeners_json(const std::vector<std::string>& agents,
                           const std::vector<std::string>& clients);

/// What a running edge shows on its status pages.
class StatusReport final : public http::StatusSource {
 public:
  /// All must outlive the report.
  StatusReport(const Edge& edge, const Reloader& reloader, const Log& log,
               const StreamLogSink& sink)
      : edge_(edge), reloader_(reloader), log_(log), sink_(sink), started_(LoopClock::now()) {}

  std::string metrics() const override;
  std::string status() const override;
  std::optional<std::string> not_ready() const override;

 private:
  EdgeFigures figures() const;

  const Edge& edge_;
  const Reloader& reloader_;
  const Log& log_;
  const StreamLogSink& sink_;
  TimePoint started_;
};

}  // namespace outhaul::edge
