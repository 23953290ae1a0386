#include "common/async/start_memory.h"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include <dlfcn.h>
#include <doctest/doctest.h>

using namespace outhaul;

namespace {

/// The code of a library that nothing of this program uses.
struct Code {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::size_t resident_kib = 0;

  std::size_t size_kib() const { return (end - begin) / 1024; }
};

Code library_code() {
  std::ifstream file("/proc/self/smaps");
  Code code;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    if (second == "r-xp" && line.find("libcrypto") != std::string::npos) {
      code.begin = std::stoull(first, nullptr, 16);
      code.end = std::stoull(first.substr(first.find('-') + 1), nullptr, 16);
    }
    if (code.begin != 0 && first == "Rss:") {
      code.resident_kib = std::stoull(second);
      break;
    }
  }
  return code;
}

/// Reads a byte of each page.
unsigned touch(const Code& code) {
  unsigned sum = 0;
  for (std::uintptr_t at = code.begin; at < code.end; at += 4096)
    sum += *reinterpret_cast<const volatile unsigned char*>(at);
  return sum;
}

}  // namespace

TEST_CASE("code that the start has used is unmapped, and is there again when it is used") {
  void* const library = ::dlopen("libcrypto.so.3", RTLD_NOW);
  REQUIRE(library != nullptr);
  const unsigned before = touch(library_code());
  const Code used = library_code();
  REQUIRE(used.begin != 0);
  REQUIRE(used.resident_kib > used.size_kib() / 2);
  release_start_memory();
  CHECK(library_code().resident_kib < used.size_kib() / 4);
  CHECK(touch(library_code()) == before);
  ::dlclose(library);
}
