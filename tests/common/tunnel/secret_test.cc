#include "common/tunnel/secret.h"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::tunnel;

namespace {

bool all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

static_assert(!std::is_copy_constructible_v<TunnelSecret>);
static_assert(!std::is_copy_assignable_v<TunnelSecret>);

TEST_CASE("a secret has exactly 32 bytes") {
  const std::vector<std::byte> bytes(33, std::byte{0x5a});
  CHECK_FALSE(TunnelSecret::from_bytes(bytes));
  CHECK_FALSE(TunnelSecret::from_bytes(Bytes(bytes).first(31)));
  const auto secret = TunnelSecret::from_bytes(Bytes(bytes).first(32));
  REQUIRE(secret);
  CHECK(std::equal(secret->bytes().begin(), secret->bytes().end(), bytes.begin()));
}

TEST_CASE("moving wipes the source") {
  TunnelSecret source = TunnelSecret::random();
  CHECK_FALSE(all_zero(source.bytes()));
  TunnelSecret target(std::move(source));
  CHECK(all_zero(source.bytes()));
  CHECK_FALSE(all_zero(target.bytes()));
  source = std::move(target);
  CHECK(all_zero(target.bytes()));
  CHECK_FALSE(all_zero(source.bytes()));
}

TEST_CASE("destruction wipes the memory") {
  alignas(TunnelSecret) std::array<std::byte, sizeof(TunnelSecret)> storage{};
  auto* secret = new (storage.data()) TunnelSecret(TunnelSecret::random());
  CHECK_FALSE(all_zero(storage));
  std::destroy_at(secret);
  CHECK(all_zero(storage));
}
