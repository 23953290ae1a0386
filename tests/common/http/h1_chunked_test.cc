#include "common/http/h1_chunked.h"

#include <string>

#include <doctest/doctest.h>

namespace outhaul::http {
namespace {

using Status = ChunkedDecoder::Status;

/// Decodes to the end or to the first refusal.
Status run(ChunkedDecoder& decoder, std::string_view text, std::size_t piece = std::string::npos) {
  Status status = Status::need_more;
  while (!text.empty() && status != Status::failed && status != Status::complete) {
    Bytes input = as_bytes(text.substr(0, piece));
    const ChunkedDecoder::Step step = decoder.next(input);
    status = step.status;
    text.remove_prefix(step.consumed);
  }
  return status;
}

TEST_CASE("payload is a view of the input") {
  ChunkedDecoder decoder;
  const std::string text = "5\r\nhello\r\n0\r\n\r\n";
  const ChunkedDecoder::Step step = decoder.next(as_bytes(text));
  CHECK(step.status == Status::payload);
  CHECK(step.consumed == 8);
  CHECK(as_text(step.payload).data() == text.data() + 3);
  CHECK(as_text(step.payload) == "hello");
  const ChunkedDecoder::Step end = decoder.next(as_bytes(text).subspan(8));
  CHECK(end.status == Status::complete);
  CHECK(end.consumed == text.size() - 8);
  CHECK(decoder.next({}).status == Status::complete);
}

TEST_CASE("a chunk larger than the input comes in parts") {
  ChunkedDecoder decoder;
  CHECK(decoder.next(as_bytes("7fffffffffffffff\r\nabc")).payload.size() == 3);
  CHECK(decoder.next({}).status == Status::need_more);
  CHECK(as_text(decoder.next(as_bytes("0\r\n\r\n")).payload) == "0\r\n\r\n");
}

TEST_CASE("trailers are kept") {
  ChunkedDecoder decoder;
  REQUIRE(run(decoder, "0\r\nDigest: x\r\nB: y\r\n\r\n") == Status::complete);
  CHECK(decoder.trailers().size() == 2);
  CHECK(decoder.trailers().find("digest") == "x");
}

TEST_CASE("the size line is bounded") {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::string::npos}) {
    ChunkedDecoder fits(ChunkedLimits{.max_size_line_bytes = 10});
    CHECK(run(fits, "1;23456789\r\na\r\n0\r\n\r\n", piece) == Status::complete);
    ChunkedDecoder decoder(ChunkedLimits{.max_size_line_bytes = 10});
    CHECK(run(decoder, "1;234567890\r\na\r\n0\r\n\r\n", piece) == Status::failed);
    CHECK(decoder.fault().reason == FaultReason::head_too_large);
  }
}

TEST_CASE("extensions may not outgrow the payload") {
  const std::string tiny_chunk = "1;" + std::string(99, 'x') + "\r\na\r\n";
  std::string flood;
  for (int i = 0; i < 200; ++i)
    flood += tiny_chunk;
  ChunkedDecoder decoder;
  CHECK(run(decoder, flood) == Status::failed);
  CHECK(decoder.fault().reason == FaultReason::head_too_large);

  // What a client that signs each chunk sends.
  const std::string signed_chunk =
      "400;chunk-signature=" + std::string(64, 'f') + "\r\n" + std::string(1024, 'd') + "\r\n";
  std::string upload;
  for (int i = 0; i < 2000; ++i)
    upload += signed_chunk;
  ChunkedDecoder signed_decoder;
  CHECK(run(signed_decoder, upload + "0\r\n\r\n") == Status::complete);
}

TEST_CASE("trailers are bounded") {
  const ChunkedLimits limits{.trailers = {.max_head_bytes = 100, .max_fields = 2}};
  ChunkedDecoder many(limits);
  CHECK(run(many, "0\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n") == Status::failed);
  CHECK(many.fault().reason == FaultReason::too_many_fields);
  ChunkedDecoder large(limits);
  CHECK(run(large, "0\r\na: " + std::string(100, 'x') + "\r\n\r\n") == Status::failed);
  CHECK(large.fault().reason == FaultReason::head_too_large);
}

TEST_CASE("chunk headers") {
  CHECK(ChunkHeader(1).text() == "1\r\n");
  CHECK(ChunkHeader(0xabc0).text() == "abc0\r\n");
  CHECK(ChunkHeader(0xffffffffffffffffU).text() == "ffffffffffffffff\r\n");
}

TEST_CASE("what is encoded decodes") {
  Fields trailers;
  trailers.add("X-Sum", "7");
  PooledText text;
  for (const std::string_view part : {"hello ", "world"}) {
    text.append(ChunkHeader(part.size()).text()).append(part).append(chunk_end);
  }
  append_last_chunk(text, trailers);
  CHECK(text == "6\r\nhello \r\n5\r\nworld\r\n0\r\nx-sum: 7\r\n\r\n");
  ChunkedDecoder decoder;
  CHECK(run(decoder, std::string(text), 3) == Status::complete);
  CHECK(decoder.trailers().find("x-sum") == "7");
}

}  // namespace
}  // namespace outhaul::http
