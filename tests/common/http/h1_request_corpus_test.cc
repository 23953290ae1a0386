// Raw requests and what must come of them: the smuggling corpus of the edge's listener.
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
};

constexpr auto request_line_cases = std::to_array<Case>({
    {"plain", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / a"},
    {"HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / a"},
    {"one empty line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / a"},
    {"two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"bare LF before", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"bare CR before", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"space before", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"a TLS handshake", "\x16\x03\x01\x02\x00\x01"sv, "refused syntax"},
    {"no version", "GET /\r\nHost: a\r\n\r\n", "refused syntax"},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused version"},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "refused version"},
    {"HTTP/11", "GET / HTTP/11\r\nHost: a\r\n\r\n", "refused syntax"},
    {"version lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"space behind version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "refused syntax"},
    {"two spaces before target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"two spaces before version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"tab between", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"two versions", "GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"non-ASCII target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"NUL in target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"sv, "refused syntax"},
    {"bare CR in target", "GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"method no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"method lower case is another method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "get / a"},
    {"bare LF behind request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "refused syntax"},
    {"bytes kept as they are", "GET /%2e%2E//a?\"<{|}>`^ HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET /%2e%2E//a?\"<{|}>`^ a"},
});

constexpr auto target_cases = std::to_array<Case>({
    {"absolute without Host", "GET http://A.example:80/x?y HTTP/1.1\r\n\r\n",
     "GET /x?y A.example:80"},
    {"absolute, equal Host", "GET http://a/x HTTP/1.1\r\nHost: A\r\n\r\n", "GET /x a"},
    {"absolute, other Host", "GET http://a/x HTTP/1.1\r\nHost: b\r\n\r\n", "refused syntax"},
    {"absolute, other port", "GET http://a/x HTTP/1.1\r\nHost: a:80\r\n\r\n", "refused syntax"},
    {"absolute, empty Host", "GET http://a/x HTTP/1.1\r\nHost:\r\n\r\n", "refused syntax"},
    {"absolute without path", "GET HTTPS://a HTTP/1.1\r\n\r\n", "GET / a"},
    {"absolute with query only", "GET http://a?q=/ HTTP/1.1\r\n\r\n", "GET /?q=/ a"},
    {"absolute, userinfo", "GET http://u:p@a/ HTTP/1.1\r\n\r\n", "refused syntax"},
    {"absolute, no host", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"absolute, port only", "GET http://:80/x HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"absolute, other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"absolute, fragment", "GET http://a/#b HTTP/1.1\r\n\r\n", "refused syntax"},
    {"no form at all", "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * a"},
    {"asterisk in absolute-form", "OPTIONS http://a HTTP/1.1\r\n\r\n", "OPTIONS * a"},
    {"asterisk with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"asterisk and more", "OPTIONS *x HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"CONNECT as workerd sends it", "CONNECT a.tcp.vpc:1 HTTP/1.1\r\n\r\n\x01",
     "CONNECT - a.tcp.vpc:1 left=1"},
    {"CONNECT with Host", "CONNECT [::1]:5 HTTP/1.1\r\nHost: [::1]:5\r\n\r\n", "CONNECT - [::1]:5"},
    {"CONNECT with another Host", "CONNECT a:5 HTTP/1.1\r\nHost: b:5\r\n\r\n", "refused syntax"},
    {"CONNECT without port", "CONNECT a HTTP/1.1\r\n\r\n", "refused syntax"},
    {"CONNECT to port 0", "CONNECT a:0 HTTP/1.1\r\n\r\n", "refused syntax"},
    {"CONNECT with path", "CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n", "refused syntax"},
    {"CONNECT with URI", "CONNECT http://a:1/ HTTP/1.1\r\n\r\n", "refused syntax"},
    {"authority-form with GET", "GET a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", "refused syntax"},
});

constexpr auto host_cases = std::to_array<Case>({
    {"no Host", "GET / HTTP/1.1\r\n\r\n", "refused syntax"},
    {"no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", "refused syntax"},
    {"no Host with asterisk", "OPTIONS * HTTP/1.1\r\n\r\n", "refused syntax"},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "refused syntax"},
    {"two equal Hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "refused syntax"},
    {"two Hosts with absolute-form", "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
     "refused syntax"},
    {"two Hosts with CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nHost: a:1\r\n\r\n",
     "refused syntax"},
    {"empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", "refused syntax"},
    {"Host with userinfo", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "refused syntax"},
    {"Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "refused syntax"},
    {"Host with list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "refused syntax"},
    {"Host with word port", "GET / HTTP/1.1\r\nHost: a:http\r\n\r\n", "refused syntax"},
    {"Host with space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "refused syntax"},
    {"Host IPv6", "GET / HTTP/1.1\r\nHost: [fd00::1]:8080\r\n\r\n", "GET / [fd00::1]:8080"},
    {"Host IPv6 without brackets", "GET / HTTP/1.1\r\nHost: fd00::1\r\n\r\n", "refused syntax"},
    {"space line before Host", "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", "refused syntax"},
    {"folded Host", "GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n", "refused syntax"},
});

#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

constexpr auto framing_cases = std::to_array<Case>({
    {"no body", POST "\r\n", "POST / a"},
    {"content-length", POST "Content-Length: 3\r\n\r\nabcGET", "POST / a body=abc left=3"},
    {"chunked", POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nG",
     "POST / a body=abc left=1"},
    {"CL.TE", POST "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
     "refused framing"},
    {"TE.CL", POST "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n",
     "refused framing"},
    {"CL 0 and TE", POST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "refused framing"},
    {"CL.CL", POST "Content-Length: 8\r\nContent-Length: 7\r\n\r\n12345678", "refused framing"},
    {"CL.CL equal", POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "refused framing"},
    {"CL list", POST "Content-Length: 1, 1\r\n\r\na", "refused framing"},
    {"CL list with an empty member", POST "Content-Length: 1,\r\n\r\na", "refused framing"},
    {"CL plus", POST "Content-Length: +1\r\n\r\na", "refused framing"},
    {"CL in quotes", POST "Content-Length: \"1\"\r\n\r\na", "refused framing"},
    {"CL overflow", POST "Content-Length: 99999999999999999999\r\n\r\n", "refused framing"},
    {"CL with tab inside", POST "Content-Length: 1\t1\r\n\r\na", "refused framing"},
    {"CL with vertical tab", POST "Content-Length: \v1\r\n\r\na", "refused syntax"},
    {"CL with form feed behind", POST "Content-Length: 1\f\r\n\r\na", "refused syntax"},
    {"CL with no-break space", POST "Content-Length: 1\xa0\r\n\r\na", "refused framing"},
    {"CL with NUL", POST "Content-Length: 1\0\r\n\r\na"sv, "refused syntax"},
    {"CL name with space", POST "Content-Length : 1\r\n\r\na", "refused syntax"},
    {"CL name with underscore is another field", POST "Content_Length: 1\r\n\r\na",
     "POST / a left=1"},
    {"TE.TE second is nonsense",
     POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", "refused framing"},
    {"TE.TE second is chunked",
     POST "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "refused framing"},
    {"TE folded", POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "refused syntax"},
    {"TE space before colon", POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
     "refused syntax"},
    {"TE leading space in line", POST " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "refused syntax"},
    {"TE with tab before the value", POST "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
     "POST / a"},
    {"TE with vertical tab", POST "Transfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n", "refused syntax"},
    {"TE hidden behind bare LF", POST "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "refused syntax"},
    {"TE hidden behind bare CR", POST "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "refused syntax"},
    {"TE in quotes", POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "refused framing"},
    {"TE comma before", POST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", "refused framing"},
    {"TE comma behind", POST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", "refused framing"},
    {"TE identity, chunked", POST "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
     "refused framing"},
    {"TE chunked with NUL", POST "Transfer-Encoding: chunked\0\r\n\r\n"sv, "refused syntax"},
    {"TE with no-break space", POST "Transfer-Encoding: chunked\xa0\r\n\r\n", "refused framing"},
    {"TE in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "refused framing"},
    {"CONNECT with a length", "CONNECT a:1 HTTP/1.1\r\nContent-Length: 5\r\n\r\n",
     "refused framing"},
    {"CONNECT with length 0", "CONNECT a:1 HTTP/1.1\r\nContent-Length: 0\r\n\r\nx",
     "CONNECT - a:1 left=1"},
    {"CONNECT chunked", "CONNECT a:1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
     "refused framing"},
    {"chunk size 0x", POST "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
     "refused syntax"},
    {"chunk size overflow",
     POST "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nabc\r\n0\r\n\r\n",
     "refused syntax"},
    {"chunk ended by LF only", POST "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
     "refused syntax"},
    {"chunk extension hides a line",
     POST "Transfer-Encoding: chunked\r\n\r\n0;a\nGET / HTTP/1.1\r\n\r\n", "refused syntax"},
    {"pipelined second request is left", POST "Content-Length: 0\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
     "POST / a left=19"},
});

template <typename Table>
void run(const Table& table) {
  for (const Case& test_case : table) {
    CAPTURE(test_case.name);
    CHECK(outcome_at_every_cut(test_case.bytes, probe_request) == test_case.outcome);
  }
}

TEST_CASE("request corpus: request lines") {
  run(request_line_cases);
}
TEST_CASE("request corpus: targets") {
  run(target_cases);
}
TEST_CASE("request corpus: Host") {
  run(host_cases);
}
TEST_CASE("request corpus: framing") {
  run(framing_cases);
}

}  // namespace
}  // namespace outhaul::http::test
