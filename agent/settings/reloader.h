#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/settings/configuration.h"
#include "common/async/loop.h"
#include "common/base/log.h"
#include "common/net/watched_files.h"
#include "common/options/reload_outcome.h"

namespace outhaul::agent {

/// Loads the configuration again when it is asked to, or when its file or a certificate file that
/// it names has changed: all of it, or nothing when there is a problem.
///
/// Log: `config_reloaded` with what changed, or one `config_problem` a problem and
/// `config_refused`.
class Reloader {
 public:
  /// Puts a configuration in force. Runs on the loop with no coroutine on the stack.
  using Apply = std::function<void(const Configuration&, const ConfigurationChanges&)>;

  /// `started` is in force; its token is not needed. `loop` and `log` must outlive it.
  Reloader(Loop& loop, Log& log, ConfigurationSource source, Configuration started, Apply apply);
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  /// Reloads, changed or not.
  void reload();
  /// None: there was no reload yet.
  const std::optional<options::ReloadOutcome>& last() const { return last_; }
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t refused() const { return refused_; }
  const Configuration& current() const { return current_; }

 private:
  void refuse(const options::Problems& problems);
  void accept(Configuration next);
  /// Whether these are others than before.
  bool watch(std::vector<std::string> files);

  Log& log_;
  ConfigurationSource source_;
  options::Values started_;
  Configuration current_;
  Apply apply_;
  std::optional<options::ReloadOutcome> last_;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  net::WatchedFiles watched_;
};

}  // namespace outhaul::agent
