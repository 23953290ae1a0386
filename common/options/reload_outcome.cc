#include "common/options/reload_outcome.h"

#include <cstddef>
#include <utility>

namespace outhaul::options {

namespace {

/// More than a person reads, and no flood of the log.
constexpr std::size_t problems_logged_maximum = 50;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ",") + word;
  return text.empty() ? "none" : text;
}

}  // namespace

ReloadOutcome reload_accepted(Log& log, const std::string& file, std::vector<std::string> changed,
                              std::vector<std::string> restart) {
  log.info("config_reloaded",
           {{"file", file}, {"changed", joined(changed)}, {"needs_restart", joined(restart)}});
  return {.time = std::chrono::system_clock::now(),
          .ok = true,
          .changed = std::move(changed),
          .restart = std::move(restart),
          .problems = {}};
}

ReloadOutcome reload_refused(Log& log, const std::string& file, const Problems& problems) {
  ReloadOutcome outcome;
  outcome.time = std::chrono::system_clock::now();
  for (const Problem& problem : problems) {
    if (outcome.problems.size() < problems_logged_maximum) {
      log.error("config_problem", {{"message", problem.message}});
    }
    outcome.problems.push_back(problem.message);
  }
  log.error("config_refused",
            {{"file", file},
             {"problems", problems.size()},
             {"message", "the configuration before it stays in force; mend the file, " +
                             std::string("it is read again by itself")}});
  return outcome;
}

}  // namespace outhaul::options
