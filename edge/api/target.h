#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace outhaul::edge {

/// Undoes percent-encoding (RFC 3986 section 2.1). Nothing when a '%' is not followed by two hex
/// digits.
std::optional<std::string> percent_decode(std::string_view text);

/// "/v1/services/my%20api" -> {"v1", "services", "my api"}. A slash at the end is ignored; an
/// encoded slash stays inside its segment. Error (invalid) names the path and the fix.
Result<std::vector<std::string>> split_path(std::string_view path);

/// The parameters of "a=1&b=x%20y" ('+' is a space). Repeated or badly encoded ones are an error.
using QueryParameters = std::map<std::string, std::string, std::less<>>;
Result<QueryParameters> parse_query(std::string_view query);

}  // namespace outhaul::edge
