#include "common/http/field_filter.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/h1_framing.h"
#include "common/http/syntax.h"

namespace outhaul::http {
namespace {

// Beside hop-by-hop and the prefixes below. `host`, `via` and the like decide where a message
// goes; the rest is what the header section's reader has acted on already.
constexpr std::array<std::string_view, 16> header_only_names = {"trailer",
                                                                "host",
                                                                "via",
                                                                "forwarded",
                                                                "max-forwards",
                                                                "expect",
                                                                "authorization",
                                                                "proxy-authorization",
                                                                "www-authenticate",
                                                                "proxy-authenticate",
                                                                "cookie",
                                                                "set-cookie",
                                                                "proxy-status",
                                                                "authentication-info",
                                                                "cookie2",
                                                                "proxy-authentication-info"};

constexpr std::array<std::string_view, 3> header_only_prefixes = {"content-", "tunnel-",
                                                                  "x-forwarded-"};

template <std::size_t size>
bool is_one_of(std::string_view name, const std::array<std::string_view, size>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool accepts_trailers(const Fields& fields) {
  bool found = false;
  for (const Field field : fields) {
    if (field.name != "te") continue;
    for_each_member(field.value, [&found](std::string_view member) {
      if (equals_ignoring_case(member, "trailers")) found = true;
    });
  }
  return found;
}

/// What Connection names beside the two that every server sends and that are no fields: views.
std::vector<std::string_view> named_fields(const Fields& fields) {
  std::vector<std::string_view> names;
  for_each_connection_option(fields, [&names](std::string_view option) {
    const bool is_usual =
        equals_ignoring_case(option, "keep-alive") || equals_ignoring_case(option, "close");
    if (!is_usual) names.push_back(option);
  });
  return names;
}

bool is_named(std::string_view name, const std::vector<std::string_view>& options) {
  return std::any_of(options.begin(), options.end(), [name](std::string_view option) {
    return equals_ignoring_case(option, name);
  });
}

}  // namespace

void strip_hop_by_hop(Fields& fields, NextHop next_hop) {
  // Most requests have none of it, and most responses a Connection that names no field.
  if (!fields.may_have(field_traits::hop_by_hop)) return;
  const bool keep_te = next_hop == NextHop::http2 && accepts_trailers(fields);
  // The names are views into `fields`; remove_if leaves the text where it is.
  const std::vector<std::string_view> named = named_fields(fields);
  fields.remove_if([&named](const Field& field) {
    return field.has(field_traits::hop_by_hop) || is_named(field.name, named);
  });
  if (keep_te) fields.add("te", "trailers");
}

void remove_tunnel_fields(Fields& fields) {
  if (!fields.may_have(field_traits::tunnel)) return;
  fields.remove_if([](const Field& field) { return field.has(field_traits::tunnel); });
}

void filter_trailers(Fields& trailers) {
  trailers.remove_if([](const Field& field) {
    return field.has(field_traits::hop_by_hop) || is_one_of(field.name, header_only_names) ||
           std::any_of(
               header_only_prefixes.begin(), header_only_prefixes.end(),
               [&field](std::string_view prefix) { return field.name.starts_with(prefix); });
  });
}

void join_cookies(Fields& fields) {
  if (!fields.may_have(field_traits::merged) || fields.count("cookie") < 2) return;
  std::string joined;
  for (const Field field : fields) {
    // Beside an empty one the value would end in a space, which is not part of a field value.
    if (field.name != "cookie" || field.value.empty()) continue;
    if (!joined.empty()) joined += "; ";
    joined += field.value;
  }
  fields.set("cookie", joined);
}

}  // namespace outhaul::http
