// Raw responses and what must come of them, each one whole, byte by byte and cut everywhere.
#include <array>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/common/http/h1_probe.h"

namespace outhaul::http::test {
namespace {

using std::string_view_literals::operator""sv;

struct Case {
  std::string_view name;
  std::string_view bytes;
  std::string_view outcome;
  std::string_view method = "GET";
};

constexpr auto status_line_cases = std::to_array<Case>({
    {"plain", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "200"},
    {"no reason, space kept", "HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n", "200"},
    {"no reason, no space", "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", "200"},
    {"reason with obs-text", "HTTP/1.1 404 Nicht da \xc3\xa4\r\ncontent-length: 0\r\n\r\n", "404"},
    {"reason with tab", "HTTP/1.1 200 a\tb\r\ncontent-length: 0\r\n\r\n", "200"},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", "200"},
    {"highest status", "HTTP/1.1 599 ?\r\ncontent-length: 0\r\n\r\n", "599"},
    {"HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", "refused version"},
    {"HTTP/0.9", "HTTP/0.9 200 OK\r\n\r\n", "refused version"},
    {"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", "refused version"},
    {"version without minor", "HTTP/1 200 OK\r\n\r\n", "refused syntax"},
    {"version of three digits", "HTTP/1.10 200 OK\r\n\r\n", "refused syntax"},
    {"version lower case", "http/1.1 200 OK\r\n\r\n", "refused syntax"},
    {"version with space", "HTTP/ 1.1 200 OK\r\n\r\n", "refused syntax"},
    {"ICY", "ICY 200 OK\r\n\r\n", "refused syntax"},
    {"leading empty line", "\r\nHTTP/1.1 200 OK\r\n\r\n", "refused syntax"},
    {"leading space", " HTTP/1.1 200 OK\r\n\r\n", "refused syntax"},
    {"a TLS alert", "\x15\x03\x01\x00\x02\x02\x46"sv, "refused syntax"},
    {"an SSH banner", "SSH-2.0-OpenSSH_9.2\r\n", "refused syntax"},
    {"two spaces before status", "HTTP/1.1  200 OK\r\n\r\n", "refused syntax"},
    {"tab before status", "HTTP/1.1\t200 OK\r\n\r\n", "refused syntax"},
    {"no status", "HTTP/1.1\r\n\r\n", "refused syntax"},
    {"status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "refused syntax"},
    {"status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "refused syntax"},
    {"status 099", "HTTP/1.1 099 Low\r\n\r\n", "refused syntax"},
    {"status 600", "HTTP/1.1 600 High\r\n\r\n", "refused syntax"},
    {"status with sign", "HTTP/1.1 +20 OK\r\n\r\n", "refused syntax"},
    {"status hexadecimal", "HTTP/1.1 2a0 OK\r\n\r\n", "refused syntax"},
    {"tab behind status", "HTTP/1.1 200\tOK\r\n\r\n", "refused syntax"},
    {"NUL in reason", "HTTP/1.1 200 O\0K\r\n\r\n"sv, "refused syntax"},
    {"bare CR in reason", "HTTP/1.1 200 OK\rx: y\r\n\r\n", "refused syntax"},
    {"bare CR as line end", "HTTP/1.1 200 OK\r\r\n\r\n", "refused syntax"},
    {"bare LF behind status line", "HTTP/1.1 200 OK\ncontent-length: 0\r\n\r\n", "refused syntax"},
});

constexpr auto field_cases = std::to_array<Case>({
    {"value padded", "HTTP/1.1 200 OK\r\ncontent-length: \t 2 \t\r\n\r\nhi", "200 body=hi"},
    {"no space behind colon", "HTTP/1.1 200 OK\r\nContent-Length:2\r\n\r\nhi", "200 body=hi"},
    {"empty value", "HTTP/1.1 204 No Content\r\nx:\r\ny: \r\n\r\n", "204"},
    {"obs-text in value", "HTTP/1.1 204 No Content\r\nx: \xff\x80\r\n\r\n", "204"},
    {"colons in value", "HTTP/1.1 204 No Content\r\nx: a:b::c\r\n\r\n", "204"},
    {"bare LF between fields", "HTTP/1.1 200 OK\r\nx: y\ncontent-length: 0\r\n\r\n",
     "refused syntax"},
    {"bare LF as blank line", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\n", "refused syntax"},
    {"bare CR in value", "HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n", "refused syntax"},
    {"bare CR before CRLF", "HTTP/1.1 200 OK\r\nx: a\r\r\n\r\n", "refused syntax"},
    {"bare CR in name", "HTTP/1.1 200 OK\r\nx\ry: a\r\n\r\n", "refused syntax"},
    {"NUL in value", "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n"sv, "refused syntax"},
    {"NUL in name", "HTTP/1.1 200 OK\r\nx\0: a\r\n\r\n"sv, "refused syntax"},
    {"DEL in value", "HTTP/1.1 200 OK\r\nx: 12345678\x7f\r\n\r\n", "refused syntax"},
    {"escape in value", "HTTP/1.1 200 OK\r\nx: 1234\x1b\x35\r\n\r\n", "refused syntax"},
    {"fold with space", "HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n", "refused syntax"},
    {"fold with tab", "HTTP/1.1 200 OK\r\nx: a\r\n\tb\r\n\r\n", "refused syntax"},
    {"fold before the first field", "HTTP/1.1 200 OK\r\n x: a\r\n\r\n", "refused syntax"},
    {"space before colon", "HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n", "refused syntax"},
    {"tab before colon", "HTTP/1.1 200 OK\r\ncontent-length\t: 0\r\n\r\n", "refused syntax"},
    {"space in name", "HTTP/1.1 200 OK\r\ncontent length: 0\r\n\r\n", "refused syntax"},
    {"no colon", "HTTP/1.1 200 OK\r\ncontent-length\r\n\r\n", "refused syntax"},
    {"empty name", "HTTP/1.1 200 OK\r\n: 0\r\n\r\n", "refused syntax"},
    {"non-ASCII name", "HTTP/1.1 200 OK\r\n\xc3\xa4: 0\r\n\r\n", "refused syntax"},
    {"separator in name", "HTTP/1.1 200 OK\r\nx(y): 0\r\n\r\n", "refused syntax"},
    {"cut in the head", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n", "more"},
    {"cut in the start line", "HTTP/1.1 2", "more"},
    {"cut inside the last CRLF", "HTTP/1.1 204 No\r\nx: y\r\n\r", "more"},
});

constexpr auto framing_cases = std::to_array<Case>({
    {"until close", "HTTP/1.1 200 OK\r\n\r\nhello", "200 until-close"},
    {"until close, 1.0", "HTTP/1.0 200 OK\r\n\r\n", "200 until-close"},
    {"bytes behind the body", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhiHTTP",
     "200 body=hi left=4"},
    {"body not complete", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nhi", "more"},
    {"HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n", "200", "HEAD"},
    {"HEAD chunked", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "200", "HEAD"},
    {"HEAD, CL and TE",
     "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
     "refused framing", "HEAD"},
    {"304 with length", "HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n", "304"},
    {"204 with a body", "HTTP/1.1 204 No Content\r\n\r\nabc", "204 left=3"},
    {"100 then another", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", "100 left=12"},
    {"101", "HTTP/1.1 101 Switching Protocols\r\nupgrade: ptth\r\n\r\n\x01\x02", "101 left=2"},
    {"CONNECT 200", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", "200 left=2", "CONNECT"},
    {"CONNECT 403", "HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nab", "403 body=ab", "CONNECT"},
    {"CL and TE", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
     "refused framing"},
    {"TE and CL", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n",
     "refused framing"},
    {"two unequal CLs", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
     "refused framing"},
    {"two equal CLs", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\n",
     "refused framing"},
    {"CL list, equal", "HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\n", "refused framing"},
    {"CL list, unequal", "HTTP/1.1 200 OK\r\ncontent-length: 5,6\r\n\r\n", "refused framing"},
    {"CL with sign", "HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\n", "refused framing"},
    {"CL negative", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "refused framing"},
    {"CL empty", "HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\n", "refused framing"},
    {"CL with inner space", "HTTP/1.1 200 OK\r\ncontent-length: 1 2\r\n\r\n", "refused framing"},
    {"CL hexadecimal", "HTTP/1.1 200 OK\r\ncontent-length: 0x5\r\n\r\n", "refused framing"},
    {"CL 2^63", "HTTP/1.1 200 OK\r\ncontent-length: 9223372036854775808\r\n\r\n",
     "refused framing"},
    {"CL 2^64 + 2", "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551618\r\n\r\nhi",
     "refused framing"},
    {"TE in 1.0", "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
     "refused framing"},
    {"TE gzip, chunked", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     "refused framing"},
    {"TE chunked, gzip", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\n",
     "refused framing"},
    {"TE chunked twice", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\n",
     "refused framing"},
    {"TE on two lines",
     "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
     "refused framing"},
    {"TE identity", "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n", "refused framing"},
    {"TE empty", "HTTP/1.1 200 OK\r\ntransfer-encoding:\r\n\r\n", "refused framing"},
    {"TE with parameter", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked;q=1\r\n\r\n",
     "refused framing"},
    {"TE xchunked", "HTTP/1.1 200 OK\r\ntransfer-encoding: xchunked\r\n\r\n", "refused framing"},
    {"TE in capitals", "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", "200"},
});

#define CHUNKED "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

constexpr auto chunk_cases = std::to_array<Case>({
    {"two chunks", CHUNKED "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", "200 body=abcde"},
    {"hexadecimal size", CHUNKED "A\r\n0123456789\r\n00\r\n\r\n", "200 body=0123456789"},
    {"leading zeros", CHUNKED "0000000000000002\r\nab\r\n0\r\n\r\n", "200 body=ab"},
    {"trailers", CHUNKED "1\r\na\r\n0\r\nx: y\r\nz: 1\r\n\r\n", "200 trailers=2 body=a"},
    {"bytes behind", CHUNKED "0\r\n\r\nHTTP/1.1", "200 left=8"},
    {"extension", CHUNKED "1;a=b;c=\"d;\\\"\";e\r\na\r\n0;f\r\n\r\n", "200 body=a"},
    {"extension with bad whitespace", CHUNKED "1 ; a = b\r\na\r\n0\r\n\r\n", "200 body=a"},
    {"not ended", CHUNKED "1\r\na\r\n0\r\n", "more"},
    {"cut in a chunk", CHUNKED "5\r\nabc", "more"},
    {"17 digits", CHUNKED "00000000000000001\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"size 2^63", CHUNKED "8000000000000000\r\n", "refused syntax"},
    {"size 2^64 + 1", CHUNKED "10000000000000001\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"sign plus", CHUNKED "+1\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"sign minus", CHUNKED "-1\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"0x", CHUNKED "0x1\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"underscore", CHUNKED "1_0\r\n0123456789abcdef\r\n0\r\n\r\n", "refused syntax"},
    {"space before size", CHUNKED " 1\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"space behind size", CHUNKED "1 \r\na\r\n0\r\n\r\n", "refused syntax"},
    {"tab behind size", CHUNKED "1\t\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"two sizes", CHUNKED "1 2\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"empty size", CHUNKED "\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"extension without size", CHUNKED ";a=b\r\n\r\n", "refused syntax"},
    {"no hexadecimal digit", CHUNKED "g\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"bare LF behind size", CHUNKED "1\na\r\n0\r\n\r\n", "refused syntax"},
    {"bare CR behind size", CHUNKED "1\ra\r\n0\r\n\r\n", "refused syntax"},
    {"bare LF in an extension", CHUNKED "1;a\nb\r\n0\r\n\r\n", "refused syntax"},
    {"bare CR in an extension", CHUNKED "1;a\rb\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"bare CR in a quoted extension", CHUNKED "1;a=\"\r\"\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"NUL in an extension", CHUNKED "1;a\0b\r\na\r\n0\r\n\r\n"sv, "refused syntax"},
    {"extension without a name", CHUNKED "1;\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"extension without a value", CHUNKED "1;a=\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"extension never unquoted", CHUNKED "1;a=\"b\r\na\r\n0\r\n\r\n", "refused syntax"},
    {"whitespace behind an extension", CHUNKED "1;a \r\na\r\n0\r\n\r\n", "refused syntax"},
    {"bare LF behind chunk", CHUNKED "1\r\na\n0\r\n\r\n", "refused syntax"},
    {"bare CR behind chunk", CHUNKED "1\r\na\r0\r\n\r\n", "refused syntax"},
    {"nothing behind chunk", CHUNKED "1\r\na0\r\n\r\n", "refused syntax"},
    {"chunk longer than said", CHUNKED "1\r\nab\r\n0\r\n\r\n", "refused syntax"},
    {"any two bytes behind chunk", CHUNKED "1\r\naxx0\r\n\r\n", "refused syntax"},
    {"bare LF ends the body", CHUNKED "0\r\n\n", "refused syntax"},
    {"bare CR ends the body", CHUNKED "0\r\n\r\r\n", "refused syntax"},
    {"trailer with space before colon", CHUNKED "0\r\nx : y\r\n\r\n", "refused syntax"},
    {"trailer folded", CHUNKED "0\r\nx: y\r\n z\r\n\r\n", "refused syntax"},
    {"trailer without colon", CHUNKED "0\r\nGET / HTTP/1.1\r\n\r\n", "refused syntax"},
});

template <typename Table>
void run(const Table& table) {
  for (const Case& test_case : table) {
    CAPTURE(test_case.name);
    CHECK(outcome_at_every_cut(test_case.bytes, [&test_case](const Pieces& pieces) {
            return probe_response(test_case.method, pieces);
          }) == test_case.outcome);
  }
}

TEST_CASE("response corpus: status lines") {
  run(status_line_cases);
}
TEST_CASE("response corpus: field lines") {
  run(field_cases);
}
TEST_CASE("response corpus: framing") {
  run(framing_cases);
}
TEST_CASE("response corpus: chunks") {
  run(chunk_cases);
}

}  // namespace
}  // namespace outhaul::http::test
