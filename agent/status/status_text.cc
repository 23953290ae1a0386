#include "agent/status/status_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/text_table.h"

namespace outhaul::agent {

namespace {

using nlohmann::json;

/// With one digit behind the point.
std::string fixed(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

/// "512 B", "1.5 MiB".
std::string size_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> units{"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return fixed(value) + " " + units.at(unit);
}

/// The two largest units: "45s", "3m 20s", "2d 4h".
std::string time_text(double seconds_value) {
  const auto seconds = static_cast<std::uint64_t>(std::max(0.0, seconds_value));
  const std::array<std::pair<std::uint64_t, const char*>, 4> units{
      {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}}};
  for (std::size_t i = 0; i + 1 < units.size(); ++i) {
    if (seconds < units.at(i).first) continue;
    const std::uint64_t rest = seconds % units.at(i).first / units.at(i + 1).first;
    return std::to_string(seconds / units.at(i).first) + units.at(i).second + " " +
           std::to_string(rest) + units.at(i + 1).second;
  }
  return std::to_string(seconds) + "s";
}

std::string count_text(const json& value) {
  return std::to_string(value.get<std::uint64_t>());
}

std::string reload_line(const json& reload) {
  if (reload.at("ok").get<bool>()) {
    const json& restart = reload.at("restart");
    return restart.empty() ? "last reload of the configuration: in force\n"
                           : "last reload of the configuration: in force but for what needs a "
                             "restart\n";
  }
  std::string text = "last reload of the configuration: REFUSED, the one before is in force\n";
  for (const json& problem : reload.at("problems"))
    text += "  " + problem.get<std::string>() + "\n";
  return text;
}

/// Of certificates that end within 30 days.
std::string expiry_lines(const json& page) {
  constexpr double soon = 30.0 * 86400;
  std::string text;
  for (const json& each : page.value("certificates", json::array())) {
    const double left = each.at("left_s").get<double>();
    if (left >= soon) continue;
    text += "certificate of " + each.at("name").get<std::string>() +
            (left > 0 ? ": ends in " + time_text(left) : ": HAS EXPIRED") + "\n";
  }
  return text;
}

std::string heading(const json& page) {
  const std::string reason = page.at("reason").get<std::string>();
  std::string text = "outhaul " + page.at("version").get<std::string>() + "   tunnel " +
                     page.at("tunnel").get<std::string>() + "   up " +
                     time_text(page.at("uptime_s").get<double>()) + "\n";
  text += page.at("ready").get<bool>() ? "ready" : "NOT READY: " + reason;
  text += "   memory " + size_text(page.at("resident_bytes").get<std::uint64_t>()) + "   files " +
          count_text(page.at("open_files")) + " of " + count_text(page.at("open_files_maximum")) +
          "   log level " + page.at("log_level").get<std::string>() + "\n";
  if (page.contains("credentials_problem")) {
    text += "credentials: REFUSED, those before are in use\n  " +
            page.at("credentials_problem").get<std::string>() + "\n";
  }
  text += expiry_lines(page);
  if (page.contains("last_reload")) text += reload_line(page.at("last_reload"));
  return text + "\n";
}

std::string connections_table(const json& page) {
  std::vector<TableRow> rows{{"CONNECTION", "STATE", "EDGE", "ADDRESS", "RTT", "FOR", "ACTIVE",
                              "REQUESTS", "RECEIVED", "SENT"}};
  for (const json& each : page.at("connections")) {
    const bool measured = each.contains("rtt_ms");
    rows.push_back({count_text(each.at("slot")), each.at("state").get<std::string>(),
                    each.value("edge", "-"), each.value("address", "-"),
                    measured ? fixed(each.at("rtt_ms").get<double>()) + " ms" : "-",
                    time_text(each.at("serving_for_s").get<double>()),
                    count_text(each.at("active")), count_text(each.at("requests")),
                    size_text(each.at("bytes_received").get<std::uint64_t>()),
                    size_text(each.at("bytes_sent").get<std::uint64_t>())});
  }
  return format_table(rows);
}

std::string services_table(const json& page) {
  if (page.at("services").empty()) return "no request yet\n";
  std::vector<TableRow> rows{
      {"SERVICE", "ACTIVE", "REQUESTS", "2xx", "3xx", "4xx", "5xx", "UP", "DOWN", "ERRORS"}};
  for (const json& each : page.at("services")) {
    std::string errors;
    for (const auto& [name, count] : each.at("errors").items())
      errors += (errors.empty() ? "" : ", ") + name + " " + count_text(count);
    const json& statuses = each.at("statuses");
    rows.push_back(
        {each.at("service").get<std::string>(), count_text(each.at("active")),
         count_text(each.at("requests")), count_text(statuses.at("2xx")),
         count_text(statuses.at("3xx")), count_text(statuses.at("4xx")),
         count_text(statuses.at("5xx")), size_text(each.at("bytes_up").get<std::uint64_t>()),
         size_text(each.at("bytes_down").get<std::uint64_t>()), errors.empty() ? "-" : errors});
  }
  return format_table(rows);
}

}  // namespace

Result<std::string> status_text(std::string_view page_text) {
  try {
    const json page = json::parse(page_text);
    return heading(page) + connections_table(page) + "\n" + services_table(page);
  } catch (const json::exception& exception) {
    return Error{
        ErrorKind::protocol,
        std::string("the status page is not one of this version of outhaul: ") + exception.what()};
  }
}

}  // namespace outhaul::agent
