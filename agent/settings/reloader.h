#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/settings/configuration.h"
#include "common/async/file_watch.h"
#include "common/async/loop.h"
#include "common/async/runnable.h"
#include "common/base/log.h"

namespace outhaul::agent {

/// How the last reload of the configuration ended; for `status`.
struct ReloadOutcome {
  std::chrono::system_clock::time_point time;
  /// False: the configuration before it stays in force.
  bool ok = false;
  /// What took effect.
  std::vector<std::string> changed;
  /// What differs but takes a restart.
  std::vector<std::string> restart;
  /// Every problem of a refused configuration, one line each.
  std::vector<std::string> problems;
};

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
  const std::optional<ReloadOutcome>& last() const { return last_; }
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t refused() const { return refused_; }
  const Configuration& current() const { return current_; }

 private:
  /// A file watch must not be destroyed inside its callback, and a reload makes new ones.
  class Look final : public Runnable {
   public:
    explicit Look(Reloader& reloader) : reloader_(reloader) {}
    void run() override { reloader_.look(); }

   private:
    Reloader& reloader_;
  };

  void look();
  void refuse(const options::Problems& problems);
  void accept(Configuration next);
  /// Whether these are others than before.
  bool watch(std::vector<std::string> files);
  /// Of the contents of all watched files.
  std::size_t fingerprint() const;

  Loop& loop_;
  Log& log_;
  ConfigurationSource source_;
  options::Values started_;
  Configuration current_;
  Apply apply_;
  std::optional<ReloadOutcome> last_;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  std::vector<std::string> watched_;
  std::size_t seen_ = 0;
  Look look_{*this};
  std::vector<std::unique_ptr<FileWatch>> watches_;
};

}  // namespace outhaul::agent
