#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "common/async/combinators.h"
#include "common/http/body.h"
#include "common/http/h1_body_reader.h"
#include "common/http/h1_body_writer.h"
#include "common/net/io.h"
#include "common/net/memory_stream.h"
#include "tests/support/run_task.h"

using namespace outhaul;
using namespace outhaul::http;
using namespace std::chrono_literals;

namespace {

std::string pattern(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

/// Takes everything, in pieces of at most `piece` bytes.
class CollectingWriter final : public BodyWriter {
 public:
  CollectingWriter(Loop& loop, std::size_t piece) : piece_(piece), writable_(loop) {
    writable_.set();
  }
  std::size_t write(Bytes data) override {
    const Bytes taken = data.first(std::min(piece_, data.size()));
    collected += as_text(taken);
    return taken.size();
  }
  bool has_room() const override { return true; }
  void finish(const Fields& fields) override {
    trailers = fields;
    finished = true;
  }
  bool drained() const override { return finished; }
  void drive() override {}
  Readiness& writable() override { return writable_; }
  bool failed() const override { return false; }
  const Error& error() const override { return error_; }

  std::string collected;
  Fields trailers;
  bool finished = false;

 private:
  std::size_t piece_;
  Readiness writable_;
  Error error_;
};

struct Received {
  Result<void> result;
  std::string body;
  Fields trailers;
  bool finished = false;
  std::string rest;
};

Task<void> receive(Loop& loop, net::ByteStream& stream, Framing framing, std::size_t piece,
                   std::unique_ptr<Received>& received) {
  ByteQueue input;
  H1BodyReader reader(stream, input, framing);
  CollectingWriter writer(loop, piece);
  PumpEnd end;
  Result<void> result = co_await pump(loop, reader, writer, PumpLimits(), end);
  received = std::make_unique<Received>(std::move(result));
  received->body = writer.collected;
  received->trailers = writer.trailers;
  received->finished = writer.finished;
  while (!input.empty()) {
    received->rest += as_text(input.front());
    input.consume(input.front().size());
  }
}

Task<void> send_raw_and_receive(Loop& loop, std::string wire, Framing framing, std::size_t cut,
                                std::unique_ptr<Received>& received) {
  net::MemoryStreamOptions options;
  options.read_cut = {net::Cut::Mode::fixed, cut};
  auto pair = net::MemoryStream::make_pair(loop, options);
  const Result<void> written = co_await net::write_all(*pair.first, as_bytes(wire));
  CHECK(written);
  pair.first->shutdown_write();
  co_await receive(loop, *pair.second, framing, 5, received);
}

std::unique_ptr<Received> receive_wire(const std::string& wire, const Framing& framing,
                                       std::size_t cut) {
  Loop loop;
  std::unique_ptr<Received> received;
  testing::run_task(loop, send_raw_and_receive(loop, wire, framing, cut, received));
  return received;
}

/// A body that is all there from the start.
class TextReader final : public BodyReader {
 public:
  TextReader(Loop& loop, std::string text) : text_(std::move(text)), readable_(loop) {
    readable_.set();
  }
  Bytes peek() override { return as_bytes(text_).subspan(used_); }
  void consume(std::size_t count) override { used_ += count; }
  BodyState state() const override { return BodyState::complete; }
  Readiness& readable() override { return readable_; }
  const Fields& trailers() const override { return fields; }
  const Error& error() const override { return error_; }
  Fields fields;

 private:
  std::string text_;
  std::size_t used_ = 0;
  Readiness readable_;
  Error error_;
};

Task<Result<void>> send_body(Loop& loop, net::ByteStream& stream, std::string text,
                             Framing framing) {
  TextReader reader(loop, std::move(text));
  reader.fields.add("x-sum", "42");
  reader.fields.add("content-length", "7");
  H1BodyWriter writer(stream, "HEAD", framing);
  PumpEnd end;
  Result<void> sent = co_await pump(loop, reader, writer, PumpLimits(), end);
  co_return sent;
}

Task<Result<void>> read_until_head_and_body(Loop& loop, net::ByteStream& stream, Framing framing,
                                            std::unique_ptr<Received>& received) {
  std::string head;
  while (head.size() < 4) {
    std::byte one{};
    const Result<std::size_t> got = co_await net::read_some(stream, MutableBytes(&one, 1));
    CHECK(got);
    head += static_cast<char>(one);
  }
  CHECK(head == "HEAD");
  co_await receive(loop, stream, framing, 1000, received);
  co_return Result<void>();
}

Task<void> round_trip(Loop& loop, std::string text, Framing framing,
                      net::MemoryStreamOptions options) {
  auto pair = net::MemoryStream::make_pair(loop, options);
  std::unique_ptr<Received> received;
  Task<Result<void>> sending = send_body(loop, *pair.first, text, framing);
  Task<Result<void>> reading = read_until_head_and_body(loop, *pair.second, framing, received);
  const Result<void> done = co_await both(std::move(sending), std::move(reading));
  CHECK(done);
  REQUIRE(received);
  CHECK(received->result);
  CHECK(received->body == text);
  CHECK(received->finished);
  if (framing.kind == BodyKind::chunked) {
    CHECK(received->trailers.find("x-sum") == "42");
    CHECK_FALSE(received->trailers.contains("content-length"));
  }
}

Task<void> stalls(Loop& loop) {
  net::MemoryStreamOptions options;
  options.capacity = 100;
  auto pair = net::MemoryStream::make_pair(loop, options);
  TextReader reader(loop, pattern(1000));
  H1BodyWriter writer(*pair.first, "", Framing{.kind = BodyKind::content_length, .length = 1000});
  PumpEnd end;
  PumpLimits limits;
  limits.write_stall = 1ms;
  const Result<void> sent = co_await pump(loop, reader, writer, limits, end);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().kind == ErrorKind::timed_out);
  CHECK(end.timed_out);
  CHECK_FALSE(end.reader_failed);
  CHECK(end.bytes == 100);
}

}  // namespace

