#include "tests/support/wan/link.h"

#include <algorithm>
#include <utility>

namespace outhaul::wan {
namespace {

// An interface may have any MTU.
constexpr std::size_t largest_packet = 65536;
// So that one direction cannot keep the other from its turn.
constexpr int batch = 64;
constexpr std::size_t most_spare = 4096;

std::size_t queue_size(const Conditions& conditions) {
  if (conditions.queue > 0) return conditions.queue;
  return std::max(std::size_t{64} * 1024, static_cast<std::size_t>(conditions.rate / 8 / 10));
}

}  // namespace

bool Link::happens(double probability) {
  if (probability <= 0) return false;
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

Link::Packet Link::spare() {
  Packet packet;
  if (!spare_.empty()) {
    packet = std::move(spare_.back());
    spare_.pop_back();
  }
  return packet;
}

void Link::keep(Packet packet) {
  if (spare_.size() < most_spare) spare_.push_back(std::move(packet));
}

bool Link::take(Time now) {
  static thread_local std::vector<std::byte> room(largest_packet);
  for (int i = 0; i < batch; ++i) {
    const std::size_t size = from_.read(room);
    if (size == 0) return false;
    ++counters_.read;
    counters_.bytes_read += size;
    Packet packet = spare();
    packet.assign(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
    send(now, std::move(packet));
  }
  return true;
}

void Link::send(Time now, Packet packet) {
  std::uint64_t* fate = nullptr;
  if (conditions_.black_hole) {
    fate = &counters_.black_hole;
  } else if (conditions_.mtu_hole > 0 && packet.size() > conditions_.mtu_hole) {
    fate = &counters_.too_large;
  }
  // The wire loses what has taken its time on it, so a loss uses up rate.
  std::optional<Time> left;
  if (fate == nullptr) {
    left = departure(now, packet.size());
    if (!left) {
      fate = &counters_.queue_full;
    } else if (happens(conditions_.loss)) {
      fate = &counters_.lost;
    }
  }
  if (fate != nullptr) {
    ++*fate;
    return keep(std::move(packet));
  }
  if (happens(conditions_.reorder)) {
    ++counters_.reordered;
    write(packet);
    return keep(std::move(packet));
  }
  Time due = *left + conditions_.delay;
  if (conditions_.jitter.count() > 0) {
    due += std::chrono::nanoseconds(
        std::uniform_int_distribution<std::int64_t>(0, conditions_.jitter.count())(random_));
  }
  if (!on_the_way_.empty()) due = std::max(due, on_the_way_.back().due);
  if (happens(conditions_.duplicate)) {
    ++counters_.duplicated;
    Packet copy = spare();
    copy = packet;
    on_the_way_.push_back({due, std::move(copy)});
  }
  on_the_way_.push_back({due, std::move(packet)});
}

std::optional<Time> Link::departure(Time now, std::size_t size) {
  if (conditions_.rate <= 0) return now;
  const Time start = std::max(now, free_at_);
  const double waiting = std::chrono::duration<double>(start - now).count() * conditions_.rate / 8;
  if (waiting + static_cast<double>(size) > static_cast<double>(queue_size(conditions_))) {
    return std::nullopt;
  }
  const std::chrono::duration<double> takes(static_cast<double>(size) * 8 / conditions_.rate);
  free_at_ = start + std::chrono::duration_cast<Clock::duration>(takes);
  return free_at_;
}

void Link::deliver(Time now) {
  while (!on_the_way_.empty() && on_the_way_.front().due <= now) {
    write(on_the_way_.front().packet);
    keep(std::move(on_the_way_.front().packet));
    on_the_way_.pop_front();
  }
}

void Link::write(const Packet& packet) {
  if (!to_.write(packet)) {
    ++counters_.refused;
    return;
  }
  ++counters_.delivered;
  counters_.bytes_delivered += packet.size();
}

std::optional<Time> Link::next() const {
  if (on_the_way_.empty()) return std::nullopt;
  return on_the_way_.front().due;
}

}  // namespace outhaul::wan
