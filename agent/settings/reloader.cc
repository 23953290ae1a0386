#include "agent/settings/reloader.h"

#include <cstddef>
#include <functional>
#include <utility>

#include "common/net/pem.h"

namespace outhaul::agent {

namespace {

constexpr std::size_t watched_size_maximum = std::size_t{16} * 1024 * 1024;
/// More than a person reads, and no flood of the log.
constexpr std::size_t problems_logged_maximum = 50;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ",") + word;
  return text.empty() ? "none" : text;
}

}  // namespace

Reloader::Reloader(Loop& loop, Log& log, ConfigurationSource source, Configuration started,
                   Apply apply)
    : loop_(loop),
      log_(log),
      source_(std::move(source)),
      started_(started.values),
      current_(std::move(started)),
      apply_(std::move(apply)) {
  watch(files_of(current_.options.configured_services));
  seen_ = fingerprint();
}

void Reloader::look() {
  // Events come without changes, too, and several for one.
  if (fingerprint() != seen_) reload();
}

void Reloader::reload() {
  ConfigurationSource::Loaded loaded;
  for (bool watched_others = true; watched_others;) {
    // Taken first: what changes while it is read must look changed afterwards.
    seen_ = fingerprint();
    loaded = source_.load(&current_);
    std::vector<std::string> files = loaded.files;
    if (!loaded.problems.empty()) {
      // The files of both: mending one that the refused configuration names is worth a new try.
      for (std::string& file : files_of(current_.options.configured_services))
        files.push_back(std::move(file));
    }
    watched_others = watch(std::move(files));
  }
  if (loaded.problems.empty()) {
    accept(std::move(loaded.configuration));
  } else {
    refuse(loaded.problems);
  }
}

void Reloader::accept(Configuration next) {
  ++accepted_;
  ConfigurationChanges changes = compare(started_, current_, next);
  current_ = std::move(next);
  apply_(current_, changes);
  if (changes.identities) changes.live.emplace_back("certificates");
  log_.info("config_reloaded", {{"file", source_.path().path},
                                {"changed", joined(changes.live)},
                                {"needs_restart", joined(changes.restart)}});
  last_ = ReloadOutcome{.time = std::chrono::system_clock::now(),
                        .ok = true,
                        .changed = std::move(changes.live),
                        .restart = std::move(changes.restart),
                        .problems = {}};
}

void Reloader::refuse(const options::Problems& problems) {
  ++refused_;
  ReloadOutcome outcome;
  outcome.time = std::chrono::system_clock::now();
  for (const options::Problem& problem : problems) {
    if (outcome.problems.size() < problems_logged_maximum) {
      log_.error("config_problem", {{"message", problem.message}});
    }
    outcome.problems.push_back(problem.message);
  }
  log_.error("config_refused",
             {{"file", source_.path().path},
              {"problems", problems.size()},
              {"message", "the configuration before it stays in force; mend the file, " +
                              std::string("it is read again by itself")}});
  last_ = std::move(outcome);
}

bool Reloader::watch(std::vector<std::string> files) {
  if (!source_.path().path.empty()) files.insert(files.begin(), source_.path().path);
  if (files == watched_) return false;
  watched_ = std::move(files);
  watches_.clear();
  for (const std::string& file : watched_) {
    watches_.push_back(std::make_unique<FileWatch>(loop_, file, [this] { loop_.ready(look_); }));
  }
  return true;
}

std::size_t Reloader::fingerprint() const {
  std::size_t combined = 0;
  for (const std::string& file : watched_) {
    const auto contents = net::read_file(file, watched_size_maximum);
    const std::size_t part = contents ? std::hash<std::string>()(*contents) : 0;
    combined = combined * 31 + part;
  }
  return combined;
}

}  // namespace outhaul::agent
