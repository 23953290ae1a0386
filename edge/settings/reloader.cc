#include "edge/settings/reloader.h"

#include <string>
#include <utility>

namespace outhaul::edge {

Reloader::Reloader(Loop& loop, Log& log, ConfigurationSource source, const Configuration& started,
                   bool has_file, Apply apply)
    : log_(log),
      source_(std::move(source)),
      started_(started.values),
      current_(started.values),
      has_file_(has_file),
      apply_(std::move(apply)),
      watched_(loop, [this] { reload(); }) {
  if (!source_.path().path.empty()) watched_.watch({source_.path().path});
  watched_.mark_seen();
}

void Reloader::reload() {
  watched_.mark_seen();
  ConfigurationSource::Loaded loaded = source_.load(has_file_);
  const std::string& file = source_.path().path;
  if (!loaded.problems.empty()) {
    ++refused_;
    last_ = options::reload_refused(log_, file, loaded.problems);
    return;
  }
  ++accepted_;
  has_file_ = has_file_ || loaded.has_file;
  Configuration& next = loaded.configuration;
  ConfigurationChanges changes = compare(started_, current_, next.values);
  apply_(next, changes);
  current_ = std::move(next.values);
  last_ = options::reload_accepted(log_, file, std::move(changes.live), std::move(changes.restart));
}

}  // namespace outhaul::edge
