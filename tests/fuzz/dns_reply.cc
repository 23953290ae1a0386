// DNS responses: the low bit of the first byte picks the question, the rest is the message.
#include "common/dns/message.h"
#include "common/dns/resolver_limits.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

void check_answer(const dns::Question& question, const dns::Answer& answer) {
  require(answer.chain.size() <= dns::max_chain, "the chain is bounded");
  require(answer.addresses.size() <= dns::max_addresses, "the addresses are bounded");
  require((answer.kind == dns::AnswerKind::addresses) == !answer.addresses.empty(),
          "addresses come with their kind only");
  for (const dns::Address& address : answer.addresses) {
    require(address.ip.is_v4() == (question.type == dns::RecordType::a),
            "addresses are of the type asked");
    require(answer.ttl_s <= address.ttl_s, "no address is used longer than it may be");
  }
  require(!answer.negative() || answer.ttl_known || answer.ttl_s == 0, "an unknown TTL is 0");
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul;
  if (size == 0) return 0;
  const dns::Question question{"app.internal",
                               data[0] % 2 == 0 ? dns::RecordType::a : dns::RecordType::aaaa};
  const auto answer = dns::read_reply(as_bytes(fuzz::text_of(data + 1, size - 1)), question);
  if (answer) fuzz::check_answer(question, *answer);
  return 0;
}
