#include "common/http/forwarded.h"

#include "common/http/syntax.h"

namespace outhaul::http {

namespace {

constexpr std::string_view forwarded = "forwarded";
constexpr std::string_view for_field = "x-forwarded-for";
constexpr std::string_view proto_field = "x-forwarded-proto";
constexpr std::string_view host_field = "x-forwarded-host";

/// "10.0.0.7:50412" and "[fd00::7]:50412" begin with a digit or a bracket; paths do not.
bool is_node(std::string_view client) {
  return !client.empty() && client.find(':') != std::string_view::npos &&
         (client.front() == '[' || (client.front() >= '0' && client.front() <= '9'));
}

/// The address without port and brackets, as X-Forwarded-For has it.
std::string_view address_of(std::string_view node) {
  if (node.front() == '[') return node.substr(1, node.find(']') - 1);
  return node.substr(0, node.rfind(':'));
}

/// A token stays as it is; everything else needs quotes (RFC 7239 section 4).
std::string value_text(std::string_view value) {
  bool token = !value.empty();
  for (const char c : value)
    token = token && is_tchar(c);
  if (token) return std::string(value);
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

void append_to_list(Fields& fields, std::string_view name, std::string_view member) {
  std::string joined;
  for (const Field field : fields) {
    if (field.name != name) continue;
    joined.append(field.value).append(", ");
  }
  joined += member;
  fields.set(name, joined);
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  std::string text;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\' && i + 2 < value.size()) ++i;
    text += value[i];
  }
  return text;
}

/// The text behind the last separator that stands outside quotes.
std::string_view last_part(std::string_view text, char separator) {
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == separator && !quoted) {
      begin = i + 1;
    }
  }
  return text.substr(begin);
}

}  // namespace

void remove_forwarded(Fields& fields) {
  fields.remove_if([](const Field& field) {
    return field.name == forwarded || field.name.starts_with("x-forwarded-") ||
           field.name == "x-real-ip";
  });
}

std::string forwarded_member(const ForwardedHop& hop) {
  std::string member = "for=";
  member += is_node(hop.client) ? value_text(hop.client) : "unknown";
  if (!hop.scheme.empty()) member.append(";proto=").append(hop.scheme);
  if (!hop.host.empty()) member.append(";host=").append(value_text(hop.host));
  return member;
}

void add_forwarded(Fields& fields, const ForwardedHop& hop) {
  append_to_list(fields, forwarded, forwarded_member(hop));
  if (is_node(hop.client)) append_to_list(fields, for_field, address_of(hop.client));
  if (!hop.scheme.empty() && !fields.contains(proto_field)) fields.add(proto_field, hop.scheme);
  if (!hop.host.empty() && !fields.contains(host_field)) fields.add(host_field, hop.host);
}

std::optional<std::string> last_forwarded_for(const Fields& fields) {
  std::string_view last;
  for (const Field field : fields) {
    if (field.name == forwarded) last = field.value;
  }
  std::string_view member = trim_whitespace(last_part(last, ','));
  while (!member.empty()) {
    const std::string_view pair = last_part(member, ';');
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos &&
        equals_ignoring_case(trim_whitespace(pair.substr(0, equals)), "for")) {
      return unquoted(trim_whitespace(pair.substr(equals + 1)));
    }
    member.remove_suffix(pair.size());
    if (!member.empty()) member.remove_suffix(1);  // the semicolon
  }
  return std::nullopt;
}

}  // namespace outhaul::http
