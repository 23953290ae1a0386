#include "common/http/via.h"

#include <string>

#include "common/http/syntax.h"

namespace outhaul::http {
namespace {

/// The text of a Via line with its comments blanked out: they may hold commas and nest. One that
/// is never closed is left as it is, or it would hide every member behind it.
std::string without_comments(std::string_view value) {
  std::string result(value);
  std::size_t depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (depth > 0 && value[i] == '\\') {
      ++i;
    } else if (value[i] == '(') {
      if (depth++ == 0) begin = i;
    } else if (value[i] == ')' && depth > 0) {
      if (--depth == 0) result.replace(begin, i - begin + 1, i - begin + 1, ' ');
    }
  }
  return result;
}

/// received-protocol RWS received-by: the second word.
std::string_view received_by(std::string_view member) {
  const std::size_t protocol_end = member.find_first_of(" \t");
  if (protocol_end == std::string_view::npos) return {};
  const std::string_view rest = trim_whitespace(member.substr(protocol_end));
  return rest.substr(0, rest.find_first_of(" \t"));
}

}  // namespace

void add_via(Fields& fields, std::string_view protocol, std::string_view pseudonym) {
  std::string value(protocol);
  value.append(" ").append(pseudonym);
  fields.add("via", value);
}

bool has_passed(const Fields& fields, std::string_view pseudonym) {
  bool found = false;
  if (!fields.may_have(field_traits::merged)) return found;
  for (const Field field : fields) {
    if (field.name != "via") continue;
    const std::string value = without_comments(field.value);
    for_each_member(value, [&found, pseudonym](std::string_view member) {
      if (equals_ignoring_case(received_by(member), pseudonym)) found = true;
    });
  }
  return found;
}

}  // namespace outhaul::http
