#include "common/options/access_log_options.h"

namespace outhaul::options {

std::vector<Option> access_log_options(const std::string& group) {
  return {
      {.name = "access-log",
       .default_text = "all",
       .help = "requests that get a line: all, failures or off",
       .group = group,
       .value_name = "WHICH",
       .choices = {"all", "failures", "off"}},
      {.name = "access-log-sample",
       .kind = OptionKind::integer,
       .default_text = "1",
       .help = "with all: one in N of those that did not fail",
       .group = group,
       .value_name = "N",
       .minimum = 1,
       .maximum = 1'000'000},
      {.name = "access-log-query",
       .kind = OptionKind::boolean,
       .help = "log paths with their query, which may hold secrets",
       .group = group},
  };
}

AccessLogRules read_access_log_rules(const Values& values) {
  AccessLogRules rules;
  const std::string lines = values.text("access-log");
  if (lines == "failures") rules.lines = AccessLines::failures;
  if (lines == "off") rules.lines = AccessLines::none;
  rules.sample = static_cast<std::uint32_t>(values.integer("access-log-sample"));
  rules.with_query = values.boolean("access-log-query");
  return rules;
}

}  // namespace outhaul::options
