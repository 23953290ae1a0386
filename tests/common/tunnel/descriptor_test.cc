#include "common/tunnel/descriptor.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::tunnel;

namespace {

const std::string example_http =
    "id=\"e6a0817c-79c5-40ca-9776-a1c019defe70\", type=http, scheme=http, "
    "hostname=\"api.internal\", port=8080, net=\"0191dce4-9ab4-7fce-b660-8e5dec5172da\"";
const std::string example_https =
    "id=\"e6a0817c-79c5-40ca-9776-a1c019defe70\", type=http, scheme=https, "
    "hostname=\"api.internal\", port=8443, net=\"0191dce4-9ab4-7fce-b660-8e5dec5172da\", "
    "resolver-ips=(\"10.0.0.53\" \"[fd00::53]:5353\"), tls=verify_full";
const std::string example_tcp =
    "id=\"453b6067-1327-420d-89b3-2b6ad16e6551\", type=tcp, scheme=tcp, ipv4=\"10.0.0.5\", "
    "port=5432, net=\"0191dce4-9ab4-7fce-b660-8e5dec5172da\", app=postgresql";

/// The text with one part exchanged; the part must be there.
std::string with(std::string text, std::string_view part, std::string_view replacement) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), replacement);
}

/// The error of a refused value, which has to name the field, the key and part of the rule.
void check_refused(const std::string& value, std::string_view key, std::string_view rule) {
  CAPTURE(value);
  const auto descriptor = parse_descriptor(value);
  REQUIRE_FALSE(descriptor);
  CHECK(descriptor.error().kind == ErrorKind::invalid);
  const std::string& message = descriptor.error().message;
  CAPTURE(message);
  CHECK(message.starts_with(std::string("Tunnel-Service: ").append(key).append(":")));
  CHECK(message.find(rule) != std::string::npos);
}

}  // namespace

TEST_CASE("the examples of the protocol are canonical") {
  for (const std::string& example : {example_http, example_https, example_tcp}) {
    const auto descriptor = parse_descriptor(example);
    REQUIRE(descriptor);
    CHECK(serialize(*descriptor) == example);
    CHECK(*parse_descriptor(serialize(*descriptor)) == *descriptor);
    CHECK(check_descriptor(*descriptor));
  }
}

TEST_CASE("every key lands in its member") {
  const auto https = parse_descriptor(example_https);
  REQUIRE(https);
  CHECK(https->id.to_string() == "e6a0817c-79c5-40ca-9776-a1c019defe70");
  CHECK(https->type == ServiceType::http);
  CHECK(https->scheme == ServiceScheme::https);
  CHECK(https->hostname == "api.internal");
  CHECK_FALSE(https->ipv4);
  CHECK(https->port == 8443);
  CHECK(https->net.to_string() == "0191dce4-9ab4-7fce-b660-8e5dec5172da");
  REQUIRE(https->resolver_ips.size() == 2);
  CHECK(https->resolver_ips[0].ip.address == *IpAddress::parse("10.0.0.53"));
  CHECK(https->resolver_ips[0].port == 53);
  CHECK(https->resolver_ips[1].ip.text == "fd00::53");
  CHECK(https->resolver_ips[1].port == 5353);
  CHECK(https->tls == TlsVerification::verify_full);

  const auto tcp = parse_descriptor(example_tcp);
  REQUIRE(tcp);
  CHECK(tcp->type == ServiceType::tcp);
  CHECK(tcp->ipv4->text == "10.0.0.5");
  CHECK(tcp->app == "postgresql");
}

TEST_CASE("sni and verification modes") {
  const auto with_sni = parse_descriptor(
      with(example_https, "tls=verify_full", "tls=verify_ca;sni=\"other.example\""));
  REQUIRE(with_sni);
  CHECK(with_sni->tls == TlsVerification::verify_ca);
  CHECK(with_sni->sni == "other.example");
  CHECK(serialize(*with_sni).ends_with("tls=verify_ca;sni=\"other.example\""));
  CHECK(parse_descriptor(with(example_https, "tls=verify_full", "tls=disabled"))->tls ==
        TlsVerification::disabled);
  // Left out, the default is written explicitly.
  const auto implied = parse_descriptor(with(example_https, ", tls=verify_full", ""));
  REQUIRE(implied);
  CHECK(serialize(*implied) == example_https);
}

TEST_CASE("both addresses may stand together, and any text of IPv6 is kept") {
  const auto both = parse_descriptor(
      with(example_tcp, "ipv4=\"10.0.0.5\"", "ipv6=\"FD00:0::5\", ipv4=\"10.0.0.5\""));
  REQUIRE(both);
  CHECK(both->ipv6->text == "FD00:0::5");
  CHECK(both->ipv6->address == *IpAddress::parse("fd00::5"));
  CHECK(connect_authority(*both) == "10.0.0.5:5432");
  const auto six = parse_descriptor(with(example_tcp, "ipv4=\"10.0.0.5\"", "ipv6=\"FD00:0::5\""));
  REQUIRE(six);
  CHECK(connect_authority(*six) == "[FD00:0::5]:5432");
  CHECK(connect_authority(*parse_descriptor(example_http)) == "api.internal:8080");
}

