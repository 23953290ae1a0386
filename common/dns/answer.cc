#include "common/dns/answer.h"

#include <cassert>

namespace outhaul::dns {

std::string_view to_string(RecordType type) {
  switch (type) {
    case RecordType::aaaa:
      return "AAAA";
    case RecordType::srv:
      return "SRV";
    case RecordType::a:
      break;
  }
  return "A";
}

Error to_error(const Question& question, const Answer& answer) {
  assert(answer.kind != AnswerKind::records);
  const std::string by = " (asked " + answer.server.to_string() + ")";
  switch (answer.kind) {
    case AnswerKind::no_name:
      return {ErrorKind::dns_failure,
              "name " + question.name + " does not exist: NXDOMAIN" + by +
                  "; check its spelling and that this server knows the network it belongs to"};
    case AnswerKind::no_address:
      return {ErrorKind::dns_failure,
              "name " + question.name + " has no " +
                  (question.type == RecordType::srv ? "SRV record" : "address") + ": NODATA" + by +
                  (question.type == RecordType::srv ? "" : "; add an A or AAAA record")};
    case AnswerKind::failure:
      return {ErrorKind::dns_failure, "name " + question.name + " was not resolved: " +
                                          (answer.rcode.empty() ? answer.detail : answer.rcode) +
                                          by};
    case AnswerKind::records:
    case AnswerKind::silence:
      break;
  }
  return {ErrorKind::dns_timeout, "no DNS server answered for name " + question.name + ": " +
                                      answer.detail + by + "; check that the server is reachable"};
}

}  // namespace outhaul::dns
