#include "tests/fuzz/h1_deviations.h"

#include <algorithm>
#include <array>

namespace outhaul::fuzz {
namespace {

/// One rule of this project's parsers that llhttp does not have, by the beginning of the message
/// with which they refuse.
struct Laxness {
  std::string_view our_error;
  std::string_view why;
};

constexpr auto laxnesses = std::to_array<Laxness>({
    // Lines.
    {"start line ends with a bare LF", "llhttp ends any line at a bare LF"},
    {"field line ends with a bare LF", "llhttp ends any line at a bare LF"},
    {"field line begins with whitespace",
     "llhttp joins folded lines, which RFC 9112 section 5.2 lets a server refuse"},

    // Start lines.
    {"request does not begin with a method", "llhttp skips any number of CR and LF before it"},
    {"request line is not: method, target and version",
     "llhttp skips empty lines before it; and it reads HTTP/0.9, which has no version"},
    {"start line has no HTTP version", "llhttp reads HTTP/0.9"},
    {"response does not begin with HTTP/", "llhttp skips any number of CR and LF before it"},
    {"HTTP version is neither", "llhttp reads 0.9 and 2.0 as well, in HTTP/1.1's syntax"},
    {"status is not three digits", "llhttp takes any three digits, and 600 and above"},
    {"status line: malformed reason phrase", "llhttp takes control characters in it"},

    // Targets and Host. llhttp leaves both to its user, but for a rough grammar of URLs.
    {"request target", "llhttp has a rough grammar of URLs only"},
    {"CONNECT: request target is not host:port", "llhttp takes any authority"},
    {"Host is missing", "llhttp does not look at Host"},
    {"host comes twice", "llhttp does not look at Host"},
    {"host is not host[:port]", "llhttp does not look at Host"},
    {"host differs from the authority", "llhttp does not look at Host"},

    // Fields.
    {"field name is longer than", "llhttp leaves limits to its user"},
    {"field name is empty", "llhttp takes an empty name, and a space inside one"},
    {"field name is followed by whitespace", "llhttp takes a space before the colon"},

    // Framing. What of these llhttp lets through is why the agent does not use it.
    {"transfer-encoding is not exactly chunked",
     "llhttp takes further codings, and an unknown one in a response"},
    {"transfer-encoding comes twice", "llhttp joins the lines"},
    {"transfer-encoding in HTTP/1.0", "llhttp does not mind the version"},
    {"content-length is not one decimal number", "llhttp takes 2^63 and above"},
    {"chunk is not followed by CRLF", "llhttp skips two bytes there, whatever they are"},
    {"chunk size is not 1 to 16", "llhttp takes any number of leading zeros"},
    {"chunk size is followed by", "llhttp takes an extension without a name"},
    {"CONNECT: a request body is not allowed", "llhttp ignores the framing of CONNECT"},
});

/// llhttp 8.1 ends a line at a CR and takes one byte after it, whichever that is (CVE-2023-30589).
bool has_bare_cr(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r' && (i + 1 == bytes.size() || bytes[i + 1] != '\n')) return true;
  }
  return false;
}

bool has_line(const H1Reading::Lines& lines, std::string_view name) {
  return std::ranges::any_of(lines, [name](const auto& line) { return line.first == name; });
}

/// RFC 9110 section 9.3.6: the client ignores both framing fields of a 2xx to CONNECT.
bool opens_tunnel(MessageKind kind, const H1Reading& reading) {
  return kind == MessageKind::answer_to_connect && reading.status >= 200 && reading.status < 300;
}

}  // namespace

bool may_only_llhttp_accept(std::string_view bytes, const H1Reading& ours,
                            const H1Reading& theirs) {
  // Whatever this project makes of it then: a refusal, or a line that has not ended.
  if (has_bare_cr(bytes.substr(0, theirs.end))) return true;
  if (ours.outcome != H1Reading::Outcome::refused) return false;
  return std::ranges::any_of(
      laxnesses, [&ours](const Laxness& rule) { return ours.error.starts_with(rule.our_error); });
}

bool may_only_outhaul_accept(MessageKind kind, const H1Reading& ours, const H1Reading& theirs) {
  const std::string_view error = theirs.error;
  // llhttp has a list of 46 methods; for RFC 9110 section 9.1 any token is one.
  if (error.starts_with("HPE_INVALID_METHOD")) return true;
  // llhttp judges the framing fields before it asks whether they mean anything.
  if (opens_tunnel(kind, ours) && error.find("CONTENT_LENGTH") != std::string_view::npos) {
    return true;
  }
  if (only_llhttp_reads_a_body(ours) && theirs.head_complete) return true;
  // RFC 9112 section 7.1.1 allows whitespace around an extension's name.
  if (error.find("chunk extension") != std::string_view::npos) return true;
  // llhttp takes framing fields among the trailers for the message's; here they are only data,
  // which filter_trailers drops.
  if (has_line(ours.trailers, "transfer-encoding") || has_line(ours.trailers, "content-length")) {
    return true;
  }
  // RFC 9110 section 5.6.3: OWS may be a tab; llhttp takes only spaces around this number.
  return error.starts_with("HPE_INVALID_CONTENT_LENGTH") && has_line(ours.fields, "content-length");
}

bool only_llhttp_reads_a_body(const H1Reading& ours) {
  const bool has_none =
      ours.status == 304 || ours.status == 204 || (ours.status >= 100 && ours.status < 200);
  return has_none &&
         (has_line(ours.fields, "content-length") || has_line(ours.fields, "transfer-encoding"));
}

}  // namespace outhaul::fuzz
