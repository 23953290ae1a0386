#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/base/log.h"

namespace outhaul::net {

/// Warns before certificates end: in the log from 30 days before the end, at most once a day for
/// each certificate, as an error on the last day.
///
/// Connections of any thread hold certificates, and so hold() and certificates() may be called from
/// any; the rest is of the loop's thread. The watch outlives whoever calls it.
///
/// Log: `certificate_expires`.
class ExpiryWatch {
 public:
  using Time = std::chrono::system_clock::time_point;
  struct Certificate {
    /// Whose it is and where it comes from: "edge a.example:7844", "client certificate a.pem".
    std::string name;
    Time not_after;
  };
  /// A certificate is watched for as long as somebody holds this.
  using Holder = std::shared_ptr<const Certificate>;

  explicit ExpiryWatch(Loop& loop) : loop_(loop), added_(std::make_shared<Readiness>(loop)) {}
  ExpiryWatch(const ExpiryWatch&) = delete;
  ExpiryWatch& operator=(const ExpiryWatch&) = delete;

  /// Those who hold the same certificate share it.
  Holder hold(std::string name, Time not_after);
  /// All that are held, in the order in which they came. Of several with one name, such as those of
  /// the machines behind an edge's name, the one that ends first.
  std::vector<Certificate> certificates() const;
  /// Writes the warnings that are due.
  void warn(Log& log, Time now);
  /// Looks every hour, and whenever a certificate came, for ever. The log outlives the task.
  Task<void> run(Log& log);

 private:
  struct Entry {
    std::weak_ptr<const Certificate> certificate;
    /// Kept when nobody holds it for a while: connections come and go, the warning does not.
    Certificate copy;
    Time warned{};
  };

  Loop& loop_;
  /// Of the entries; they are asked for once a connection.
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  /// Whoever posts to the loop has no share in it: the watch may be gone when the loop gets there.
  std::shared_ptr<Readiness> added_;
};

/// From now until its end, in seconds; negative when it is over. For metrics.
double seconds_left(const ExpiryWatch::Certificate& certificate);

}  // namespace outhaul::net
