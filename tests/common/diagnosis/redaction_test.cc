#include "common/diagnosis/redaction.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "common/base/base64.h"
#include "common/base/hex.h"

using namespace outhaul;
using namespace outhaul::diagnosis;

namespace {

constexpr const char* credentials =
    R"({"t": "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11",
        "s": "++++////++++////++++////++++////++++////++8=", "e": ["edge.test:7844"]})";

}  // namespace

TEST_CASE("every spelling of a known secret is masked") {
  const auto token = tunnel::parse_token(credentials);
  REQUIRE(token);
  Redaction redaction;
  redaction.learn(*token);
  for (const std::string& secret :
       {tunnel::serialize_token(*token), base64_encode(token->secret.bytes()),
        base64url_encode(token->secret.bytes()), hex_encode(token->secret.bytes())}) {
    const std::string clean = redaction.apply("before " + secret + " between " + secret);
    CHECK(clean.find(secret) == std::string::npos);
    CHECK(clean.starts_with("before ***"));
    CHECK(clean.find(" between ***") != std::string::npos);
  }
}

TEST_CASE("tokens, passwords in URLs and private keys that nobody knew are masked") {
  const Redaction redaction;
  CHECK(redaction.apply("token eyJ" + std::string(50, 'a') + "; more") == "token ***; more");
  CHECK(redaction.apply("eyJ is short") == "eyJ is short");
  CHECK(redaction.apply("proxy = \"http://me:pa@ss@proxy:3128/\"") ==
        "proxy = \"http://***@proxy:3128/\"");
  CHECK(redaction.apply("https://proxy:3128/a@b") == "https://proxy:3128/a@b");
  CHECK(redaction.apply("a\n-----BEGIN EC PRIVATE KEY-----\nAA\n-----END EC PRIVATE KEY-----\nb") ==
        "a\n***\nb");
  CHECK(redaction.apply("-----BEGIN PRIVATE KEY-----\nAA") == "***");
  CHECK(redaction.apply("-----BEGIN CERTIFICATE-----\nAA") == "-----BEGIN CERTIFICATE-----\nAA");
}

TEST_CASE("in a configuration, keys that are named like secrets lose their values") {
  const Redaction redaction;
  CHECK(redaction.apply_to_configuration("token_file = \"/etc/outhaul/token\"\n"
                                         "tunnel_token = \"abc\"\n"
                                         "  Secret=\"abc\" # remark\n"
                                         "edge = [\"a\"]") ==
        "token_file = \"/etc/outhaul/token\"\n"
        "tunnel_token = ***\n"
        "  Secret= ***\n"
        "edge = [\"a\"]\n");
}
