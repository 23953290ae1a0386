#include "edge/forwarding/access_record.h"

#include <chrono>
#include <cmath>
#include <vector>

#include "edge/random_name.h"

namespace outhaul::edge {

namespace {

constexpr std::size_t request_id_bytes = 6;

}  // namespace

AccessRecord::AccessRecord(Log& log, const AccessLogRules& rules, std::string_view client,
                           const http::RequestHead& request)
    : request_id(random_name(request_id_bytes)),
      log_(log),
      rules_(rules),
      recording_(log.enabled(LogLevel::info) && rules.lines != AccessLines::none),
      began_(LoopClock::now()) {
  if (!recording_) return;
  client_ = client;
  method_ = request.method;
  path_ = request.path.empty() ? request.authority : logged_path(rules, request.path);
}

double AccessRecord::passed() const {
  if (!recording_) return -1;
  const std::chrono::duration<double, std::micro> time = LoopClock::now() - began_;
  // Microseconds are as fine as anybody reads a log line.
  return std::round(time.count()) / 1000;
}

void AccessRecord::mark_opened() {
  if (queue_ms_ < 0) queue_ms_ = passed();
}

void AccessRecord::mark_first_byte() {
  if (first_byte_ >= Duration::zero()) return;
  first_byte_ms_ = passed();
  first_byte_ = LoopClock::now() - began_;
}

void AccessRecord::count_for(std::string_view service_name) {
  if (!table_) return;
  traffic_ = &table_->of(service_name);
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
               .retries = static_cast<std::uint64_t>(attempts > 1 ? attempts - 1 : 0),
               .first_byte = first_byte_,
               .total = LoopClock::now() - began_});
}

AccessRecord::~AccessRecord() {
  if (!finished_ && error.empty()) error = cancelled_request;
  count();
  if (!recording_ || !log_.enabled(LogLevel::info)) return;
  if (!has_access_line(rules_, request_id, status, !error.empty())) return;
  std::vector<LogField> fields = {{"id", request_id}};
  if (!service.empty()) {
    fields.push_back({"service", service});
    fields.push_back({"service_id", service_id});
  }
  if (!binding.empty()) fields.push_back({"binding", binding});
  fields.push_back({"method", method_});
  fields.push_back({"path", path_});
  fields.push_back({"status", status});
  if (!error.empty()) fields.push_back({"error", error});
  if (!detail.empty()) fields.push_back({"detail", detail});
  fields.push_back({"bytes_up", bytes_up});
  fields.push_back({"bytes_down", bytes_down});
  if (!connection.empty()) fields.push_back({"connection", connection});
  fields.push_back({"attempts", attempts});
  if (queue_ms_ >= 0) fields.push_back({"queue_ms", queue_ms_});
  if (first_byte_ms_ >= 0) fields.push_back({"first_byte_ms", first_byte_ms_});
  fields.push_back({"total_ms", passed()});
  fields.push_back({"client", client_});
  log_.write(LogLevel::info, "request", fields);
}

}  // namespace outhaul::edge
