#include "common/http/replay_body.h"

#include <string>

#include <doctest/doctest.h>

#include "common/async/loop.h"

using namespace outhaul;
using namespace outhaul::http;

namespace {

/// A body that is there from the beginning.
class WholeBody final : public BodyReader {
 public:
  WholeBody(Loop& loop, std::string text) : text_(std::move(text)), readable_(loop) {}
  Bytes peek() override { return as_bytes(text_).subspan(position_); }
  void consume(std::size_t count) override { position_ += count; }
  BodyState state() const override { return BodyState::complete; }
  Readiness& readable() override { return readable_; }
  const Fields& trailers() const override { return trailers_; }
  const Error& error() const override { return error_; }

 private:
  std::string text_;
  std::size_t position_ = 0;
  Readiness readable_;
  Fields trailers_;
  Error error_;
};

std::string read(BodyReader& body, std::size_t count) {
  const Bytes data = body.peek();
  std::string text(as_text(data.first(std::min(count, data.size()))));
  body.consume(text.size());
  return text;
}

}  // namespace

TEST_CASE("what was read of a body can be read again") {
  Loop loop;
  WholeBody source(loop, "abcdef");
  ReplayBudget budget(100);
  ReplayBody body(source, budget, 10);
  CHECK(read(body, 2) == "ab");
  CHECK(read(body, 2) == "cd");
  CHECK(budget.left() == 96);
  body.rewind();
  CHECK(body.state() == BodyState::open);
  CHECK(read(body, 3) == "abc");
  CHECK(read(body, 3) == "d");
  CHECK(read(body, 3) == "ef");
  CHECK(body.state() == BodyState::complete);
  CHECK(body.whole());
  body.forget();
  CHECK_FALSE(body.whole());
  CHECK(budget.left() == 100);
}

TEST_CASE("a body is kept as far as its limit and the budget of all") {
  Loop loop;
  WholeBody source(loop, "abcdef");
  ReplayBudget budget(100);
  ReplayBody body(source, budget, 3);
  CHECK(read(body, 3) == "abc");
  CHECK(body.whole());
  CHECK(read(body, 1) == "d");
  CHECK_FALSE(body.whole());
  WholeBody other_source(loop, "abcdef");
  ReplayBudget small(2);
  ReplayBody other(other_source, small, 10);
  CHECK(read(other, 3) == "abc");
  CHECK_FALSE(other.whole());
}
