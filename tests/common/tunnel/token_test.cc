#include "common/tunnel/token.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "common/base/base64.h"
#include "common/base/bytes.h"

using namespace outhaul;
using namespace outhaul::tunnel;

namespace {

const std::string secret_text = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=";
const std::string pin_text = "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const std::string credentials =
    "{\"t\":\"6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11\",\"s\":\"" + secret_text +
    "\",\"e\":[\"edge.example.net:443\",\"[fd00::1]:7844\"],\"pin\":[\"" + pin_text + "\"]}";

std::string with(std::string text, std::string_view part, std::string_view replacement) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), replacement);
}

void check_refused(const std::string& text, std::string_view rule) {
  CAPTURE(text);
  const auto token = parse_token(text);
  REQUIRE_FALSE(token);
  CAPTURE(token.error().message);
  CHECK(token.error().message.starts_with("token: "));
  CHECK(token.error().message.find(rule) != std::string::npos);
  CHECK(token.error().message.find("ABEiM0") == std::string::npos);
  CHECK(token.error().message.find('\n') == std::string::npos);
}

}  // namespace

TEST_CASE("a token and a credentials file hold the same") {
  const std::string encoded = base64url_encode(as_bytes(credentials));
  std::string padded = encoded;
  while (padded.size() % 4 != 0)
    padded.push_back('=');
  for (const std::string& text :
       {credentials, encoded, padded, " \r\n\t" + encoded + "\r\n", "\n" + credentials + "\n\n"}) {
    const auto token = parse_token(text);
    REQUIRE(token);
    CHECK(token->tunnel_id.to_string() == "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11");
    CHECK(base64_encode(token->secret.bytes()) == secret_text);
    REQUIRE(token->edges.size() == 2);
    CHECK(token->edges[0] == EdgeAddress{"edge.example.net", 443});
    CHECK(token->edges[1] == EdgeAddress{"fd00::1", 7844});
    REQUIRE(token->pins.size() == 1);
    CHECK(token->pins[0].to_string() == pin_text);
  }
}

TEST_CASE("writing and reading again") {
  const auto token = parse_token(credentials);
  REQUIRE(token);
  const std::string text = serialize_token(*token);
  CHECK(text == base64url_encode(as_bytes(credentials)));
  const auto without_pins = parse_token(with(credentials, ",\"pin\":[\"" + pin_text + "\"]", ""));
  REQUIRE(without_pins);
  CHECK(without_pins->pins.empty());
  CHECK(parse_token(serialize_token(*without_pins))->pins.empty());
}

TEST_CASE("unknown keys are ignored") {
  CHECK(parse_token(with(credentials, "{", "{\"x\":{\"y\":[1,null]},")));
}

TEST_CASE("a broken token names what is broken and shows nothing") {
  check_refused("", "empty");
  check_refused(" \n", "empty");
  check_refused("not base64!", "damaged");
  check_refused("{", "damaged");
  check_refused("{} trailing", "damaged");
  check_refused("AAAA", "damaged");
  check_refused(base64url_encode(as_bytes("[1]")), "damaged");
  const std::string encoded = base64url_encode(as_bytes(credentials));
  for (std::size_t length : {std::size_t{1}, encoded.size() / 2, encoded.size() - 1}) {
    check_refused(encoded.substr(0, length), "damaged");
  }
  check_refused(encoded.substr(0, 20) + "\n" + encoded.substr(20), "damaged");
  check_refused(std::string(token_size_maximum + 1, 'A'), "16 KiB");
  CHECK_FALSE(parse_token("{\"a\":" + std::string(10000, '[')));
}

TEST_CASE("every field is checked") {
  check_refused("{}", "\"t\"");
  check_refused(with(credentials, "\"t\"", "\"T\""), "\"t\"");
  check_refused(with(credentials, "6f1d0a5e", "6F1D0A5E"), "\"t\"");
  check_refused(with(credentials, "\"6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11\"", "5"), "\"t\"");
  check_refused(with(credentials, "\"s\"", "\"x\""), "\"s\"");
  check_refused(with(credentials, "\"" + secret_text + "\"", "null"), "\"s\"");
  check_refused(with(credentials, "7v8=", "7v8"), "\"s\"");
  check_refused(with(credentials, "u/wAR", "u_wAR"), "\"s\"");
  check_refused(with(credentials, "7v8=", "7g=="), "32 bytes");
  check_refused(with(credentials, "7v8=", "7v8A"), "32 bytes");
  check_refused(with(credentials, "\"e\"", "\"x\""), "\"e\"");
  check_refused(with(credentials, "[\"edge.example.net:443\",\"[fd00::1]:7844\"]", "[]"), "\"e\"");
  check_refused(with(credentials, "\"edge.example.net:443\"", "443"), "\"e\"");
  check_refused(with(credentials, "edge.example.net:443", "edge:0"), "\"e\"");
  check_refused(with(credentials, "[\"" + pin_text + "\"]", "\"x\""), "\"pin\"");
  check_refused(with(credentials, "\"" + pin_text + "\"", "1"), "\"pin\"");
  check_refused(with(credentials, "sha256/", "sha1/"), "pin");
  std::string five = "\"" + pin_text + "\"";
  for (int i = 0; i < 4; ++i)
    five += ",\"" + pin_text + "\"";
  check_refused(with(credentials, "\"" + pin_text + "\"", five), "at most 4");
}

TEST_CASE("pins") {
  CHECK(Pin::parse(pin_text)->to_string() == pin_text);
  CHECK(Pin::parse(pin_text)->digest[31] == std::byte{0x1f});
  for (const char* bad :
       {"", "sha256/", "sha256/AAEC", "SHA256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}) {
    CAPTURE(bad);
    CHECK_FALSE(Pin::parse(bad));
  }
}
