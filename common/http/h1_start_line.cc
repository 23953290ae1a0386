#include "common/http/h1_start_line.h"

#include <string>
#include <utility>

#include "common/http/syntax.h"

namespace outhaul::http {
namespace {

Fault syntax_fault(std::string message) {
  return {.reason = FaultReason::syntax, .message = std::move(message)};
}

/// HTTP-version is case-sensitive (RFC 9112 section 2.3).
std::optional<Fault> parse_version(std::string_view text, H1Version& version) {
  if (text == "HTTP/1.1") {
    version = H1Version::http11;
    return std::nullopt;
  }
  if (text == "HTTP/1.0") {
    version = H1Version::http10;
    return std::nullopt;
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
      is_digit(text[7])) {
    return Fault{.reason = FaultReason::version,
                 .message = "HTTP version is neither HTTP/1.1 nor HTTP/1.0"};
  }
  return syntax_fault("start line has no HTTP version: expected HTTP/1.1 or HTTP/1.0");
}

std::optional<Fault> parse_absolute_form(std::string_view target, RequestHead& head) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) {
    return syntax_fault("request target is neither a path beginning with / nor a URI");
  }
  const std::string_view scheme = target.substr(0, colon);
  const bool https = equals_ignoring_case(scheme, "https");
  if (!https && !equals_ignoring_case(scheme, "http")) {
    return syntax_fault("request target: scheme is neither http nor https");
  }
  const std::string_view rest = target.substr(colon + 3);
  const std::size_t authority_end = rest.find_first_of("/?");
  const std::string_view authority = rest.substr(0, authority_end);
  if (!parse_authority(authority)) {
    return syntax_fault("request target: authority is not host[:port]");
  }
  std::string path;
  if (authority_end == std::string_view::npos) {
    // RFC 9112 section 3.2.4: OPTIONS of a URI without path and query means the server itself.
    path = head.method == "OPTIONS" ? "*" : "/";
  } else {
    if (rest[authority_end] == '?') path = "/";
    path += rest.substr(authority_end);
  }
  if (path != "*" && !is_origin_form(path)) {
    return syntax_fault("request target: path has a character that URIs cannot have");
  }
  head.scheme = https ? "https" : "http";
  head.authority = authority;
  head.path = std::move(path);
  return std::nullopt;
}

std::optional<Fault> parse_target(std::string_view target, TargetForm& form, RequestHead& head) {
  if (head.method == "CONNECT") {
    form = TargetForm::authority;
    const std::optional<Authority> authority = parse_authority(target);
    if (!authority || !authority->port) {
      return syntax_fault("CONNECT: request target is not host:port");
    }
    head.authority = target;
    return std::nullopt;
  }
  if (target == "*") {
    form = TargetForm::asterisk;
    if (head.method != "OPTIONS") return syntax_fault("request target * is for OPTIONS only");
    head.path = target;
    return std::nullopt;
  }
  if (target.starts_with('/')) {
    form = TargetForm::origin;
    if (!is_origin_form(target)) {
      return syntax_fault("request target: path has a character that URIs cannot have");
    }
    head.path = target;
    return std::nullopt;
  }
  form = TargetForm::absolute;
  return parse_absolute_form(target, head);
}

}  // namespace

std::optional<Fault> parse_request_line(std::string_view text, RequestLine& line,
                                        RequestHead& head) {
  const std::size_t first_space = text.find(' ');
  const std::size_t last_space = text.rfind(' ');
  if (first_space == last_space) {
    return syntax_fault("request line is not: method, target and version with one space between");
  }
  const std::string_view method = text.substr(0, first_space);
  if (!is_token(method)) return syntax_fault("request method is not a token");
  if (auto fault = parse_version(text.substr(last_space + 1), line.version)) return fault;
  head.method = method;
  // A further space inside the target is refused by every form's own grammar.
  return parse_target(text.substr(first_space + 1, last_space - first_space - 1), line.form, head);
}

std::optional<Fault> parse_status_line(std::string_view text, StatusLine& line) {
  const std::size_t space = text.find(' ');
  if (auto fault = parse_version(text.substr(0, space), line.version)) return fault;
  if (space == std::string_view::npos) return syntax_fault("status line has no status");
  const std::string_view rest = text.substr(space + 1);
  const std::string_view digits = rest.substr(0, 3);
  const std::optional<std::uint64_t> status = parse_decimal(digits);
  if (digits.size() != 3 || !status || *status < 100 || *status > 599) {
    return syntax_fault("status is not three digits from 100 to 599");
  }
  if (rest.size() > 3 && (rest[3] != ' ' || !has_only_field_characters(rest.substr(4)))) {
    return syntax_fault("status line: malformed reason phrase");
  }
  line.status = static_cast<int>(*status);
  return std::nullopt;
}

}  // namespace outhaul::http