TEST_CASE("unknown keys and parameters of other keys are ignored") {
  const auto more = parse_descriptor(
      with(example_http, "port=8080", "port=8080;x=1, future=(a b);y, zone=:AAA=:"));
  REQUIRE(more);
  CHECK(serialize(*more) == example_http);
  CHECK(parse_descriptor(with(example_https, "tls=verify_full", "tls=verify_full;ca=1")));
  check_refused(example_http + ", Bad=1", "field", "key");
}

TEST_CASE("id and net are required canonical UUIDs") {
  const std::string id = "id=\"e6a0817c-79c5-40ca-9776-a1c019defe70\", ";
  check_refused("", "id", "required");
  check_refused(with(example_http, id, ""), "id", "required");
  check_refused(with(example_http, "e6a0817c", "E6A0817C"), "id", "UUID");
  check_refused(with(example_http, "e6a0817c-", "e6a0817c"), "id", "UUID");
  check_refused(with(example_http, id, "id=\"\", "), "id", "empty");
  check_refused(with(example_http, id, "id=abc, "), "id", "string");
  check_refused(with(example_http, id, "id, "), "id", "string");
  check_refused(with(example_http, id, "id=(\"a\"), "), "id", "string");
  const std::string net = ", net=\"0191dce4-9ab4-7fce-b660-8e5dec5172da\"";
  check_refused(with(example_http, net, ""), "net", "required");
  check_refused(with(example_http, net, ", net=\"x\""), "net", "UUID");
  check_refused(with(example_http, net, ", net=5"), "net", "string");
}

TEST_CASE("type and scheme are tokens that fit together") {
  check_refused(with(example_http, "type=http, ", ""), "type", "required");
  check_refused(with(example_http, "type=http", "type=\"http\""), "type", "token");
  check_refused(with(example_http, "type=http", "type=udp"), "type", "http, tcp");
  check_refused(with(example_http, "scheme=http, ", ""), "scheme", "required");
  check_refused(with(example_http, "scheme=http", "scheme=ftp"), "scheme", "https");
  check_refused(with(example_http, "scheme=http", "scheme=\"http\""), "scheme", "token");
  check_refused(with(example_http, "scheme=http", "scheme=tcp"), "scheme", "type=http");
  check_refused(with(example_http, "scheme=http", "scheme=tls"), "scheme", "type=http");
  check_refused(with(example_tcp, "scheme=tcp", "scheme=http"), "scheme", "type=tcp");
  check_refused(with(example_tcp, "scheme=tcp", "scheme=https"), "scheme", "type=tcp");
  CHECK(parse_descriptor(with(example_tcp, "scheme=tcp", "scheme=tls")));
}

TEST_CASE("exactly one kind of target") {
  check_refused(with(example_http, "hostname=\"api.internal\", ", ""), "hostname", "give");
  check_refused(with(example_http, "port=", "ipv4=\"10.0.0.5\", port="), "hostname", "beside");
  check_refused(with(example_http, "port=", "ipv6=\"fd00::5\", port="), "hostname", "beside");
  check_refused(with(example_http, "\"api.internal\"", "\"\""), "hostname", "empty");
  check_refused(with(example_http, "\"api.internal\"", "api"), "hostname", "string");
  check_refused(with(example_http, "api.internal", "API.internal"), "hostname", "lower-case");
  check_refused(with(example_http, "api.internal", "api.internal."), "hostname", "dot");
  check_refused(with(example_http, "api.internal", "127.0.0.1"), "hostname", "number");
  check_refused(with(example_http, "api.internal", "0x7f000001"), "hostname", "number");
  for (const char* bad : {"10.0.0.05", "10.5", "fd00::5", "10.0.0.5:80", "", " 10.0.0.5"}) {
    check_refused(with(example_tcp, "10.0.0.5", bad), "ipv4", "");
  }
  check_refused(with(example_tcp, "\"10.0.0.5\"", "10.5"), "ipv4", "string");
  for (const char* bad :
       {"10.0.0.5", "fe80::1%eth0", "[fd00::5]", "::ffff:10.0.0.5", "0:0:0:0:0:ffff:a00:5", ""}) {
    check_refused(with(example_tcp, "ipv4=\"10.0.0.5\"", "ipv6=\"" + std::string(bad) + "\""),
                  "ipv6", "");
  }
}

TEST_CASE("port is an integer of 1 to 65535") {
  check_refused(with(example_http, "port=8080, ", ""), "port", "required");
  for (const char* bad : {"0", "65536", "-1", "80.0", "\"80\"", "http", "999999999999999"}) {
    check_refused(with(example_http, "8080", bad), "port", "65535");
  }
  CHECK(parse_descriptor(with(example_http, "8080", "1"))->port == 1);
  CHECK(parse_descriptor(with(example_http, "8080", "65535"))->port == 65535);
}

