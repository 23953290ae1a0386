#include "common/base/log_repeats.h"

#include <algorithm>
#include <utility>

namespace outhaul {
namespace {

/// A longer text is told apart, and kept, by its beginning.
constexpr std::size_t kept_text_size = 256;

std::string_view identifying_text(const LogField& field, std::string_view text) {
  if (field.role == LogFieldRole::peer_address) text = text.substr(0, text.rfind(':'));
  return text.substr(0, kept_text_size);
}

template <typename Kept>
struct CopyValue {
  Kept operator()(std::string_view text) const {
    return std::string(text.substr(0, kept_text_size));
  }
  template <typename Other>
  Kept operator()(const Other& value) const {
    return value;
  }
};

/// Two lines with the same key are repeats of each other.
std::string key_of(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  std::string key(to_string(level));
  key.append(1, '\0').append(event);
  for (const LogField& field : fields) {
    if (field.role == LogFieldRole::detail) continue;
    key.append(1, '\0').append(field.key).append(1, '=');
    if (const auto* text = std::get_if<std::string_view>(&field.value.variant())) {
      key += identifying_text(field, *text);
    } else if (const auto* whole = std::get_if<std::int64_t>(&field.value.variant())) {
      key += std::to_string(*whole);
    } else if (const auto* natural = std::get_if<std::uint64_t>(&field.value.variant())) {
      key += std::to_string(*natural);
    } else if (const auto* truth = std::get_if<bool>(&field.value.variant())) {
      key.push_back(*truth ? '1' : '0');
    }
  }
  return key;
}

}  // namespace

std::vector<LogField> LogRepeats::Held::fields() const {
  std::vector<LogField> fields;
  for (const auto& [key, value] : values_) {
    fields.push_back({key, std::visit([](const auto& of) { return LogValue(of); }, value)});
  }
  fields.push_back({"repeated", repeated});
  return fields;
}

bool LogRepeats::admit(LogLevel level, std::string_view event, std::span<const LogField> fields,
                       Clock::time_point now) {
  Line& line = line_of(level, event, fields, now);
  if (line.written < limits_.burst) {
    ++line.written;
    return true;
  }
  if (line.held.repeated++ > 0) return false;
  line.held.level = level;
  line.held.event = event;
  for (const LogField& field : fields)
    line.held.values_.emplace_back(field.key,
                                   std::visit(CopyValue<Held::Value>(), field.value.variant()));
  next_due_ = std::min(next_due_, line.ends);
  return false;
}

std::vector<LogRepeats::Held> LogRepeats::due(Clock::time_point now) {
  std::vector<Held> ended;
  if (now < next_due_) return ended;
  next_due_ = Clock::time_point::max();
  for (auto& [key, line] : known_) {
    if (line.held.repeated == 0) continue;
    if (line.ends > now) {
      next_due_ = std::min(next_due_, line.ends);
    } else {
      ended.push_back(std::exchange(line.held, Held()));
    }
  }
  return ended;
}

LogRepeats::Line& LogRepeats::line_of(LogLevel level, std::string_view event,
                                      std::span<const LogField> fields, Clock::time_point now) {
  std::string key = key_of(level, event, fields);
  auto found = known_.find(key);
  if (found == known_.end() && known_.size() >= limits_.lines_known) {
    forget_ended(now);
    if (known_.size() >= limits_.lines_known) {
      key = key_of(level, event, {});
      found = known_.find(key);
    }
  }
  if (found == known_.end()) found = known_.try_emplace(std::move(key)).first;
  Line& line = found->second;
  // A count that nobody fetched goes on in the new interval.
  if (line.ends <= now) {
    line.written = 0;
    line.ends = now + limits_.interval;
  }
  return line;
}

void LogRepeats::forget_ended(Clock::time_point now) {
  std::erase_if(known_, [now](const auto& entry) {
    return entry.second.ends <= now && entry.second.held.repeated == 0;
  });
}

}  // namespace outhaul
