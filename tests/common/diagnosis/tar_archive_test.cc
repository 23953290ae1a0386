#include "common/base/tar_archive.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul;

namespace {

std::string sample() {
  TarArchive archive(1'700'000'000);
  archive.add("backup/empty", "");
  archive.add("backup/block", std::string(512, 'b'));
  archive.add("backup/odd", "an odd number of bytes");
  return std::move(archive).finish();
}

}  // namespace

TEST_CASE("an archive gives back what was put in, byte by byte") {
  const auto members = read_tar(sample());
  REQUIRE(members);
  REQUIRE(members->size() == 3);
  CHECK(members->at(0).name == "backup/empty");
  CHECK(members->at(0).contents.empty());
  CHECK(members->at(1).contents == std::string(512, 'b'));
  CHECK(members->at(2).contents == "an odd number of bytes");
}

TEST_CASE("an archive that was cut anywhere is refused") {
  const std::string whole = sample();
  // Two blocks of zeros end it; the first one is enough to tell.
  for (std::size_t size = 0; size <= whole.size() - 2 * 512; size += 64) {
    CAPTURE(size);
    CHECK_FALSE(read_tar(whole.substr(0, size)));
  }
}

TEST_CASE("a header with a flipped bit is refused") {
  const std::string whole = sample();
  for (const std::size_t at : {0U, 100U, 124U, 130U, 156U, 300U, 511U}) {
    CAPTURE(at);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CHECK_FALSE(read_tar(damaged));
  }
}

TEST_CASE("what is no archive is refused") {
  CHECK_FALSE(read_tar(""));
  CHECK_FALSE(read_tar(std::string(4096, 'x')));
  CHECK_FALSE(read_tar("SQLite format 3"));
}
