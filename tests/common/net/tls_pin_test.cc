#include <doctest/doctest.h>

#include "common/net/certificate.h"
#include "tests/common/net/tls_fixture.h"

using namespace outhaul;
using namespace outhaul::net;
using namespace outhaul::net::testing;

namespace {

struct PinnedPair : TlsPair {
  PinnedPair() {
    client_options.trust = nullptr;
    client_options.pins = {authority.pin()};
    client_options.minimum_version = TlsVersion::tls_1_3;
  }
  std::string leaf_pin() const { return *pem_spki_pin(server_options.key_pair.chain_pem); }
};

}  // namespace

TEST_CASE("a pinned authority or a pinned leaf is all the trust that is needed") {
  PinnedPair pair;
  pair.require_handshake();
  pair.client_options.pins = {make_authority("other").pin(), pair.leaf_pin()};
  pair.require_handshake();
}

TEST_CASE("a pin mismatch shows what was presented") {
  PinnedPair pair;
  pair.client_options.pins = {make_authority("other").pin()};
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate,
              {"no certificate matches a pin", pair.leaf_pin().c_str(),
               pair.authority.pin().c_str(), "put one of these among the pins"});
  CHECK_FALSE(pair.server_result);
}

TEST_CASE("pins replace the trust store: a trusted chain without the pin fails") {
  PinnedPair pair;
  pair.client_options.trust = trust(pair.authority);
  pair.client_options.pins = {make_authority("other").pin()};
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"pin"});
}

TEST_CASE("under a pin the name, the dates and the purpose are still checked") {
  PinnedPair pair;
  pair.target = {"other.example", ""};
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"not for 'other.example'"});

  pair.target = {"edge.example", ""};
  LeafRequest request = leaf_for("edge.example");
  request.validity = {days_from_now(-20), days_from_now(-1)};
  pair.server_options.key_pair = issue(pair.authority, request);
  for (const std::string& pin : {pair.authority.pin(), pair.leaf_pin()}) {
    pair.client_options.pins = {pin};
    pair.handshake();
    check_error(pair.client_result, ErrorKind::tls_certificate, {"expired"});
  }

  request = leaf_for("edge.example");
  request.use = CertificateUse::client;
  pair.server_options.key_pair = issue(pair.authority, request);
  pair.client_options.pins = {pair.authority.pin()};
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"another use"});
}

TEST_CASE("an expired authority does not serve as an anchor") {
  PinnedPair pair;
  const Validity past{days_from_now(-20), days_from_now(-1)};
  auto old = CertificateAuthority::create("old authority", past);
  REQUIRE(old);
  pair.server_options.key_pair = issue(*old, leaf_for("edge.example"));
  pair.client_options.pins = {old->pin()};
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"expired", "CN=old authority"});
}

TEST_CASE("sending a pinned certificate along does not help an impostor") {
  PinnedPair pair;
  const auto impostor = make_authority("test authority");
  KeyPair forged = issue(impostor, leaf_for("edge.example"));
  // Public certificates, which anybody can copy: the pinned authority and a pinned leaf.
  const std::string pinned_leaf = pair.server_options.key_pair.chain_pem;
  pair.client_options.pins = {pair.authority.pin(), pair.leaf_pin()};
  SUBCASE("beside its own chain") {
    forged.chain_pem += pinned_leaf;
  }
  SUBCASE("in place of its own authority") {
    const std::string end = "-----END CERTIFICATE-----\n";
    forged.chain_pem.resize(forged.chain_pem.find(end) + end.size());
    forged.chain_pem += pinned_leaf;
  }
  pair.server_options.key_pair = forged;
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate,
              {"pinned certificate was sent along"});
}
