#include "common/dns/answer.h"

#include <cassert>

namespace outhaul::dns {

std::string_view to_string(RecordType type) {
  return type == RecordType::a ? "A" : "AAAA";
}

Error to_error(const Question& question, const Answer& answer) {
  assert(answer.kind != AnswerKind::addresses);
  const std::string by = " (asked " + answer.server.to_string() + ")";
  switch (answer.kind) {
    case AnswerKind::no_name:
      return {ErrorKind::dns_failure,
              "name " + question.name + " does not exist: NXDOMAIN" + by +
                  "; check its spelling and that this server knows the network it belongs to"};
    case AnswerKind::no_address:
      return {ErrorKind::dns_failure, "name " + question.name + " has no address: NODATA" + by +
                                          "; add an A or AAAA record"};
    case AnswerKind::failure:
      return {ErrorKind::dns_failure, "name " + question.name + " was not resolved: " +
                                          (answer.rcode.empty() ? answer.detail : answer.rcode) +
                                          by};
    case AnswerKind::addresses:
    case AnswerKind::silence:
      break;
  }
  return {ErrorKind::dns_timeout, "no DNS server answered for name " + question.name + ": " +
                                      answer.detail + by + "; check that the server is reachable"};
}

}  // namespace outhaul::dns
