#include "edge/directory/tokens.h"

#include <string>

#include <doctest/doctest.h>

#include "common/base/hex.h"
#include "common/tunnel/concealed_key.h"
#include "tests/edge/addresses.h"

using namespace outhaul;
using namespace outhaul::edge;

TEST_CASE("a tunnel's token opens with the key that the edge keeps") {
  const Uuid id = Uuid::random();
  const auto credential = make_tunnel_credential(id, sample_addresses());
  REQUIRE(credential);
  const auto token = tunnel::parse_token(credential->token);
  REQUIRE(token);
  CHECK(token->tunnel_id == id);
  REQUIRE(token->edges.size() == 1);
  CHECK(token->edges[0].to_string() == "edge.example.net:7844");
  CHECK(token->pins == sample_addresses().pins);
  CHECK(tunnel::ConcealedKey::derive(id, token->secret).public_key() == credential->public_key);
  CHECK(make_tunnel_credential(id, sample_addresses())->token != credential->token);
}

TEST_CASE("a token needs to know the edge") {
  const auto nowhere = make_tunnel_credential(Uuid::random(), {});
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message.starts_with("edge addresses: "));
  EdgeAddresses pinned = sample_addresses();
  pinned.pins.resize(5);
  const auto too_many = make_tunnel_credential(Uuid::random(), pinned);
  REQUIRE_FALSE(too_many);
  CHECK(too_many.error().message.starts_with("pins: "));
}

TEST_CASE("binding tokens are random, and known by their hash") {
  const BindingCredential one = make_binding_credential();
  const BindingCredential two = make_binding_credential();
  CHECK(one.token.size() == 47);
  CHECK(one.token.starts_with("ohb_"));
  CHECK(one.token != two.token);
  CHECK(one.hash == hash_token(one.token));
  CHECK(one.hash != two.hash);
  // FIPS 180-2, appendix B.1
  CHECK(hex_encode(hash_token("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
