#include "common/http/forwarded.h"

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

TEST_CASE("a hop is written in both forms") {
  Fields fields;
  add_forwarded(fields,
                {.client = "10.0.0.7:50412", .scheme = "https", .host = "api.internal:8443"});
  CHECK(fields.find("forwarded") ==
        "for=\"10.0.0.7:50412\";proto=https;host=\"api.internal:8443\"");
  CHECK(fields.find("x-forwarded-for") == "10.0.0.7");
  CHECK(fields.find("x-forwarded-proto") == "https");
  CHECK(fields.find("x-forwarded-host") == "api.internal:8443");
}

TEST_CASE("IPv6 keeps its brackets in Forwarded only; a unix socket is unknown") {
  CHECK(forwarded_member({.client = "[fd00::7]:1", .scheme = "", .host = "a"}) ==
        "for=\"[fd00::7]:1\";host=a");
  Fields fields;
  add_forwarded(fields, {.client = "[fd00::7]:1", .scheme = "", .host = ""});
  CHECK(fields.find("x-forwarded-for") == "fd00::7");
  CHECK_FALSE(fields.contains("x-forwarded-proto"));
  Fields local;
  add_forwarded(local, {.client = "unix:/run/a.sock", .scheme = "http", .host = "a"});
  CHECK(local.find("forwarded") == "for=unknown;proto=http;host=a");
  CHECK_FALSE(local.contains("x-forwarded-for"));
}

TEST_CASE("what earlier proxies said stays in front") {
  Fields fields;
  fields.add("forwarded", "for=192.0.2.1");
  fields.add("x-forwarded-for", "192.0.2.1");
  fields.add("x-forwarded-for", "192.0.2.2");
  fields.add("x-forwarded-proto", "https");
  add_forwarded(fields, {.client = "10.0.0.7:1", .scheme = "http", .host = "a"});
  CHECK(fields.find("forwarded") == "for=192.0.2.1, for=\"10.0.0.7:1\";proto=http;host=a");
  CHECK(fields.find("x-forwarded-for") == "192.0.2.1, 192.0.2.2, 10.0.0.7");
  CHECK(fields.count("x-forwarded-for") == 1);
  CHECK(fields.find("x-forwarded-proto") == "https");
  CHECK(fields.count("x-forwarded-proto") == 1);
}

TEST_CASE("a client's claims are removed") {
  Fields fields;
  for (const char* name :
       {"forwarded", "x-forwarded-for", "x-forwarded-port", "x-real-ip", "x-real", "forwarded-by"})
    fields.add(name, "1");
  remove_forwarded(fields);
  CHECK(fields.size() == 2);
  CHECK(fields.contains("x-real"));
  CHECK(fields.contains("forwarded-by"));
}

TEST_CASE("the last hop's client is found") {
  const auto last = [](std::string_view value) {
    Fields fields;
    fields.add("forwarded", "for=192.0.2.200");
    fields.add("forwarded", value);
    return last_forwarded_for(fields).value_or("none");
  };
  CHECK(last("for=192.0.2.1") == "192.0.2.1");
  CHECK(last("for=192.0.2.1, for=\"10.0.0.7:1\";proto=http") == "10.0.0.7:1");
  CHECK(last("proto=http; For=\"[fd00::7]:1\"") == "[fd00::7]:1");
  CHECK(last("for=\"a,for=b\"") == "a,for=b");
  CHECK(last("for=\"a\\\"b\"") == "a\"b");
  CHECK(last("for=1.2.3.4, proto=http") == "none");
  CHECK(last("") == "none");
  CHECK(last("for") == "none");
  CHECK_FALSE(last_forwarded_for(Fields()).has_value());
}

}  // namespace
}  // namespace outhaul::http
