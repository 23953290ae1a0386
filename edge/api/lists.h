#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "edge/api/api_json.h"
#include "edge/api/target.h"

namespace outhaul::edge {

/// What the handlers of all collections share.

/// page and per_page of the query, within their bounds. Error (invalid): no number from 1.
Result<PageInfo> read_page(const QueryParameters& query);

/// Error (invalid) for a parameter outside `known`, `page` and `per_page`.
Result<void> check_parameters(const QueryParameters& query,
                              std::initializer_list<std::string_view> known);

/// The parameter's value, or empty when it is absent.
std::string_view parameter(const QueryParameters& query, std::string_view name);

/// "method: use GET or POST here"
ApiResponse method_not_allowed(std::string_view allowed);

/// One page of `all` as a response.
template <typename T>
ApiResponse list_page(const std::vector<const T*>& all, PageInfo page,
                      std::string (*to_json)(const T&)) {
  page.total_count = all.size();
  const std::size_t from = std::min((page.page - 1) * page.per_page, all.size());
  const std::size_t to = std::min(from + page.per_page, all.size());
  page.count = to - from;
  std::vector<std::string> entries;
  entries.reserve(page.count);
  for (std::size_t i = from; i < to; ++i)
    entries.push_back(to_json(*all[i]));
  return success_list(entries, page);
}

}  // namespace outhaul::edge
