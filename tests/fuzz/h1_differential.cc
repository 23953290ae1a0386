// HTTP/1.1 messages read twice, by this project's parsers and by llhttp (what Node.js uses), from
// the same bytes. Whatever both accept they must understand alike: request line or status, fields,
// body, trailers, and where the message ends - a difference there is what request smuggling is made
// of. Where only one of them accepts, the reason must be one of the rules in h1_deviations.cc.
//
// The last byte of an input picks what it is: a request, or an answer to GET, HEAD or CONNECT. The
// message stands before it.
#include <string>
#include <string_view>

#include "tests/fuzz/h1_deviations.h"
#include "tests/fuzz/h1_reading.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

using Outcome = H1Reading::Outcome;

/// Names what differs, with both readings of it.
void require_equal(std::string_view ours, std::string_view theirs, const std::string& what) {
  if (ours == theirs) return;
  require(false, "outhaul and llhttp read the same " + what + "; outhaul: [" + std::string(ours) +
                     "], llhttp: [" + std::string(theirs) + "]");
}

std::string joined(const H1Reading::Lines& lines) {
  std::string text;
  for (const auto& [name, value] : lines) {
    // RequestHeadParser takes Host out of the fields and checks it against the target.
    if (name != "host") text.append(name).append(": ").append(value).append("\n");
  }
  return text;
}

void require_same_understanding(const H1Reading& ours, const H1Reading& theirs) {
  require_equal(ours.method, theirs.method, "method");
  require_equal(ours.target, theirs.target, "target");
  require_equal(std::to_string(ours.status), std::to_string(theirs.status), "status");
  require_equal(std::to_string(ours.minor_version), std::to_string(theirs.minor_version),
                "version");
  require_equal(joined(ours.fields), joined(theirs.fields), "fields");
  require_equal(ours.body, theirs.body, "body");
  require_equal(joined(ours.trailers), joined(theirs.trailers), "trailers");
  require_equal(ours.until_close ? "yes" : "no", theirs.until_close ? "yes" : "no",
                "answer to whether the body ends with the connection");
  require_equal(std::to_string(ours.end), std::to_string(theirs.end), "end of the message");
}

void compare(MessageKind kind, std::string_view bytes) {
  const H1Reading ours = read_with_outhaul(kind, bytes);
  const H1Reading theirs = read_with_llhttp(kind, bytes);
  const bool we_accept = ours.outcome == Outcome::complete || ours.until_close;
  const bool they_accept =
      theirs.outcome == Outcome::complete || (theirs.head_complete && theirs.until_close);
  if (we_accept && they_accept) {
    H1Reading comparable = theirs;
    if (ours.until_close && theirs.until_close) comparable.end = ours.end;
    if (only_llhttp_reads_a_body(ours)) {
      comparable.body = ours.body;
      comparable.trailers = ours.trailers;
      comparable.until_close = ours.until_close;
      comparable.end = ours.end;
    }
    return require_same_understanding(ours, comparable);
  }
  if (we_accept && !they_accept) {
    require(may_only_outhaul_accept(kind, ours, theirs),
            "llhttp refuses what outhaul accepts by a known rule; llhttp: " + theirs.error);
  }
  if (they_accept && !we_accept) {
    require(may_only_llhttp_accept(bytes, ours, theirs),
            ours.outcome == Outcome::refused
                ? "outhaul refuses what llhttp accepts by a known rule; outhaul: " + ours.error
                : "outhaul knows the end of a message that llhttp has read to its end");
  }
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul::fuzz;
  if (size == 0) return 0;
  const std::string_view input = text_of(data, size);
  const auto kind = static_cast<MessageKind>(static_cast<unsigned char>(input.back()) & 3U);
  compare(kind, input.substr(0, input.size() - 1));
  return 0;
}
