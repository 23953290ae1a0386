#include "common/base/uuid.h"

#include <set>
#include <unordered_set>

#include <doctest/doctest.h>

using namespace outhaul;

TEST_CASE("a canonical UUID round trips") {
  const auto uuid = Uuid::parse("6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11");
  REQUIRE(uuid);
  CHECK(uuid->to_string() == "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11");
  CHECK(uuid->bytes()[0] == std::byte{0x6f});
  CHECK(uuid->bytes()[15] == std::byte{0x11});
  CHECK(Uuid().to_string() == "00000000-0000-0000-0000-000000000000");
}

TEST_CASE("only the canonical text is accepted") {
  for (const char* text :
       {"", "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c1", "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c111",
        "6F1D0A5E-8A2E-4A52-9A51-0F6F6B3F2C11", "6f1d0a5e8a2e4a529a510f6f6b3f2c11",
        "{6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c1", "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2cg1",
        "6f1d0a5-e8a2e-4a52-9a51-0f6f6b3f2c11", "urn:uuid:6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"}) {
    CAPTURE(text);
    const auto uuid = Uuid::parse(text);
    REQUIRE_FALSE(uuid);
    CHECK(uuid.error().kind == ErrorKind::invalid);
  }
}

TEST_CASE("random UUIDs are version 4 and differ") {
  std::unordered_set<Uuid> seen;
  for (int i = 0; i < 100; ++i) {
    const Uuid uuid = Uuid::random();
    const std::string text = uuid.to_string();
    CHECK(text[14] == '4');
    CHECK(std::string("89ab").find(text[19]) != std::string::npos);
    CHECK(*Uuid::parse(text) == uuid);
    seen.insert(uuid);
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("UUIDs are ordered by their bytes") {
  const Uuid low = *Uuid::parse("00000000-0000-0000-0000-000000000001");
  const Uuid high = *Uuid::parse("80000000-0000-0000-0000-000000000000");
  CHECK(low < high);
  CHECK(std::set<Uuid>{high, low, high}.size() == 2);
}
