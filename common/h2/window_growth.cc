#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "common/h2/session_core.h"

namespace outhaul::h2 {
namespace {

constexpr std::array<std::uint8_t, 8> path_ping{'r', 'o', 'u', 'n', 'd', 't', 'r', 'p'};

/// Less would be WINDOW_UPDATE frames for nothing.
bool is_worth_it(std::uint64_t wanted, std::uint64_t window) {
  return wanted > window + window / 4;
}

}  // namespace

bool SessionCore::is_path_ping(const std::uint8_t* opaque) {
  return std::equal(path_ping.begin(), path_ping.end(), opaque);
}

void SessionCore::know_path() {
  const TimePoint now = loop_.now();
  const Duration round_trip = now - settings_at_;
  path_.add(round_trip, now);
  statistics_.round_trip = round_trip;
  if (options_.memory != nullptr) path_.enable(now);
}

void SessionCore::begin_measurement() {
  if (termination_) return;
  require_memory(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, path_ping.data()));
  path_.begin(loop_.now());
  received_before_ = statistics_.bytes_received;
  for (const std::unique_ptr<StreamRecord>& record : records_) {
    record->received_before = record->received;
    record->starved = false;
  }
}

void SessionCore::end_measurement() {
  const Duration round_trip = path_.end(loop_.now());
  statistics_.round_trip = round_trip;
  // Credit of the connection returns as soon as bytes are parsed, so its window holds nothing here
  // and is not counted; it only must not be what holds up the streams.
  const std::uint64_t arrived = statistics_.bytes_received - received_before_;
  std::uint64_t connection = path_.window_for(arrived, round_trip);
  for (const std::unique_ptr<StreamRecord>& record : records_) {
    if (record->stream == nullptr || !record->open || record->remote_ended || record->reset) {
      continue;
    }
    grow(*record, path_.window_for(record->received - record->received_before, round_trip));
    connection = std::max<std::uint64_t>(connection, record->window);
  }
  connection = std::min<std::uint64_t>(connection, options_.window_maximum);
  if (!is_worth_it(connection, statistics_.connection_window)) return;
  set_window(0, connection);
  statistics_.connection_window = connection;
}

void SessionCore::grow(StreamRecord& record, std::uint64_t wanted) {
  const std::uint64_t window = record.window;
  wanted = std::min<std::uint64_t>(wanted, options_.window_maximum);
  if (!is_worth_it(wanted, window)) return;
  // There was always something to read: the application is what takes its time, not the path.
  if (!record.starved) return;
  if (wanted > usual_window_ || loop_.now() - usual_at_ > PathEstimate::memory) {
    usual_window_ = wanted;
    usual_at_ = loop_.now();
  }
  std::unique_ptr<MemoryShare>& share = record.stream->window_share_;
  if (!share) share = std::make_unique<MemoryShare>();
  if (usual_window_ > wanted && share->take_spare(*options_.memory, usual_window_ - window)) {
    // What another stream has come to need not be found out again, a round trip for each step.
    wanted = usual_window_;
  } else if (!share->take_spare(*options_.memory, wanted - window)) {
    return;
  }
  set_window(record.id, wanted);
  record.window = static_cast<std::uint32_t>(wanted);
  ++statistics_.windows_grown;
  statistics_.largest_window = std::max(statistics_.largest_window, wanted);
}

void SessionCore::set_window(std::int32_t stream_id, std::uint64_t size) {
  require_memory(nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, stream_id,
                                                       static_cast<std::int32_t>(size)));
  wake_output();
}

}  // namespace outhaul::h2
