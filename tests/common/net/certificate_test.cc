#include "common/net/certificate.h"

#include <doctest/doctest.h>

#include "common/net/certificate_authority.h"
#include "common/net/certificate_chain.h"
#include "common/net/pem.h"
#include "tests/common/net/tls_fixture.h"

using namespace outhaul;
using namespace outhaul::net;
using namespace outhaul::net::testing;

namespace {

// `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
// base64` of this certificate gives known_pin.
constexpr const char* known_certificate = R"(-----BEGIN CERTIFICATE-----
MIIBeDCCAR2gAwIBAgIUbFJJxgDbqne+B0DZHZ8FaESUUxkwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFa25vd24wIBcNMjYxMTI0MDYxMzMxWhgPMjEyNjEwMzEwNjEz
MzFaMBAxDjAMBgNVBAMMBWtub3duMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
EDCUuS6l3l2niqdwjNFL4wg4BGCKEVnFpnrlS1BhZyepkjqnP1gP/tIH+IIFpVx2
TUGMYFQ+OjyPQppMBaNNT6NTMFEwHQYDVR0OBBYEFHDFNtLwj/zQcmJA38955mxW
GQ3gMB8GA1UdIwQYMBaAFHDFNtLwj/zQcmJA38955mxWGQ3gMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAIYQUPcAWoKsjYypVqjWHqXcWiZ5Q9bb
518Je1hKXQiNAiEAot+1b4eFS9t2Y99yve6ljdC7xgzK97g6Pn6CRgY8xiE=
-----END CERTIFICATE-----
)";
constexpr const char* known_pin = "sha256/hz4dX/YkOq68N1hHogJPizVzLC69x1Le9CoO7mU39YA=";

}  // namespace

TEST_CASE("a pin is the hash of the public key, as openssl(1) computes it") {
  const auto pin = pem_spki_pin(known_certificate);
  REQUIRE(pin);
  CHECK(*pin == known_pin);
  CHECK(check_pin(known_pin));
}

TEST_CASE("malformed pins") {
  for (const char* text : {"", "sha256/", "sha1/AAAA", "sha256/AAAA",
                           "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",   // no padding
                           "SHA256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",  // upper case
                           "sha256//////_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}) {
    CAPTURE(text);
    const auto checked = check_pin(text);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == ErrorKind::invalid);
  }
  CHECK(check_pin("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
}

TEST_CASE("an authority survives its files, with key and pin") {
  const auto authority = make_authority();
  const KeyPair stored{.chain_pem = authority.certificate_pem(), .key_pem = authority.key_pem()};
  const auto loaded = CertificateAuthority::load(stored);
  REQUIRE(loaded);
  CHECK(loaded->pin() == authority.pin());
  CHECK(*pem_spki_pin(authority.certificate_pem()) == authority.pin());
  const auto end = pem_not_after(authority.certificate_pem());
  REQUIRE(end);
  CHECK(*end > days_from_now(3649));
  CHECK(*end < days_from_now(3651));
}

TEST_CASE("an authority does not load from a foreign key or from a leaf") {
  const auto authority = make_authority();
  KeyPair mixed{.chain_pem = authority.certificate_pem(), .key_pem = make_authority().key_pem()};
  CHECK_FALSE(CertificateAuthority::load(mixed));
  const auto leaf = CertificateAuthority::load(issue(authority, leaf_for("a.example")));
  REQUIRE_FALSE(leaf);
  CHECK(leaf.error().message.find("not a certificate authority") != std::string::npos);
}

TEST_CASE("a leaf lives 90 days, holds its names and brings its authority along") {
  const auto authority = make_authority();
  LeafRequest request = leaf_for("a.example");
  request.dns_names.emplace_back("*.b.example");
  request.ip_addresses = {*IpAddress::parse("10.0.0.5"), *IpAddress::parse("fd00::1")};
  request.uris = {"urn:uuid:1"};
  const KeyPair pair = issue(authority, request);
  const auto chain = parse_certificates(pair.chain_pem, "chain");
  REQUIRE(chain);
  REQUIRE(chain->size() == 2);
  CHECK(subject_names((*chain)[0].get()) ==
        std::vector<std::string>{"DNS:a.example", "DNS:*.b.example", "IP:10.0.0.5", "IP:fd00::1",
                                 "URI:urn:uuid:1"});
  CHECK(common_name((*chain)[0].get()) == "a.example");
  CHECK(spki_pin((*chain)[1].get()) == authority.pin());
  const auto end = pem_not_after(pair.chain_pem);
  REQUIRE(end);
  CHECK(*end > days_from_now(89));
  CHECK(*end < days_from_now(91));
}

TEST_CASE("a leaf without a name is refused") {
  CHECK_FALSE(make_authority().issue(LeafRequest{}));
}

TEST_CASE("a chain tells whom it is for, how long it lasts and whether it is in order") {
  const auto authority = make_authority();
  LeafRequest request = leaf_for("a.example");
  request.dns_names.emplace_back("*.b.example");
  request.ip_addresses = {*IpAddress::parse("10.0.0.5"), *IpAddress::parse("fd00::1")};
  const KeyPair pair = issue(authority, request);
  const auto chain = CertificateChain::parse(pair.chain_pem, "chain");
  REQUIRE(chain);
  CHECK(chain->size() == 2);
  for (const char* name : {"a.example", "A.EXAMPLE", "x.b.example", "10.0.0.5", "fd00:0::1"})
    CHECK(chain->covers(name));
  for (const char* name : {"b.example", "x.y.b.example", "10.0.0.6", "fd00::2", ""})
    CHECK_FALSE(chain->covers(name));
  CHECK_FALSE(chain->misplaced());
  CHECK(*chain->not_before() < std::chrono::system_clock::now());
  // The leaf ends first.
  CHECK(*chain->not_after() == *pem_not_after(pair.chain_pem));
  const auto turned = CertificateChain::parse(
      authority.certificate_pem() + issue(authority, request).chain_pem, "x");
  REQUIRE(turned);
  CHECK(turned->misplaced() == 0U);
  CHECK_FALSE(CertificateChain::parse("no PEM", "x"));
}

TEST_CASE("a chain is verified against a trust store") {
  const auto authority = make_authority();
  const auto chain =
      CertificateChain::parse(issue(authority, leaf_for("a.example")).chain_pem, "chain");
  REQUIRE(chain);
  const auto trust = TrustStore::from_pem(authority.certificate_pem(), "own");
  const auto other = TrustStore::from_pem(make_authority().certificate_pem(), "other");
  REQUIRE((trust && other));
  CHECK(chain->verify(**trust));
  const auto refused = chain->verify(**other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::tls_certificate);
}
