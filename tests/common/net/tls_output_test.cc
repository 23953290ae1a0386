#include "common/net/tls_output.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::net;

namespace {

std::string drain(TlsOutput& output, std::size_t piece) {
  std::string text;
  while (!output.empty()) {
    const Bytes front = output.front();
    const std::size_t size = std::min(piece, front.size());
    text += as_text(front.first(size));
    output.consume(size);
  }
  return text;
}

std::string letters(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>('a' + i % 26);
  return text;
}

}  // namespace

TEST_CASE("the output stage keeps order, in its block, compacted and beyond it") {
  const std::string text = letters(200'000);
  TlsOutput output;
  std::string sent;
  std::size_t taken = 0;
  for (std::size_t size = 1; taken < text.size(); size = size * 3 % 5000 + 1) {
    const std::size_t count = std::min(size, text.size() - taken);
    REQUIRE(output.append(as_bytes(text).subspan(taken, count)));
    taken += count;
    // Less leaves than arrives, so that the block runs full.
    const std::size_t some = std::min(count / 2, output.front().size());
    sent += as_text(output.front().first(some));
    output.consume(some);
  }
  CHECK(output.size() == text.size() - sent.size());
  CHECK(output.room() == 0);
  sent += drain(output, 777);
  CHECK(sent == text);
  CHECK(output.room() == tls_block_size);
}

TEST_CASE("the output stage has an end: answers that nobody reads") {
  TlsOutput output;
  const std::string answer = letters(27);
  std::size_t waiting = 0;
  while (output.append(as_bytes(answer)))
    waiting += answer.size();
  CHECK(waiting <= std::size_t{256} * 1024);
  CHECK(waiting > std::size_t{255} * 1024);
  CHECK(output.size() == waiting);
  CHECK(drain(output, 1000).size() == waiting);
  CHECK(output.append(as_bytes(answer)));
}