TEST_CASE("resolver-ips") {
  const std::string list = "(\"10.0.0.53\" \"[fd00::53]:5353\")";
  const auto replaced = [&](std::string_view other) { return with(example_https, list, other); };
  const auto four = parse_descriptor(
      replaced("(\"10.0.0.1:5353\" \"fd00::1\" \"[fd00::2]:53\" \"10.0.0.2:53\")"));
  REQUIRE(four);
  CHECK(four->resolver_ips[0].port == 5353);
  CHECK(four->resolver_ips[1].ip.text == "fd00::1");
  CHECK(serialize(*four).find("(\"10.0.0.1:5353\" \"fd00::1\" \"fd00::2\" \"10.0.0.2\")") !=
        std::string::npos);
  for (const char* bad : {"()", "\"10.0.0.53\"", "(10)", "(a)", "(\"10.0.0.53\" \"\")",
                          "(\"1.1.1.1\" \"1.1.1.2\" \"1.1.1.3\" \"1.1.1.4\" \"1.1.1.5\")"}) {
    check_refused(replaced(bad), "resolver-ips", "");
  }
  for (const char* bad :
       {"dns.internal", "10.0.0.53:", "10.0.0.53:0", "10.0.0.53:65536", "10.0.0.53:053",
        "10.0.0.53:+53", "[fd00::53]", "[fd00::53]:", "[fd00::53", "[10.0.0.1]:53",
        "[fd00::53]5353", "[fd00::53]:5:3", "fe80::1%1", "::ffff:10.0.0.5", "[::ffff:10.0.0.5]:53",
        "[]:53", ":53", "10.0.0.53 "}) {
    check_refused(replaced("(\"" + std::string(bad) + "\")"), "resolver-ips", "");
  }
  check_refused(with(example_tcp, ", app=", ", resolver-ips=(\"10.0.0.53\"), app="), "resolver-ips",
                "only with hostname");
}

TEST_CASE("tls only where TLS is spoken") {
  check_refused(example_http + ", tls=verify_full", "tls", "only with");
  check_refused(example_http + ", tls=disabled", "tls", "only with");
  check_refused(example_http + ", tls=verify_full;sni=\"a\"", "tls", "only with");
  check_refused(example_tcp + ", tls=verify_ca", "tls", "only with");
  const auto replaced = [&](std::string_view other) {
    return with(example_https, "tls=verify_full", other);
  };
  check_refused(replaced("tls=none"), "tls", "verify_ca");
  check_refused(replaced("tls=\"verify_full\""), "tls", "token");
  check_refused(replaced("tls"), "tls", "token");
  check_refused(replaced("tls=(verify_full)"), "tls", "token");
  check_refused(replaced("tls=verify_full;sni=\"\""), "tls;sni", "empty");
  check_refused(replaced("tls=verify_full;sni"), "tls;sni", "string");
  check_refused(replaced("tls=verify_full;sni=other"), "tls;sni", "string");
  check_refused(replaced("tls=verify_full;sni=\"10.0.0.1\""), "tls;sni", "number");
  check_refused(replaced("tls=verify_full;sni=\"a_b\""), "tls;sni", "letters");
  check_refused(replaced("tls=verify_full;sni=\"a\";sni=\"b\""), "field", "twice");
}

TEST_CASE("app is a token") {
  check_refused(with(example_tcp, "app=postgresql", "app=\"postgresql\""), "app", "token");
  check_refused(with(example_tcp, "app=postgresql", "app"), "app", "token");
}

TEST_CASE("the field as a whole") {
  check_refused(example_http + ", port=8080", "field", "twice");
  check_refused(example_http + ", id=\"e6a0817c-79c5-40ca-9776-a1c019defe70\"", "field", "twice");
  check_refused(example_http + ", future=1, future=2", "field", "twice");
  check_refused(example_http + ",", "field", "comma");
  check_refused(example_http + " x", "field", "comma");
  check_refused("\xff", "field", "key");

  const auto padded_to = [](std::size_t size) {
    std::string text = example_http + ", x=\"";
    text.append(size - text.size() - 1, 'x');
    return text + "\"";
  };
  CHECK(parse_descriptor(padded_to(1024)));
  check_refused(padded_to(1025), "field", "1024");

  const std::array<std::string_view, 2> two = {example_http, "x=1"};
  CHECK(parse_descriptor_lines(std::span(two).first(1)));
  CHECK_FALSE(parse_descriptor_lines(two));
  CHECK_FALSE(parse_descriptor_lines({}));
}

TEST_CASE("a hand-made descriptor is checked by the same rules") {
  Descriptor made = *parse_descriptor(example_https);
  made.port = 0;
  CHECK_FALSE(check_descriptor(made));
  made.port = 80;
  CHECK(check_descriptor(made));
  made.app = "not a token";
  CHECK_FALSE(check_descriptor(made));
  made.app.clear();
  made.resolver_ips[0].port = 0;
  CHECK_FALSE(check_descriptor(made));
  made.resolver_ips.assign(5, ResolverAddress{{"10.0.0.1", *IpAddress::parse("10.0.0.1")}, 53});
  CHECK_FALSE(check_descriptor(made));
}
