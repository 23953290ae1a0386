#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/timer.h"
#include "common/base/access_log.h"
#include "common/base/log.h"
#include "common/base/pooled_text.h"
#include "common/base/traffic.h"
#include "common/http/message.h"

namespace outhaul::agent {

/// The access line of one request, filled while it is relayed and written by the destructor, on
/// every way out; there the request is counted too. Durations are in milliseconds; a stage that did
/// not happen is left out. docs/logs.md explains the line key by key.
class AccessRecord {
 public:
  /// `log`, `rules` and `edge` must outlive the record. `edge` names the connection that the
  /// request came by, `arrived` is when.
  AccessRecord(Log& log, const AccessLogRules& rules, std::string_view edge,
               const http::RequestHead& request, std::int32_t stream, TimePoint arrived);
  ~AccessRecord();
  AccessRecord(const AccessRecord&) = delete;
  AccessRecord& operator=(const AccessRecord&) = delete;

  PooledText address;
  int status = 0;
  /// RFC 9209 error type, also of what broke after the response head.
  std::string error;
  std::string detail;
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  bool reused = false;

  /// Counts the request at its end. The table outlives the record.
  void count_in(TrafficTable& table) { table_ = &table; }
  /// Counts it among those of this service, now as active; else it is one without a service.
  /// `traffic` is the service's entry of the table.
  void count_for(std::string_view service, Traffic& traffic);
  /// The id that both ends' lines carry.
  void name(std::string_view request_id);

  // Each ends a stage, which began where the one before it ended.

  /// A wait for the request's turn; more than one is added up.
  void mark_queue();
  void mark_dns() { dns_ms_ = lap(); }
  /// Ends a stage that has no figure of its own.
  void mark_other() { lap(); }
  /// `tcp_connected`: when TLS began, if it did.
  void mark_connect(std::optional<TimePoint> tcp_connected);
  void mark_first_byte();

  /// The request was dealt with to its end. Without it and an error, it was cancelled.
  void finish() { finished_ = true; }

 private:
  /// Milliseconds since the previous call.
  double lap();

  void count() const;

  Log& log_;
  const AccessLogRules& rules_;
  /// Decided once, so that a level that changes on the way cannot make half a line.
  const bool recording_;
  bool finished_ = false;
  TrafficTable* table_ = nullptr;
  Traffic* traffic_ = nullptr;
  // Kept only for the line.
  PooledText request_id_;
  PooledText service_;
  std::string_view edge_;
  PooledText method_;
  PooledText path_;
  std::int32_t stream_;
  TimePoint began_;
  TimePoint previous_;
  /// Since `began_`; negative: none came.
  Duration first_byte_{-1};
  double queue_ms_ = -1;
  double dns_ms_ = -1;
  double connect_ms_ = -1;
  double tls_ms_ = -1;
  double first_byte_ms_ = -1;
};

}  // namespace outhaul::agent
