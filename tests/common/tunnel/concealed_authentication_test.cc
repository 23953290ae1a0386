#include "common/tunnel/concealed_authentication.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/hex.h"

using namespace outhaul;
using namespace outhaul::tunnel;

namespace {

const Uuid tunnel_id = *Uuid::parse("6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11");
const std::string path = "/ptth/tunnels/6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11";
const HostAndPort edge_host{"edge.example.net", 7844};

/// Made with another implementation (Python cryptography) from the same tunnel id and secret, for
/// the exporter output 00 01 .. 2f.
const std::string reference_authorization =
    "Concealed k=bx0KXoouSlKaUQ9vaz8sEQ, a=ekiuRNqtSRJj__dyhn5xpu7cWPq_TOnYNWKuf0rmSjk, s=2055, "
    "v=ICEiIyQlJicoKSorLC0uLw, "
    "p=aswRVD3FSFZY3tR_WXRGMnBTPXi2ZnRkCiwYabRxhffi0LHYMzngUP4i9sLpyLxv8xzjsjPg-t5Sy2a7Y49TBw";

TunnelSecret vector_secret() {
  const auto bytes = hex_decode("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  return std::move(*TunnelSecret::from_bytes(*bytes));
}

const ConcealedKey& vector_key() {
  static const ConcealedKey key = ConcealedKey::derive(tunnel_id, vector_secret());
  return key;
}

ExporterOutput counting_output() {
  ExporterOutput output{};
  for (std::size_t i = 0; i < output.size(); ++i)
    output[i] = static_cast<std::byte>(i);
  return output;
}

/// Stands in for one TLS connection: its output depends on the context, as the real one does.
ExporterOutput output_for(Bytes context) {
  ExporterOutput output = counting_output();
  for (std::size_t i = 0; i < context.size(); ++i) {
    output[i % output.size()] ^= context[i] ^ static_cast<std::byte>(i);
  }
  return output;
}

struct Edge {
  std::vector<PublicKey> live = {vector_key().public_key()};
  ExporterOutput (*tls)(Bytes) = output_for;
  int exports = 0;

  Result<Uuid> verify(const std::vector<std::string_view>& lines, std::string_view target = path,
                      const HostAndPort& host = edge_host) {
    const Exporter exporter = [this](Bytes context) -> Result<ExporterOutput> {
      ++exports;
      return tls(context);
    };
    const KeyLookup lookup = [this](const Uuid& id) {
      return id == tunnel_id ? live : std::vector<PublicKey>{};
    };
    return verify_concealed({target, lines, host}, exporter, lookup);
  }
};

std::string good_authorization() {
  return concealed_authorization(
      tunnel_id, vector_key(),
      output_for(concealed_context(tunnel_id, vector_key().public_key(), edge_host)));
}

std::string with(std::string text, std::string_view part, std::string_view replacement) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), replacement);
}

/// The value of one parameter of an Authorization value.
std::string parameter(const std::string& text, std::string_view name) {
  const std::size_t at = text.find(" " + std::string(name) + "=");
  REQUIRE(at != std::string::npos);
  const std::size_t start = at + name.size() + 2;
  return text.substr(start, std::min(text.find(',', start), text.size()) - start);
}

}  // namespace

TEST_CASE("the published vector: tunnel id and secret give the public key") {
  CHECK(hex_encode(vector_key().public_key()) ==
        "7a48ae44daad491263fff772867e71a6eedc58fabf4ce9d83562ae7f4ae64a39");
}

TEST_CASE("another id or another secret gives another key") {
  CHECK(ConcealedKey::derive(Uuid(), vector_secret()).public_key() != vector_key().public_key());
  CHECK(ConcealedKey::derive(tunnel_id, TunnelSecret()).public_key() != vector_key().public_key());
}

TEST_CASE("the exporter's context, byte by byte") {
  CHECK(hex_encode(concealed_context(tunnel_id, vector_key().public_key(), edge_host)) ==
        "0807"
        "106f1d0a5e8a2e4a529a510f6f6b3f2c11"
        "207a48ae44daad491263fff772867e71a6eedc58fabf4ce9d83562ae7f4ae64a39"
        "056874747073"
        "10656467652e6578616d706c652e6e6574"
        "1ea4"
        "00");
  // From 64 bytes on a minimal varint takes two bytes.
  const HostAndPort long_host{std::string(63, 'a') + ".example", 443};
  const std::string context =
      hex_encode(concealed_context(tunnel_id, vector_key().public_key(), long_host));
  CHECK(context.find("0568747470734047"
                     "6161") != std::string::npos);
  CHECK(context.ends_with("01bb00"));
}

