#include "common/base/access_log.h"

namespace outhaul {
namespace {

/// FNV-1a with the finish of MurmurHash3: ids that differ in one character only spread as well.
/// Not a secret, and the same in every version.
std::uint32_t hash(std::string_view text) {
  std::uint32_t value = 2166136261;
  for (const char c : text)
    value = (value ^ static_cast<unsigned char>(c)) * 16777619;
  value = (value ^ value >> 16) * 0x85ebca6b;
  value = (value ^ value >> 13) * 0xc2b2ae35;
  return value ^ value >> 16;
}

}  // namespace

bool has_access_line(const AccessLogRules& rules, std::string_view request_id, int status,
                     bool has_error) {
  if (rules.lines == AccessLines::none) return false;
  if (status >= 500 || status == 0 || has_error) return true;
  if (rules.lines == AccessLines::failures) return false;
  return rules.sample <= 1 || hash(request_id) % rules.sample == 0;
}

std::string_view logged_path(const AccessLogRules& rules, std::string_view path) {
  return rules.with_query ? path : path.substr(0, path.find('?'));
}

}  // namespace outhaul
