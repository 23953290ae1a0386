#pragma once

#include <chrono>
#include <memory>
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

  explicit ExpiryWatch(Loop& loop) : added_(loop) {}
  ExpiryWatch(const ExpiryWatch&) = delete;
  ExpiryWatch& operator=(const ExpiryWatch&) = delete;

  /// Those who hold the same certificate share it.
  Holder hold(std::string name, Time not_after);
  /// All that are held, in the order in which they came. Of several with one name, such as those of
  /// the machines behind an edge's name, the one that ends first.
  std::vector<Certificate> certificates() const;
  /// Writes the warnings that are due.
  void warn(Log& log, Time now);
  /// Looks every hour, and whenever a certificate came, for ever. References outlive the task.
  Task<void> run(Loop& loop, Log& log);

 private:
  struct Entry {
    std::weak_ptr<const Certificate> certificate;
    /// Kept when nobody holds it for a while: connections come and go, the warning does not.
    Certificate copy;
    Time warned{};
  };

  std::vector<Entry> entries_;
  Readiness added_;
};

/// From now until its end, in seconds; negative when it is over. For metrics.
double seconds_left(const ExpiryWatch::Certificate& certificate);

}  // namespace outhaul::net
