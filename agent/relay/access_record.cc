#include "agent/relay/access_record.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace outhaul::agent {

namespace {

double milliseconds(Duration duration) {
  // Microseconds are as fine as anybody reads a log line.
  return std::round(std::chrono::duration<double, std::micro>(duration).count()) / 1000;
}

}  // namespace

AccessRecord::AccessRecord(Log& log, const AccessLogRules& rules, std::string_view edge,
                           const http::RequestHead& request, std::int32_t stream, TimePoint arrived)
    : log_(log),
      rules_(rules),
      recording_(log.enabled(LogLevel::info) && rules.lines != AccessLines::none),
      stream_(stream),
      began_(arrived),
      previous_(arrived) {
  if (!recording_) return;
  edge_ = edge;
  method_ = request.method;
  path_ =
      request.path.empty() ? std::string_view(request.authority) : logged_path(rules, request.path);
  mark_queue();
}

double AccessRecord::lap() {
  if (!recording_) return -1;
  const TimePoint now = LoopClock::now();
  const Duration passed = now - previous_;
  previous_ = now;
  return milliseconds(passed);
}

void AccessRecord::mark_queue() {
  queue_ms_ = std::max(queue_ms_, 0.0) + lap();
}

void AccessRecord::mark_connect(std::optional<TimePoint> tcp_connected) {
  if (!recording_) return;
  if (tcp_connected) {
    connect_ms_ = milliseconds(*tcp_connected - previous_);
    previous_ = *tcp_connected;
    tls_ms_ = lap();
  } else {
    connect_ms_ = lap();
  }
}

void AccessRecord::mark_first_byte() {
  first_byte_ms_ = lap();
  first_byte_ = (recording_ ? previous_ : LoopClock::now()) - began_;
}

void AccessRecord::name(std::string_view request_id) {
  if (recording_) request_id_ = request_id;
}

void AccessRecord::count_for(std::string_view service_name, Traffic& traffic) {
  if (recording_) service_ = service_name;
  if (!table_) return;
  traffic_ = &traffic;
  ++traffic_->active;
}

void AccessRecord::count() const {
  if (!table_) return;
  if (traffic_) --traffic_->active;
  Traffic& traffic = traffic_ ? *traffic_ : table_->of({});
  traffic.add({.status = status,
               .error = error,
               .bytes_up = bytes_up,
               .bytes_down = bytes_down,
               .first_byte = first_byte_,
               .total = LoopClock::now() - began_});
}

AccessRecord::~AccessRecord() {
  if (!finished_ && error.empty()) error = cancelled_request;
  count();
  if (!recording_ || !log_.enabled(LogLevel::info)) return;
  if (!has_access_line(rules_, request_id_, status, !error.empty())) return;
  constexpr std::size_t most_fields = 18;
  std::vector<LogField, PoolAllocator<LogField>> fields;
  fields.reserve(most_fields);
  fields.push_back({"id", std::string_view(request_id_)});
  fields.push_back({"service", std::string_view(service_)});
  fields.push_back({"method", std::string_view(method_)});
  fields.push_back({"path", std::string_view(path_)});
  fields.push_back({"status", status});
  fields.push_back({"bytes_up", bytes_up});
  fields.push_back({"bytes_down", bytes_down});
  if (!error.empty()) fields.push_back({"error", error});
  if (!detail.empty()) fields.push_back({"detail", detail});
  fields.push_back({"queue_ms", queue_ms_});
  if (dns_ms_ >= 0) fields.push_back({"dns_ms", dns_ms_});
  if (connect_ms_ >= 0) fields.push_back({"connect_ms", connect_ms_});
  if (tls_ms_ >= 0) fields.push_back({"tls_ms", tls_ms_});
  if (first_byte_ms_ >= 0) fields.push_back({"first_byte_ms", first_byte_ms_});
  fields.push_back({"total_ms", milliseconds(LoopClock::now() - began_)});
  if (!address.empty()) {
    fields.push_back({"address", std::string_view(address)});
    fields.push_back({"reused", reused});
  }
  fields.push_back({"edge", edge_});
  fields.push_back({"stream", stream_});
  log_.write(LogLevel::info, "request", fields);
}

}  // namespace outhaul::agent
