#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/async/timer.h"
#include "common/base/log.h"
#include "common/base/traffic.h"
#include "common/http/message.h"

namespace outhaul::agent {

/// The access line of one request, filled while it is relayed and written by the destructor, on
/// every way out; there the request is counted too. Durations are in milliseconds; a stage that did
/// not happen is left out.
class AccessRecord {
 public:
  /// `log` must outlive the record. `edge` names the connection it came by.
  AccessRecord(Log& log, std::string_view edge, const http::RequestHead& request,
               std::int32_t stream);
  ~AccessRecord();
  AccessRecord(const AccessRecord&) = delete;
  AccessRecord& operator=(const AccessRecord&) = delete;

  std::string request_id;
  std::string service;
  std::string address;
  int status = 0;
  /// RFC 9209 error type, or how the exchange broke off after the response head.
  std::string error;
  std::string detail;
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  bool reused = false;

  /// Counts the request at its end. The table outlives the record.
  void count_in(TrafficTable& table) { table_ = &table; }
  /// Counts it among those of this service, now as active; else it is one without a service.
  void count_for(std::string_view service);

  /// Ends a stage: what passed since the previous mark goes to `stage`.
  void mark_dns() { dns_ms_ = lap(); }
  void mark_connect() { connect_ms_ = lap(); }
  void mark_first_byte();

 private:
  double lap();

  void count() const;

  Log& log_;
  TrafficTable* table_ = nullptr;
  Traffic* traffic_ = nullptr;
  std::string edge_;
  std::string method_;
  std::string path_;
  std::int32_t stream_;
  TimePoint began_;
  TimePoint previous_;
  /// Since `began_`; negative: none came.
  Duration first_byte_{-1};
  double dns_ms_ = -1;
  double connect_ms_ = -1;
  double first_byte_ms_ = -1;
};

}  // namespace outhaul::agent
