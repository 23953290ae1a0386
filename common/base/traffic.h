#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/histogram.h"

namespace outhaul {

/// How one request ended.
struct RequestOutcome {
  /// 0: nothing was answered.
  int status = 0;
  /// RFC 9209 error type, or how the exchange broke off; empty: no error.
  std::string_view error = {};
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  /// Deliveries after the first.
  std::uint64_t retries = 0;
  /// Since the request came; negative: no response came from behind.
  std::chrono::nanoseconds first_byte{-1};
  std::chrono::nanoseconds total{};
};

/// The requests of one service, since the start.
struct Traffic {
  /// Under way now.
  std::uint64_t active = 0;
  /// Ended, by the first digit of their status; [0]: without an answer.
  std::array<std::uint64_t, 6> statuses{};
  /// Ended with an error, by its name.
  std::map<std::string, std::uint64_t, std::less<>> errors;
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  std::uint64_t retries = 0;
  Histogram first_byte;
  Histogram total;

  /// Names of errors come from short lists; what is more than this bound counts as "other".
  static constexpr std::size_t error_names_maximum = 64;

  std::uint64_t requests() const;
  void add(const RequestOutcome& outcome);
  /// Counts what another loop has counted.
  void add(const Traffic& other);
};

/// The traffic of all services of a loop; a copy of it may go to another. A service costs memory
/// when it is used first, a request none. Entries stay where they are.
class TrafficTable {
 public:
  /// Services counted by themselves; the rest share the one named "other".
  static constexpr std::size_t services_maximum = 256;

  /// `service` is empty for requests that name none, or none that exists.
  Traffic& of(std::string_view service);
  /// Counts what another loop has counted.
  void add(const TrafficTable& other);

  /// Calls `visit(name, traffic)` for each, in the order of names: "none", and "other" when it is
  /// needed, among them.
  template <typename Visit>
  void for_each(Visit visit) const {
    std::map<std::string_view, const Traffic*> sorted;
    for (const auto& [name, traffic] : services_)
      sorted.emplace(name, &traffic);
    for (const auto& [name, traffic] : sorted)
      visit(name, *traffic);
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, Traffic, Hash, std::equal_to<>> services_;
};

/// The text of index `status_class` of Traffic::statuses: "none", "1xx" ... "5xx".
std::string_view status_class_name(std::size_t status_class);

}  // namespace outhaul