TEST_CASE("what is signed") {
  const auto input = concealed_signature_input(counting_output());
  const std::string text(as_text(input));
  REQUIRE(text.size() == 64 + 29 + 1 + 32);
  CHECK(text.substr(0, 64) == std::string(64, ' '));
  CHECK(text.substr(64, 29) == "HTTP Concealed Authentication");
  CHECK(text[93] == '\0');
  CHECK(text[94] == 0);
  CHECK(text[125] == 31);
}

TEST_CASE("the header value agrees with another implementation") {
  CHECK(concealed_authorization(tunnel_id, vector_key(), counting_output()) ==
        reference_authorization);
}

TEST_CASE("the edge accepts a good request and returns k") {
  Edge edge;
  const auto identity = edge.verify({good_authorization()});
  REQUIRE(identity);
  CHECK(*identity == tunnel_id);
}

TEST_CASE("during a rotation either of two keys is good") {
  Edge edge;
  const ConcealedKey other = ConcealedKey::derive(tunnel_id, TunnelSecret::random());
  edge.live = {other.public_key(), vector_key().public_key()};
  CHECK(edge.verify({good_authorization()}));
  edge.live = {vector_key().public_key(), other.public_key()};
  CHECK(edge.verify({good_authorization()}));
  edge.live = {other.public_key()};
  CHECK_FALSE(edge.verify({good_authorization()}));
}

TEST_CASE("order, spacing and the scheme's case are free") {
  const std::string good = good_authorization();
  const std::string reordered =
      "concealed p=" + parameter(good, "p") + ",v=" + parameter(good, "v") +
      " ,\ts=2055,  a=" + parameter(good, "a") + ", k=" + parameter(good, "k");
  CHECK(Edge().verify({reordered}));
}

TEST_CASE("exactly one line") {
  const std::string good = good_authorization();
  CHECK_FALSE(Edge().verify({}));
  CHECK_FALSE(Edge().verify({good, good}));
  CHECK_FALSE(Edge().verify({good, "Basic x"}));
  CHECK_FALSE(Edge().verify({good + ", " + good}));
}

TEST_CASE("exactly k, a, s, v and p, each once, unquoted and unpadded") {
  const std::string good = good_authorization();
  REQUIRE(parse_concealed(good));
  const std::string k = parameter(good, "k");
  const std::string p = parameter(good, "p");
  const std::string bad[] = {
      "",
      "Concealed",
      "Concealed ",
      with(good, "Concealed", "Basic"),
      with(good, "Concealed ", "Concealed\t"),
      with(good, "s=2055, ", ""),
      with(good, "k=" + k + ", ", ""),
      with(good, ", p=" + p, ""),
      good + ", s=2055",
      good + ", k=" + k,
      good + ", x=1",
      good + ", realm=\"\"",
      good + ",",
      with(good, ", s=", ",, s="),
      with(good, "s=2055", "s=\"2055\""),
      with(good, "s=2055", "s=02055"),
      with(good, "s=2055", "s=2056"),
      with(good, "s=2055", "s=0x807"),
      with(good, "s=2055", "S=2055"),
      with(good, "s=2055", "s = 2055"),
      with(good, "s=2055", "s"),
      with(good, "k=" + k, "k=\"" + k + "\""),
      with(good, "k=" + k, "k=" + k + "=="),
      with(good, "k=" + k, "k=" + k + "A"),
      with(good, "k=" + k, "k="),
      with(good, "k=" + k, "k=6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"),
      // The last character of 16 bytes has four unused bits: Q is right, R is a second spelling.
      with(good, "k=" + k, "k=" + k.substr(0, 21) + "R"),
      with(good, "p=" + p, "p=" + p + "=="),
      with(good, "p=" + p, "p=" + p.substr(0, 80)),
      with(good, "p=" + p, "p=" + p.substr(0, 85) + "+"),
      with(good, ", ", "; "),
  };
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(parse_concealed(text));
    CHECK_FALSE(Edge().verify({text}));
  }
}

