#include "common/net/memory_stream.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "common/net/io.h"
#include "tests/support/run_task.h"

using namespace outhaul;
using namespace outhaul::net;

namespace {

IoResult put(ByteStream& stream, std::string_view text) {
  const Bytes part = as_bytes(text);
  return stream.write(std::span(&part, 1));
}

struct Got {
  IoStatus status;
  std::string text;
};

Got get(ByteStream& stream, std::size_t size = 100) {
  std::string text(size, '\0');
  const IoResult result = stream.read(std::as_writable_bytes(std::span(text.data(), size)));
  text.resize(result.bytes);
  return {result.status, text};
}

Task<void> read_to_end(ByteStream& stream, std::string& text) {
  std::array<std::byte, 3> buffer{};
  for (;;) {
    const auto got = co_await read_some(stream, buffer);
    REQUIRE(got);
    if (*got == 0) co_return;
    text += as_text(Bytes(buffer).first(*got));
  }
}

Task<void> write_and_end(ByteStream& stream, std::string_view text) {
  const auto written = co_await write_all(stream, as_bytes(text));
  REQUIRE(written);
  const auto ended = co_await shutdown(stream);
  REQUIRE(ended);
}

Task<void> transfer(Loop& loop, ByteStream& from, ByteStream& to, std::string_view text,
                    std::string& received) {
  Scope scope(loop);
  scope.spawn(read_to_end(to, received));
  scope.spawn(write_and_end(from, text));
  co_await scope.drained();
}

}  // namespace

TEST_CASE("memory streams are bounded and wake the other end") {
  Loop loop;
  auto [first, second] =
      MemoryStream::make_pair(loop, {.capacity = 4, .read_cut = {}, .write_cut = {}});
  CHECK(get(*second).status == IoStatus::would_block);
  CHECK_FALSE(second->readable().is_set());
  CHECK(put(*first, "abcdef").bytes == 4);
  CHECK(second->readable().is_set());
  CHECK(put(*first, "ef").status == IoStatus::would_block);
  CHECK_FALSE(first->writable().is_set());
  CHECK(get(*second, 3).text == "abc");
  CHECK(first->writable().is_set());
  CHECK(put(*first, "ef").bytes == 2);
  CHECK(get(*second).text == "def");

  std::string received;
  outhaul::testing::run_task(loop, transfer(loop, *first, *second, "a longer text", received));
  CHECK(received == "a longer text");
}

TEST_CASE("memory streams gather parts and cut as told") {
  Loop loop;
  auto [first, second] = MemoryStream::make_pair(
      loop, {.read_cut = {Cut::Mode::fixed, 2}, .write_cut = {Cut::Mode::fixed, 3}});
  const std::array<Bytes, 3> parts{as_bytes("a"), as_bytes(""), as_bytes("bcd")};
  CHECK(first->write(parts).bytes == 3);
  CHECK(get(*second).text == "ab");
  CHECK(get(*second).text == "c");
  CHECK(second->bytes_read() == 3);
  CHECK(first->bytes_written() == 3);
}

TEST_CASE("half-close and destruction") {
  Loop loop;
  auto [first, second] = MemoryStream::make_pair(loop, {});
  CHECK(put(*first, "last words").status == IoStatus::done);
  CHECK(first->shutdown_write().status == IoStatus::done);
  CHECK(put(*second, "answer").status == IoStatus::done);
  CHECK(get(*first).text == "answer");
  first.reset();
  CHECK(get(*second).text == "last words");
  CHECK(get(*second).status == IoStatus::end);
  CHECK(put(*second, "more").status == IoStatus::failed);
  CHECK(second->error().kind == ErrorKind::reset);
}

TEST_CASE("reset reaches both ends at once") {
  Loop loop;
  auto [first, second] = MemoryStream::make_pair(loop, {});
  CHECK(put(*first, "lost").status == IoStatus::done);
  first->reset();
  CHECK(get(*first).status == IoStatus::failed);
  CHECK(first->error().kind == ErrorKind::cancelled);
  CHECK(get(*second).status == IoStatus::failed);
  CHECK(put(*second, "x").status == IoStatus::failed);
  CHECK(second->error().kind == ErrorKind::reset);
}

TEST_CASE("held back data and an injected end or failure") {
  Loop loop;
  auto [first, second] = MemoryStream::make_pair(loop, {});
  first->hold();
  CHECK(put(*first, "later").status == IoStatus::done);
  CHECK(get(*second).status == IoStatus::would_block);
  first->release();
  CHECK(get(*second).text == "later");
  SUBCASE("end") {
    second->inject_end();
    CHECK(get(*second).status == IoStatus::end);
  }
  SUBCASE("failure") {
    second->inject_failure(Error{ErrorKind::timed_out, "read from nowhere: timed out"});
    CHECK(get(*second).status == IoStatus::failed);
    CHECK(second->error().kind == ErrorKind::timed_out);
    CHECK(get(*first).status == IoStatus::failed);
  }
}
