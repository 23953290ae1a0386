#include "common/dns/resolution.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace outhaul::dns {

namespace {

// Which family's failure explains the lookup's best: a name that does not exist lacks every type;
// a server that failed says more than a type that is not there.
int weight(const FamilyReport& family) {
  if (family.source == Source::pending) return 0;
  switch (family.answer.kind) {
    case AnswerKind::no_name:
      return 4;
    case AnswerKind::failure:
      return 3;
    case AnswerKind::silence:
      return 2;
    case AnswerKind::no_address:
    case AnswerKind::records:
      break;
  }
  return 1;
}

}  // namespace

std::string_view to_string(Source source) {
  switch (source) {
    case Source::server:
      return "server";
    case Source::cache:
      return "cache";
    case Source::stale:
      return "stale";
    case Source::hosts_file:
      return "hosts file";
    case Source::pending:
      break;
  }
  return "late";
}

std::vector<Address> dial_order(std::vector<Address> v6, std::vector<Address> v4,
                                FamilyPreference preference) {
  const bool v4_first = preference == FamilyPreference::v4_first;
  const std::vector<Address>& first = v4_first ? v4 : v6;
  const std::vector<Address>& second = v4_first ? v6 : v4;
  std::vector<Address> order;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) order.push_back(first[i]);
    if (i < second.size()) order.push_back(second[i]);
  }
  return order;
}

Outcome make_outcome(std::string name, std::vector<FamilyReport> families,
                     FamilyPreference preference) {
  Outcome outcome;
  std::vector<Address> v6;
  std::vector<Address> v4;
  for (const FamilyReport& family : families) {
    if (family.source == Source::pending) continue;
    auto& target = family.type == RecordType::aaaa ? v6 : v4;
    target.insert(target.end(), family.answer.addresses.begin(), family.answer.addresses.end());
  }
  outcome.resolution.addresses = dial_order(std::move(v6), std::move(v4), preference);
  if (outcome.resolution.addresses.empty()) {
    const auto reason = std::max_element(
        families.begin(), families.end(),
        [](const FamilyReport& a, const FamilyReport& b) { return weight(a) < weight(b); });
    outcome.error = to_error({name, reason->type}, reason->answer);
    outcome.rcode = reason->answer.rcode;
  }
  outcome.resolution.name = std::move(name);
  outcome.resolution.families = std::move(families);
  return outcome;
}

}  // namespace outhaul::dns
