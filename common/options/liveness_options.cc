#include "common/options/liveness_options.h"

#include <utility>

#include "common/options/value_syntax.h"

namespace outhaul::options {

namespace {

/// Also below what is said on the wire: a local path may be watched more closely.
constexpr std::chrono::milliseconds shortest{1000};
constexpr std::chrono::milliseconds longest_answer{60'000};

Option time_option(std::string name, std::chrono::seconds value, std::chrono::milliseconds longest,
                   std::string help, const std::string& group) {
  return {.name = std::move(name),
          .kind = OptionKind::duration,
          .default_text = format_duration(value),
          .help = std::move(help),
          .group = group,
          .value_name = "TIME",
          .minimum = shortest.count(),
          .maximum = longest.count(),
          .multiple_of = 1000};
}

std::chrono::seconds seconds_of(const Values& values, std::string_view name) {
  return std::chrono::duration_cast<std::chrono::seconds>(values.duration(name));
}

}  // namespace

std::vector<Option> liveness_options(const std::string& group, std::chrono::seconds interval,
                                     std::string interval_help) {
  return {time_option("ping-interval", interval, default_limits.ping_interval_maximum,
                      std::move(interval_help), group),
          time_option("ping-answer", default_limits.ping_answer, longest_answer,
                      "silence after it that ends the connection", group)};
}

void read_liveness(const Values& values, Limits& limits) {
  limits.ping_interval = seconds_of(values, "ping-interval");
  limits.ping_answer = seconds_of(values, "ping-answer");
}

}  // namespace outhaul::options
