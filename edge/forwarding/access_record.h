#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/async/timer.h"
#include "common/base/access_log.h"
#include "common/base/log.h"
#include "common/base/traffic.h"
#include "common/http/message.h"

namespace outhaul::edge {

/// The access line of one request at the edge, filled while it is served and written by the
/// destructor, on every way out; there the request is counted too. Durations are in milliseconds; a
/// stage that did not happen is left out. docs/logs.md explains the line key by key.
class AccessRecord {
 public:
  /// `log` and `rules` must outlive the record. `client` names the connection that the request came
  /// by.
  AccessRecord(Log& log, const AccessLogRules& rules, std::string_view client,
               const http::RequestHead& request);
  ~AccessRecord();
  AccessRecord(const AccessRecord&) = delete;
  AccessRecord& operator=(const AccessRecord&) = delete;

  /// A short random name, the same in the agent's log.
  std::string request_id;
  /// Name and id of the service; empty until the request is authorised.
  std::string service;
  std::string service_id;
  /// Id of the binding whose token opened the service; empty on a listener bound to a service.
  std::string binding;
  /// The tunnel connection that carried it last.
  std::string connection;
  int status = 0;
  /// RFC 9209 error type, also of what broke after the response head; `client_gone` and
  /// `client_stalled` when it was the client.
  std::string error;
  std::string detail;
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  int attempts = 0;

  /// Counts the request at its end. The table outlives the record; null: nobody counts.
  void count_in(TrafficTable* table) { table_ = table; }
  /// Counts it among those of this service, now as active; else it is one without a service.
  void count_for(std::string_view service);

  /// Ends the time without a connection.
  void mark_opened();
  void mark_first_byte();

  /// The request was dealt with to its end. Without it and an error, it was cancelled.
  void finish() { finished_ = true; }

 private:
  double passed() const;

  void count() const;

  Log& log_;
  const AccessLogRules& rules_;
  /// Decided once, so that a level that changes on the way cannot make half a line.
  const bool recording_;
  bool finished_ = false;
  TrafficTable* table_ = nullptr;
  Traffic* traffic_ = nullptr;
  std::string client_;
  std::string method_;
  std::string path_;
  TimePoint began_;
  double queue_ms_ = -1;
  double first_byte_ms_ = -1;
  /// Since `began_`; negative: none came.
  Duration first_byte_{-1};
};

}  // namespace outhaul::edge
