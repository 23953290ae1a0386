// DNS responses: the first byte picks the question, the rest is the message.
#include "common/dns/message.h"
#include "common/dns/name.h"
#include "common/dns/resolver_limits.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

void check_answer(const dns::Question& question, const dns::Answer& answer) {
  require(answer.chain.size() <= dns::max_chain, "the chain is bounded");
  require(answer.addresses.size() <= dns::max_addresses, "the addresses are bounded");
  require(answer.services.size() <= dns::max_services, "the services are bounded");
  const bool records = !answer.addresses.empty() || !answer.services.empty();
  require((answer.kind == dns::AnswerKind::records) == records, "records come with their kind");
  require(answer.addresses.empty() || question.type != dns::RecordType::srv,
          "no addresses for a service");
  require(answer.services.empty() || question.type == dns::RecordType::srv,
          "no services for a host");
  for (const dns::ServiceRecord& service : answer.services) {
    const auto canonical = dns::canonical_name(service.target);
    require(service.target.empty() || (canonical && *canonical == service.target),
            "targets are canonical");
    require(answer.ttl_s <= service.ttl_s, "no service is used longer than it may be");
  }
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
  // An odd byte has always been AAAA, so that older corpora keep their meaning.
  dns::Question question{"app.internal", dns::RecordType::aaaa};
  if (data[0] % 2 == 0) {
    question.type = data[0] % 4 == 2 ? dns::RecordType::srv : dns::RecordType::a;
  }
  const auto answer = dns::read_reply(as_bytes(fuzz::text_of(data + 1, size - 1)), question);
  if (answer) fuzz::check_answer(question, *answer);
  return 0;
}
