#include "common/http/body_content.h"

#include <string>

#include <doctest/doctest.h>

#include "common/async/loop.h"

namespace outhaul::http {
namespace {

class Reader final : public BodyReader {
 public:
  explicit Reader(Loop& loop) : readable_(loop) {}
  Bytes peek() override { return as_bytes(content); }
  void consume(std::size_t count) override { content.erase(0, count); }
  BodyState state() const override { return now; }
  Readiness& readable() override { return readable_; }
  const Fields& trailers() const override { return sent_trailers; }
  const Error& error() const override { return error_; }

  std::string content;
  BodyState now = BodyState::complete;
  Fields sent_trailers;

 private:
  Readiness readable_;
  Error error_{ErrorKind::closed, "cut"};
};

TEST_CASE("a message carries content unless it has ended and brought nothing") {
  Loop loop;
  Reader body(loop);
  CHECK_FALSE(carries_content(body));
  body.now = BodyState::open;
  CHECK(carries_content(body));
  body.now = BodyState::failed;
  CHECK(carries_content(body));
  body.now = BodyState::complete;
  body.content = "all of it is there already";
  CHECK(carries_content(body));
  body.content.clear();
  body.sent_trailers.add("x-sum", "1");
  CHECK(carries_content(body));
}

}  // namespace
}  // namespace outhaul::http
