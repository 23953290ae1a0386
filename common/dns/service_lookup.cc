#include "common/dns/service_lookup.h"

#include <algorithm>
#include <utility>

#include "common/async/combinators.h"
#include "common/async/scope.h"

namespace outhaul::dns {

namespace {

Task<void> look_up_into(Outcome& outcome, Task<Outcome> lookup) {
  outcome = co_await lookup;
}

Task<Result<void>> until_drained(Scope& scope) {
  co_await scope.drained();
  co_return Result<void>();
}

Error not_offered(const ServiceOutcome& outcome) {
  return {ErrorKind::dns_failure,
          "service " + outcome.name +
              " is not offered: its SRV record has the target \".\" (asked " +
              outcome.report.answer.server.to_string() +
              "); the domain's owner switched it off on purpose"};
}

}  // namespace

ServiceOutcome begin_service_outcome(std::string name, FamilyReport report, ServerSet servers,
                                     const RandomBelow& random) {
  ServiceOutcome outcome;
  outcome.name = std::move(name);
  outcome.report = std::move(report);
  outcome.servers = std::move(servers);
  const Answer& answer = outcome.report.answer;
  if (answer.kind != AnswerKind::records) {
    outcome.error = to_error({outcome.name, RecordType::srv}, answer);
    outcome.rcode = answer.rcode;
    return outcome;
  }
  for (ServiceRecord& record : service_order(answer.services, random)) {
    if (record.target.empty() || outcome.targets.size() == max_service_targets) continue;
    ServiceTarget target;
    target.record = std::move(record);
    target.outcome.error =
        Error{ErrorKind::dns_timeout, "no DNS server answered in time for " + target.record.target +
                                          ", a target of " + outcome.name +
                                          "; check that the server is reachable"};
    outcome.targets.push_back(std::move(target));
  }
  if (outcome.targets.empty()) outcome.error = not_offered(outcome);
  return outcome;
}

Task<void> look_up_targets(Loop& loop, ServiceOutcome& outcome, LookUpTarget look_up,
                           Duration limit) {
  Scope lookups(loop);
  for (ServiceTarget& target : outcome.targets)
    lookups.spawn(look_up_into(target.outcome, look_up(target.record.target)));
  Task<Result<void>> waiting = until_drained(lookups);
  // In time or not: what is there, is there.
  const Result<void> drained =
      co_await with_deadline(loop, std::move(waiting), limit, "looking up the targets");
  if (!drained) lookups.cancel_all();
  const bool found = std::ranges::any_of(
      outcome.targets, [](const ServiceTarget& target) { return !target.outcome.error; });
  if (found || outcome.targets.empty()) co_return;
  outcome.error = outcome.targets.front().outcome.error;
  outcome.rcode = outcome.targets.front().outcome.rcode;
}

}  // namespace outhaul::dns
