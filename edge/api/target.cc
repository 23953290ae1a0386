#include "edge/api/target.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/base/hex.h"

namespace outhaul::edge {
namespace {

/// Takes the text before the next separator off the front of `rest`, and the separator with it.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

Error bad_encoding(std::string_view where) {
  return {ErrorKind::invalid, std::string(where) +
                                  ": '%' must be followed by two hex digits; "
                                  "write a plain '%' as %25"};
}

std::optional<std::string> decode_query_part(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_digit_value(text[i + 1]);
    const int low = hex_digit_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

Result<std::vector<std::string>> split_path(std::string_view path) {
  if (!path.starts_with('/')) {
    return Error{ErrorKind::invalid, "path: must begin with '/'"};
  }
  path.remove_prefix(1);
  std::vector<std::string> segments;
  while (!path.empty()) {
    auto segment = percent_decode(take_until(path, '/'));
    if (!segment) return bad_encoding("path");
    segments.push_back(*std::move(segment));
  }
  return segments;
}

Result<QueryParameters> parse_query(std::string_view query) {
  QueryParameters parameters;
  while (!query.empty()) {
    std::string_view pair = take_until(query, '&');
    if (pair.empty()) continue;
    auto name = decode_query_part(take_until(pair, '='));
    auto value = decode_query_part(pair);
    if (!name || !value) return bad_encoding("query");
    if (!parameters.try_emplace(*std::move(name), *std::move(value)).second) {
      return Error{ErrorKind::invalid, "query: a parameter stands twice; keep one"};
    }
  }
  return parameters;
}

}  // namespace outhaul::edge
