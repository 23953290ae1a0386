#include "common/http/field_filter.h"

#include <initializer_list>
#include <string>
#include <utility>

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

Fields make(std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
  Fields fields;
  for (const auto& [name, value] : lines)
    fields.add(name, value);
  return fields;
}

std::string text_of(const Fields& fields) {
  std::string text;
  for (const Field field : fields)
    text.append(field.name).append("=").append(field.value).append("|");
  return text;
}

TEST_CASE("hop-by-hop fields go, named ones too") {
  Fields fields = make({{"connection", "X-Secret, close"},
                        {"x-secret", "1"},
                        {"connection", "y"},
                        {"y", "2"},
                        {"keep-alive", "timeout=5"},
                        {"proxy-connection", "close"},
                        {"transfer-encoding", "chunked"},
                        {"upgrade", "websocket"},
                        {"http2-settings", "AA"},
                        {"te", "gzip"},
                        {"x", "3"}});
  strip_hop_by_hop(fields, NextHop::http2);
  CHECK(text_of(fields) == "x=3|");
}

TEST_CASE("te: trailers survives toward HTTP/2 only") {
  const Fields original = make({{"te", "gzip;q=0.5, Trailers"}, {"connection", "TE"}, {"a", "b"}});
  Fields fields = original;
  strip_hop_by_hop(fields, NextHop::http2);
  CHECK(text_of(fields) == "a=b|te=trailers|");
  fields = original;
  strip_hop_by_hop(fields, NextHop::http1);
  CHECK(text_of(fields) == "a=b|");
}

TEST_CASE("tunnel fields are removed, but not by naming them in Connection afterwards") {
  Fields fields = make({{"Tunnel-Service", "forged"},
                        {"connection", "tunnel-service"},
                        {"tunnel-x", "1"},
                        {"tunnels", "2"}});
  strip_hop_by_hop(fields, NextHop::http2);
  remove_tunnel_fields(fields);
  fields.add("tunnel-service", "own");
  CHECK(text_of(fields) == "tunnels=2|tunnel-service=own|");
}

TEST_CASE("trailers keep only what may come late") {
  Fields trailers = make({{"grpc-status", "0"}, {"server-timing", "x"}, {"x-checksum", "1"}});
  const std::string kept = text_of(trailers);
  for (const char* name : {"content-length",
                           "content-type",
                           "content-encoding",
                           "transfer-encoding",
                           "trailer",
                           "te",
                           "host",
                           "via",
                           "connection",
                           "upgrade",
                           "keep-alive",
                           "authorization",
                           "www-authenticate",
                           "proxy-authorization",
                           "proxy-authenticate",
                           "cookie",
                           "set-cookie",
                           "tunnel-service",
                           "tunnel-retry",
                           "proxy-status",
                           "expect",
                           "max-forwards",
                           "forwarded",
                           "x-forwarded-for"}) {
    trailers.add(name, "v");
  }
  filter_trailers(trailers);
  CHECK(text_of(trailers) == kept);
}

TEST_CASE("cookies are joined") {
  Fields fields = make({{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}, {"cookie", "c=3"}});
  join_cookies(fields);
  CHECK(text_of(fields) == "x=y|cookie=a=1; b=2; c=3|");
  CHECK(fields[1].has(field_traits::never_indexed));
  Fields single = make({{"cookie", "a=1"}, {"x", "y"}});
  join_cookies(single);
  CHECK(text_of(single) == "cookie=a=1|x=y|");
  Fields with_empty =
      make({{"cookie", ""}, {"cookie", "a=1"}, {"cookie", ""}, {"cookie", "b=2"}, {"cookie", ""}});
  join_cookies(with_empty);
  CHECK(text_of(with_empty) == "cookie=a=1; b=2|");
}

}  // namespace
}  // namespace outhaul::http
