#include "edge/api/lists.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

namespace outhaul::edge {
namespace {

constexpr std::size_t kMaxPerPage = 1000;

/// 32 bits: page * per_page then fits std::size_t.
Result<std::size_t> read_count(const QueryParameters& query, std::string_view name,
                               std::size_t absent) {
  const std::string_view text = parameter(query, name);
  if (text.empty()) return absent;
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value == 0) {
    return Error{ErrorKind::invalid, "query: " + std::string(name) + " must be a number from 1"};
  }
  return std::size_t{value};
}

}  // namespace

Result<PageInfo> read_page(const QueryParameters& query) {
  OUTHAUL_TRY(page, read_count(query, "page", 1));
  OUTHAUL_TRY(per_page, read_count(query, "per_page", kMaxPerPage));
  PageInfo info;
  info.page = page;
  info.per_page = std::min(per_page, kMaxPerPage);
  return info;
}

Result<void> check_parameters(const QueryParameters& query,
                              std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : query) {
    if (name == "page" || name == "per_page") continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string message = "query: unknown parameter; this list knows page, per_page";
    for (const std::string_view other : known)
      message += ", " + std::string(other);
    return Error{ErrorKind::invalid, std::move(message)};
  }
  return {};
}

std::string_view parameter(const QueryParameters& query, std::string_view name) {
  const auto found = query.find(name);
  return found == query.end() ? std::string_view() : std::string_view(found->second);
}

ApiResponse method_not_allowed(std::string_view allowed) {
  return failure(405, ApiCode::method_not_allowed,
                 "method: not allowed here; use " + std::string(allowed));
}

}  // namespace outhaul::edge
