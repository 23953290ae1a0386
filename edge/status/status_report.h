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
  /// Both must outlive the report.
  StatusReport(const Edge& edge, const Log& log)
      : edge_(edge), log_(log), started_(LoopClock::now()) {}

  std::string metrics() const override;
  std::string status() const override;
  std::optional<std::string> not_ready() const override;

 private:
  const Edge& edge_;
  const Log& log_;
  TimePoint started_;
};

}  // namespace outhaul::edge
