#pragma once

#include <optional>
#include <string>

#include "common/base/log.h"
#include "common/http/status_pages.h"
#include "edge/edge.h"

namespace outhaul::edge {

/// What a running edge shows on its status pages.
class StatusReport final : public http::StatusSource {
 public:
  /// All must outlive the report.
  StatusReport(const Edge& edge, const Log& log, const StreamLogSink& sink)
      : edge_(edge), log_(log), sink_(sink), started_(LoopClock::now()) {}

  std::string metrics() const override;
  std::string status() const override;
  std::optional<std::string> not_ready() const override;

 private:
  const Edge& edge_;
  const Log& log_;
  const StreamLogSink& sink_;
  TimePoint started_;
};

}  // namespace outhaul::edge
