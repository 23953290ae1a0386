#include "common/base/traffic.h"

namespace outhaul {

namespace {

constexpr std::array<std::string_view, 6> class_names{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr std::string_view no_service = "none";
constexpr std::string_view rest = "other";

}  // namespace

std::uint64_t Traffic::requests() const {
  std::uint64_t count = 0;
  for (const std::uint64_t each : statuses)
    count += each;
  return count;
}

void Traffic::add(const RequestOutcome& outcome) {
  const auto status_class = static_cast<std::size_t>(outcome.status / 100);
  ++statuses[status_class < statuses.size() ? status_class : 0];
  if (!outcome.error.empty()) {
    auto found = errors.find(outcome.error);
    if (found == errors.end()) {
      const bool full = errors.size() >= error_names_maximum;
      found = errors.try_emplace(std::string(full ? rest : outcome.error)).first;
    }
    ++found->second;
  }
  bytes_up += outcome.bytes_up;
  bytes_down += outcome.bytes_down;
  retries += outcome.retries;
  if (outcome.first_byte >= std::chrono::nanoseconds::zero()) first_byte.add(outcome.first_byte);
  total.add(outcome.total);
}

void Traffic::add(const Traffic& other) {
  active += other.active;
  for (std::size_t i = 0; i < statuses.size(); ++i)
    statuses[i] += other.statuses[i];
  for (const auto& [error, count] : other.errors) {
    const bool full = errors.size() >= error_names_maximum && !errors.contains(error);
    errors[full ? std::string(rest) : error] += count;
  }
  bytes_up += other.bytes_up;
  bytes_down += other.bytes_down;
  retries += other.retries;
  first_byte.add(other.first_byte);
  total.add(other.total);
}

void TrafficTable::add(const TrafficTable& other) {
  for (const auto& [service, traffic] : other.services_)
    of(service).add(traffic);
}

Traffic& TrafficTable::of(std::string_view service) {
  if (service.empty()) service = no_service;
  auto found = services_.find(service);
  if (found != services_.end()) return found->second;
  if (services_.size() >= services_maximum) service = rest;
  return services_.try_emplace(std::string(service)).first->second;
}

std::string_view status_class_name(std::size_t status_class) {
  return class_names.at(status_class);
}

}  // namespace outhaul
