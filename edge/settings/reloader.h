#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "common/async/loop.h"
#include "common/base/log.h"
#include "common/net/watched_files.h"
#include "common/options/reload_outcome.h"
#include "edge/settings/configuration.h"

namespace outhaul::edge {

/// Loads the edge's configuration again when it is asked to, or when its file has changed: all of
/// it, or nothing when there is a problem.
///
/// Log: see common/options/reload_outcome.h.
class Reloader {
 public:
  /// Puts a configuration in force. Runs on the loop with no coroutine on the stack.
  using Apply = std::function<void(const Configuration&, const ConfigurationChanges&)>;

  /// `started` is in force; `has_file`: it came from a file. `loop` and `log` must outlive this.
  Reloader(Loop& loop, Log& log, ConfigurationSource source, const Configuration& started,
           bool has_file, Apply apply);
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  /// Reloads, changed or not.
  void reload();
  /// None: there was no reload yet.
  const std::optional<options::ReloadOutcome>& last() const { return last_; }
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t refused() const { return refused_; }

 private:
  Log& log_;
  ConfigurationSource source_;
  options::Values started_;
  options::Values current_;
  bool has_file_;
  Apply apply_;
  std::optional<options::ReloadOutcome> last_;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  net::WatchedFiles watched_;
};

}  // namespace outhaul::edge
