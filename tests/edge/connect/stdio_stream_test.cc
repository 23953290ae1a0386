#include "edge/connect/stdio_stream.h"

#include <array>
#include <csignal>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/net/io.h"
#include "tests/support/run_task.h"

namespace outhaul::edge {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    read = net::Fd(ends[0]);
    write = net::Fd(ends[1]);
  }
  net::Fd read;
  net::Fd write;
};

Task<void> read_all(Loop& loop, net::ByteStream& stream, std::string& text) {
  for (;;) {
    auto got = co_await net::read_some(stream, loop.receive_buffer());
    REQUIRE(got);
    if (*got == 0) break;
    text += as_text(Bytes(loop.receive_buffer()).first(*got));
  }
}

Task<void> write_and_end(net::ByteStream& stream, std::string text) {
  const Result<void> written = co_await net::write_all(stream, as_bytes(text));
  CHECK(written);
  const Result<void> ended = co_await net::shutdown(stream);
  CHECK(ended);
}

TEST_CASE("pipes are read to their end, and closed to end the output") {
  Loop loop;
  Pipe input;
  Pipe output;
  StdioStream stream(loop, std::move(input.read), std::move(output.write));
  std::byte probe{};
  CHECK(stream.read(MutableBytes(&probe, 1)).status == net::IoStatus::would_block);
  REQUIRE(::write(input.write.get(), "in", 2) == 2);
  input.write.reset();
  std::string text;
  testing::run_task(loop, read_all(loop, stream, text));
  CHECK(text == "in");
  testing::run_task(loop, write_and_end(stream, "out"));
  std::array<char, 8> buffer{};
  CHECK(::read(output.read.get(), buffer.data(), buffer.size()) == 3);
  CHECK(::read(output.read.get(), buffer.data(), buffer.size()) == 0);
}

TEST_CASE("a device that epoll does not take is always ready") {
  Loop loop;
  StdioStream stream(loop, net::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
                     net::Fd(::open("/dev/null", O_WRONLY | O_CLOEXEC)));
  std::string text;
  testing::run_task(loop, read_all(loop, stream, text));
  CHECK(text.empty());
  testing::run_task(loop, write_and_end(stream, "out"));
}

TEST_CASE("a pipe that nobody reads is an error, O_NONBLOCK is put back") {
  Loop loop;
  Pipe input;
  Pipe output;
  const net::Fd shared(::dup(input.read.get()));
  {
    StdioStream stream(loop, std::move(input.read), std::move(output.write));
    CHECK((fcntl(shared.get(), F_GETFL) & O_NONBLOCK) != 0);
    output.read.reset();
    const std::string text = "out";
    const Bytes bytes = as_bytes(text);
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    CHECK(stream.write(std::span(&bytes, 1)).status == net::IoStatus::failed);
    std::signal(SIGPIPE, before);
    CHECK(stream.error().message.find("standard output") != std::string::npos);
  }
  CHECK((fcntl(shared.get(), F_GETFL) & O_NONBLOCK) == 0);
}

}  // namespace
}  // namespace outhaul::edge
