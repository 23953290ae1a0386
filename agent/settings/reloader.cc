#include "agent/settings/reloader.h"

#include <utility>

namespace outhaul::agent {

Reloader::Reloader(Loop& loop, Log& log, ConfigurationSource source, Configuration started,
                   Apply apply)
    : log_(log),
      source_(std::move(source)),
      started_(started.values),
      current_(std::move(started)),
      apply_(std::move(apply)),
      watched_(loop, [this] { reload(); }) {
  watch(files_of(current_.options.configured_services));
  watched_.mark_seen();
}

void Reloader::reload() {
  ConfigurationSource::Loaded loaded;
  for (bool watched_others = true; watched_others;) {
    watched_.mark_seen();
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
  last_ = options::reload_accepted(log_, source_.path().path, std::move(changes.live),
                                   std::move(changes.restart));
}

void Reloader::refuse(const options::Problems& problems) {
  ++refused_;
  last_ = options::reload_refused(log_, source_.path().path, problems);
}

bool Reloader::watch(std::vector<std::string> files) {
  if (!source_.path().path.empty()) files.insert(files.begin(), source_.path().path);
  return watched_.watch(std::move(files));
}

}  // namespace outhaul::agent