TEST_CASE("bodies arrive whole wherever the bytes were cut, and the rest is left") {
  for (std::size_t cut = 1; cut < 12; ++cut) {
    auto exact = receive_wire("hello worldNEXT",
                              Framing{.kind = BodyKind::content_length, .length = 11}, cut);
    CHECK(exact->result);
    CHECK(exact->body == "hello world");
    CHECK(std::string("NEXT").starts_with(exact->rest));

    auto chunked = receive_wire("5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nx-t: 1\r\n\r\n",
                                Framing{.kind = BodyKind::chunked}, cut);
    CHECK(chunked->result);
    CHECK(chunked->body == "hello world");
    CHECK(chunked->trailers.find("x-t") == "1");

    auto until_close = receive_wire("to the end", Framing{.kind = BodyKind::until_close}, cut);
    CHECK(until_close->result);
    CHECK(until_close->body == "to the end");
  }
}

TEST_CASE("a body that is cut off never looks complete") {
  for (const Framing framing : {Framing{.kind = BodyKind::content_length, .length = 20},
                                Framing{.kind = BodyKind::chunked}}) {
    auto received = receive_wire("5\r\nhello\r\n", framing, 100);
    REQUIRE_FALSE(received->result);
    CHECK(received->result.error().kind == ErrorKind::closed);
    CHECK_FALSE(received->finished);
  }
  auto broken = receive_wire("zz\r\nhello\r\n", Framing{.kind = BodyKind::chunked}, 100);
  REQUIRE_FALSE(broken->result);
  CHECK(broken->result.error().kind == ErrorKind::protocol);
}

TEST_CASE("what the writer frames the reader understands, through narrow streams") {
  const std::string text = pattern(200'000);
  for (const std::size_t capacity : {1U, 7U, 1000U, 65536U}) {
    for (const net::Cut cut : {net::Cut{}, net::Cut{net::Cut::Mode::random, 9000}}) {
      Loop loop;
      net::MemoryStreamOptions options;
      options.capacity = capacity;
      options.write_cut = cut;
      options.read_cut = cut;
      testing::run_task(loop, round_trip(loop, capacity == 1 ? pattern(3000) : text,
                                         Framing{.kind = BodyKind::chunked}, options));
      const std::size_t size = capacity == 1 ? 3000 : text.size();
      testing::run_task(
          loop, round_trip(loop, pattern(size),
                           Framing{.kind = BodyKind::content_length, .length = size}, options));
    }
  }
}

TEST_CASE("a writer refuses more or less than its content-length") {
  Loop loop;
  auto pair = net::MemoryStream::make_pair(loop, {});
  H1BodyWriter longer(*pair.first, "", Framing{.kind = BodyKind::content_length, .length = 3});
  CHECK(longer.write(as_bytes("four")) == 0);
  CHECK(longer.failed());
  H1BodyWriter shorter(*pair.first, "", Framing{.kind = BodyKind::content_length, .length = 5});
  CHECK(shorter.write(as_bytes("four")) == 4);
  shorter.finish({});
  CHECK(shorter.failed());
}

TEST_CASE("a receiver that takes nothing ends the pump in time") {
  Loop loop;
  testing::run_task(loop, stalls(loop));
}