TEST_CASE("the path has the same tunnel id in lower case") {
  const std::string good = good_authorization();
  for (const char* other : {"/ptth/tunnels/6F1D0A5E-8A2E-4A52-9A51-0F6F6B3F2C11",
                            "/ptth/tunnels/7f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11",
                            "/ptth/tunnels/6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11/",
                            "/ptth/tunnels/6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11?x",
                            "/other/6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11", "/ptth/tunnels/", "/",
                            "", "https://edge/ptth/tunnels/6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"}) {
    CAPTURE(other);
    CHECK_FALSE(Edge().verify({good}, other));
  }
}

TEST_CASE("another tunnel's id cannot be claimed") {
  // Everything is consistent except that the key belongs to another tunnel.
  const Uuid other_id = *Uuid::parse("7f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11");
  const std::string claim = concealed_authorization(
      other_id, vector_key(),
      output_for(concealed_context(other_id, vector_key().public_key(), edge_host)));
  CHECK_FALSE(Edge().verify({claim}, "/ptth/tunnels/" + other_id.to_string()));
  CHECK_FALSE(Edge().verify({claim}));
}

TEST_CASE("credentials are good for their own TLS connection and Host only") {
  const std::string good = good_authorization();
  Edge other_connection;
  other_connection.tls = [](Bytes context) {
    ExporterOutput output = output_for(context);
    output[0] ^= std::byte{1};
    return output;
  };
  // Only the signed part differs, so the signature refuses it.
  CHECK_FALSE(other_connection.verify({good}));
  other_connection.tls = [](Bytes context) {
    ExporterOutput output = output_for(context);
    output[47] ^= std::byte{1};
    return output;
  };
  // Only the shown part differs, so `v` refuses it.
  CHECK_FALSE(other_connection.verify({good}));
  CHECK_FALSE(Edge().verify({good}, path, {"edge.example.net", 443}));
  CHECK_FALSE(Edge().verify({good}, path, {"other.example.net", 7844}));
}

TEST_CASE("a wrong signature is refused") {
  const std::string good = good_authorization();
  std::string forged = good;
  char& changed = forged[good.find(" p=") + 10];
  changed = changed == 'A' ? 'B' : 'A';
  CHECK_FALSE(Edge().verify({forged}));
  const ConcealedKey other = ConcealedKey::derive(tunnel_id, TunnelSecret::random());
  const std::string by_other = concealed_authorization(
      tunnel_id, other,
      output_for(concealed_context(tunnel_id, vector_key().public_key(), edge_host)));
  CHECK_FALSE(Edge().verify({with(good, parameter(good, "p"), parameter(by_other, "p"))}));
  CHECK_FALSE(Edge().verify({by_other}));
}

TEST_CASE("a key whose owner nobody is cannot sign in") {
  Edge edge;
  edge.live.clear();
  CHECK_FALSE(edge.verify({good_authorization()}));
}

TEST_CASE("whatever fails, the keying material is asked for exactly once") {
  const std::string good = good_authorization();
  for (const std::string& text : {std::string("garbage"), good, with(good, "s=2055", "s=1")}) {
    for (const std::string& target : {path, std::string("/")}) {
      Edge edge;
      (void)edge.verify({text}, target);
      CHECK(edge.exports == 1);
    }
  }
}

TEST_CASE("a failing exporter refuses") {
  const std::string good = good_authorization();
  const std::vector<std::string_view> lines = {good};
  const auto result = verify_concealed(
      {path, lines, edge_host},
      [](Bytes) -> Result<ExporterOutput> { return Error{ErrorKind::system, "no keys"}; },
      [](const Uuid&) { return std::vector<PublicKey>{vector_key().public_key()}; });
  CHECK_FALSE(result);
}

TEST_CASE("Host values") {
  CHECK(*parse_host("edge.example.net:7844") == edge_host);
  CHECK(*parse_host("edge.example.net") == HostAndPort{"edge.example.net", 443});
  CHECK(*parse_host("10.0.0.1:7844") == HostAndPort{"10.0.0.1", 7844});
  CHECK(*parse_host("[fd00::1]:7844") == HostAndPort{"[fd00::1]", 7844});
  CHECK(*parse_host("[fd00::1]") == HostAndPort{"[fd00::1]", 443});
  for (const char* bad :
       {"", ":7844", "Edge.example.net", "[FD00::1]:7844", "fd00::1", "[fd00::1", "[fd00::1]x:1",
        "edge:", "edge:0", "edge:07", "edge:65536", "edge:http", "user@edge", "edge.", "a_b",
        "[10.0.0.1]", "[fe80::1%1]:80", "edge:80:80"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_host(bad));
  }
}
