#include "common/options/limit_options.h"

#include <utility>

#include "common/base/cgroup_memory.h"
#include "common/options/value_syntax.h"

namespace outhaul::options {

namespace {

// HTTP/2 cannot announce larger windows (RFC 9113 section 6.9.1); far less is of use.
constexpr std::int64_t largest_window = std::int64_t{1} << 30;

Option size_limit(std::string name, std::size_t value, std::int64_t maximum, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::size,
          .default_text = format_size(static_cast<std::int64_t>(value)),
          .help = std::move(help),
          .value_name = "SIZE",
          .minimum = std::int64_t{1} * kibibyte,
          .maximum = maximum};
}

Option count_limit(std::string name, std::size_t value, std::int64_t maximum, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::integer,
          .default_text = std::to_string(value),
          .help = std::move(help),
          .value_name = "N",
          .minimum = 1,
          .maximum = maximum};
}

std::size_t size_of(const Values& values, std::string_view name) {
  return static_cast<std::size_t>(values.size(name));
}

/// The same number as burst and as refill: N in any one period, 2 N across the border of two.
void set_rate(const Values& values, std::string_view name, RateLimit& limit) {
  limit.burst = limit.count = static_cast<std::uint32_t>(values.integer(name));
}

}  // namespace

std::vector<Option> http_limit_options(const std::string& group) {
  const Limits& limits = default_limits;
  // No larger one could be sent on (h2::max_sent_head_size).
  constexpr std::int64_t largest_head = 128 * kibibyte;
  constexpr std::int64_t many = 1'000'000;
  std::vector<Option> table = {
      size_limit("header-list-size", limits.header_list_size, largest_head,
                 "all header fields of a message together"),
      size_limit("field-size", limits.field_value_size, largest_head, "one header field"),
      size_limit("path-size", limits.path_size, largest_head, "path and query of a request"),
      count_limit("fields", limits.field_count, 65536, "header fields of a message"),
      count_limit("pings", limits.pings.count, many, "HTTP/2 PING frames of a peer in 10 s"),
      count_limit("settings-frames", limits.settings.count, many,
                  "HTTP/2 SETTINGS frames of a peer in 10 s"),
      count_limit("empty-data-frames", limits.empty_data.count, many,
                  "HTTP/2 DATA frames without content of a peer in 10 s"),
      size_limit("stream-window", limits.stream_window, largest_window,
                 "bytes of one stream that wait here"),
      size_limit("connection-window", limits.connection_window, largest_window,
                 "bytes of one connection on their way here"),
      {.name = "memory-limit",
       .kind = OptionKind::size,
       .default_note = "256MiB, or a quarter of the control group's limit",
       .help = "memory promised to requests and to windows that grow; see docs/limits.md",
       .value_name = "SIZE",
       .minimum = std::int64_t{1} * mebibyte,
       .maximum = std::int64_t{1} << 50},
  };
  for (Option& option : table)
    option.group = group;
  return table;
}

void read_http_limits(const Values& values, Limits& limits) {
  limits.header_list_size = size_of(values, "header-list-size");
  limits.field_value_size = size_of(values, "field-size");
  limits.path_size = size_of(values, "path-size");
  limits.field_count = static_cast<std::size_t>(values.integer("fields"));
  set_rate(values, "pings", limits.pings);
  set_rate(values, "settings-frames", limits.settings);
  set_rate(values, "empty-data-frames", limits.empty_data);
  limits.stream_window = static_cast<std::uint32_t>(values.size("stream-window"));
  limits.connection_window = static_cast<std::uint32_t>(values.size("connection-window"));
  limits.memory_budget =
      values.has("memory-limit")
          ? size_of(values, "memory-limit")
          : default_memory_budget(limits.memory_budget, limits.memory_budget_cgroup_divisor);
}

}  // namespace outhaul::options
