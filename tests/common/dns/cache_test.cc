#include "common/dns/cache.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::dns;
using namespace std::chrono_literals;
using State = Cache::State;

namespace {

const Question question{"app.internal", RecordType::a};
const TimePoint start = TimePoint() + 1h;

std::shared_ptr<const Answer> addresses(std::uint32_t ttl_s) {
  Answer answer;
  answer.kind = AnswerKind::records;
  answer.addresses.push_back({*IpAddress::parse("10.0.0.1"), ttl_s});
  answer.ttl_s = ttl_s;
  answer.ttl_known = true;
  return std::make_shared<const Answer>(std::move(answer));
}

std::shared_ptr<const Answer> of_kind(AnswerKind kind) {
  Answer answer;
  answer.kind = kind;
  return std::make_shared<const Answer>(std::move(answer));
}

}  // namespace

TEST_CASE("an answer lives for its TTL and may stand in afterwards") {
  const Limits limits;
  Cache cache(limits);
  CHECK(cache.find(question, start).state == State::miss);
  cache.store(question, addresses(10), start, 1s);
  CHECK(cache.find(question, start + 3s).state == State::fresh);
  CHECK(cache.find(question, start + 3s).remaining_s == 7);
  CHECK(cache.find(question, start + 10s).state == State::stale);
  CHECK(cache.find(question, start + 10s + limits.stale_for).state == State::miss);
  CHECK(cache.find({question.name, RecordType::aaaa}, start).state == State::miss);
}

TEST_CASE("TTLs are clamped") {
  const Limits limits;
  Cache cache(limits);
  cache.store(question, addresses(0), start, 1s);
  CHECK(cache.find(question, start + 999ms).state == State::fresh);
  cache.store(question, addresses(86400), start, 1s);
  CHECK(cache.find(question, start + 299s).state == State::fresh);
  CHECK(cache.find(question, start + 300s).state == State::stale);
}

TEST_CASE("negative answers are kept, but not past their end") {
  const Limits limits;
  Cache cache(limits);
  cache.store(question, of_kind(AnswerKind::no_name), start, 1s);
  CHECK(cache.find(question, start + 4s).state == State::fresh);
  CHECK(cache.find(question, start + 5s).state == State::miss);
}

TEST_CASE("a failure is remembered shortly and leaves the old answer for stale use") {
  const Limits limits;
  Cache cache(limits);
  cache.store(question, of_kind(AnswerKind::silence), start, 1s);
  CHECK(cache.find(question, start).state == State::failed);
  CHECK(cache.find(question, start + 1s).state == State::miss);
  CHECK(cache.find(question, start + 1s).failing);

  cache.store(question, addresses(10), start, 1s);
  CHECK(!cache.find(question, start + 10s).failing);
  cache.store(question, of_kind(AnswerKind::failure), start + 10s, 1s);
  auto found = cache.find(question, start + 10s);
  CHECK(found.state == State::stale);
  CHECK(found.failing);
  CHECK(!found.refresh);
  CHECK(cache.find(question, start + 11s).refresh);

  cache.store(question, of_kind(AnswerKind::no_name), start + 12s, 1s);
  CHECK(cache.find(question, start + 12s).answer->kind == AnswerKind::no_name);
}

TEST_CASE("hot names are due for a refresh near their end") {
  const Limits limits;
  Cache cache(limits);
  cache.store(question, addresses(100), start, 1s);
  CHECK(!cache.find(question, start + 95s).refresh);
  CHECK(cache.find(question, start + 95s).refresh);
  CHECK(!cache.find(question, start + 80s).refresh);
}

TEST_CASE("a full cache drops the least recently used name") {
  Limits limits;
  limits.cache_entries = 3;
  Cache cache(limits);
  for (const char* name : {"a", "b", "c"})
    cache.store({name, RecordType::a}, addresses(60), start, 1s);
  cache.find({"a", RecordType::a}, start);
  cache.store({"d", RecordType::a}, addresses(60), start, 1s);
  CHECK(cache.size() == 3);
  CHECK(cache.evictions() == 1);
  CHECK(cache.find({"a", RecordType::a}, start).state == State::fresh);
  CHECK(cache.find({"b", RecordType::a}, start).state == State::miss);
  cache.clear();
  CHECK(cache.size() == 0);
  CHECK(cache.find({"a", RecordType::a}, start).state == State::miss);
}
