#include "common/http/translation.h"

#include <string>
#include <utility>

#include "common/http/syntax.h"

namespace outhaul::http {
namespace {

Fault syntax_fault(std::string message) {
  return {.reason = FaultReason::syntax, .message = std::move(message)};
}

std::optional<Fault> check_field(const Field& field, const HeadLimits& limits) {
  const bool malformed = field.has(field_traits::malformed);
  if (malformed && !is_lower_case_token(field.name)) {
    return syntax_fault("a field name is empty or has a character other than lower-case tchar");
  }
  if (field.name.size() > limits.max_name_bytes) {
    return Fault{
        .reason = FaultReason::field_too_large,
        .message = "field name is longer than " + std::to_string(limits.max_name_bytes) + " bytes"};
  }
  const std::string name(field.name);
  if (field.name.size() + field.value.size() > limits.max_field_bytes) {
    return Fault{.reason = FaultReason::field_too_large,
                 .message = "field " + name + " is larger than " +
                            std::to_string(limits.max_field_bytes) + " bytes"};
  }
  if (malformed) {
    return syntax_fault("field " + name + ": value has a control character or outer whitespace");
  }
  return std::nullopt;
}

/// `control_bytes` is what the pseudo-fields take of the list (RFC 9113 section 6.5.2).
std::optional<Fault> check_fields(const Fields& fields, const HeadLimits& limits,
                                  std::size_t control_bytes) {
  if (fields.size() > limits.max_fields) {
    return Fault{.reason = FaultReason::too_many_fields,
                 .message = "more than " + std::to_string(limits.max_fields) + " fields"};
  }
  if (control_bytes + fields.list_size() > limits.max_head_bytes) {
    return Fault{.reason = FaultReason::head_too_large,
                 .message = "header list is larger than " + std::to_string(limits.max_head_bytes) +
                            " bytes"};
  }
  const bool all_fit = !fields.may_have(field_traits::malformed) &&
                       fields.longest_name() <= limits.max_name_bytes &&
                       fields.longest_line() <= limits.max_field_bytes;
  if (all_fit) return std::nullopt;
  for (const Field field : fields) {
    if (auto fault = check_field(field, limits)) return fault;
  }
  return std::nullopt;
}

std::size_t control_bytes(const RequestHead& head) {
  constexpr std::size_t overhead_per_line = 32;
  constexpr std::string_view names = ":method:scheme:authority:path:protocol";
  return names.size() + 5 * overhead_per_line + head.method.size() + head.scheme.size() +
         head.authority.size() + head.path.size() + head.protocol.size();
}

std::optional<Fault> check_path(const RequestHead& head, const HeadLimits& limits) {
  if (head.path.size() > limits.max_path_bytes) {
    return Fault{
        .reason = FaultReason::target_too_long,
        .message = ":path is longer than " + std::to_string(limits.max_path_bytes) + " bytes"};
  }
  if (head.path == "*") {
    if (head.method == "OPTIONS") return std::nullopt;
    return syntax_fault(":path * is for OPTIONS only");
  }
  if (!is_origin_form(head.path)) {
    return syntax_fault(":path does not begin with / or has a space, control, # or non-ASCII byte");
  }
  return std::nullopt;
}

std::optional<Fault> check_control_data(const RequestHead& head, const HeadLimits& limits) {
  if (!is_token(head.method)) return syntax_fault(":method is not a token");
  const std::optional<Authority> authority = parse_authority(head.authority);
  if (!authority) return syntax_fault(":authority is missing or not host[:port] without userinfo");
  if (!head.protocol.empty()) {
    if (head.method != "CONNECT") return syntax_fault(":protocol is for CONNECT only");
    if (!is_token(head.protocol)) return syntax_fault(":protocol is not a token");
  } else if (head.method == "CONNECT") {
    if (!authority->port) return syntax_fault("CONNECT: :authority has no port");
    if (!head.path.empty() || !head.scheme.empty()) {
      return syntax_fault("CONNECT: :scheme and :path are not allowed");
    }
    return std::nullopt;
  }
  if (!head.scheme.empty() && head.scheme != "http" && head.scheme != "https") {
    return syntax_fault(":scheme is neither http nor https");
  }
  return check_path(head, limits);
}

/// Fields whose meaning, not only whose form, is restricted.
std::optional<Fault> check_restricted_fields(const Fields& fields) {
  constexpr FieldTraits looked_at = field_traits::hop_by_hop | field_traits::restricted;
  bool content_length_seen = false;
  if (!fields.may_have(looked_at)) return std::nullopt;
  for (const Field field : fields) {
    if (!field.has(looked_at)) continue;
    // RFC 9113 section 8.2.2; `te` is restricted instead.
    if (!field.has(field_traits::restricted)) {
      return syntax_fault("field " + std::string(field.name) + " is connection-specific");
    }
    if (field.name == "host") return syntax_fault("field host beside :authority: send one");
    if (field.name == "te" && !equals_ignoring_case(field.value, "trailers")) {
      return syntax_fault("field te: only trailers is allowed");
    }
    if (field.name == "content-length") {
      if (content_length_seen || !parse_decimal(field.value)) {
        return syntax_fault("field content-length: send one decimal number");
      }
      content_length_seen = true;
    }
    if (field.name == "expect" && !equals_ignoring_case(field.value, "100-continue")) {
      return Fault{.reason = FaultReason::expectation,
                   .message = "field expect: only 100-continue is known"};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Fault> merge_host(RequestHead& head) {
  if (!head.fields.may_have(field_traits::restricted)) return std::nullopt;
  const std::optional<std::string_view> host = head.fields.find("host");
  if (!host) return std::nullopt;
  if (head.fields.count("host") > 1) return syntax_fault("host comes twice: send exactly one");
  if (!parse_authority(*host)) return syntax_fault("host is not host[:port] without userinfo");
  if (head.authority.empty()) {
    head.authority = *host;
  } else if (!equals_ignoring_case(*host, head.authority)) {
    return syntax_fault("host differs from the authority of the request target");
  }
  head.fields.remove("host");
  return std::nullopt;
}

std::optional<Fault> check_request(const RequestHead& head, const HeadLimits& limits) {
  if (auto fault = check_control_data(head, limits)) return fault;
  if (auto fault = check_fields(head.fields, limits, control_bytes(head))) return fault;
  return check_restricted_fields(head.fields);
}

std::optional<Fault> check_response(const ResponseHead& head, const HeadLimits& limits) {
  constexpr std::size_t status_bytes = 42;  // ":status", three digits, 32 of overhead
  if (head.status < 100 || head.status > 599) {
    return syntax_fault("status is not within 100 to 599");
  }
  return check_fields(head.fields, limits, status_bytes);
}

std::optional<Fault> check_trailers(const Fields& trailers, const HeadLimits& limits) {
  return check_fields(trailers, limits, 0);
}

}  // namespace outhaul::http
