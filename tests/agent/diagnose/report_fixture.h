#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/diagnose/diagnosis.h"
#include "agent/diagnose/diagnosis_options.h"

namespace outhaul::agent::testing {

inline IpAddress address(const std::string& text) {
  return *IpAddress::parse(text);
}

inline DiagnosisOptions options_for(const std::string& hostname, std::uint16_t port) {
  DiagnosisOptions options;
  options.service.hostname = hostname;
  options.service.port = port;
  return options;
}

inline dns::FamilyReport family(dns::RecordType type, dns::AnswerKind kind,
                                const std::vector<std::string>& addresses = {}) {
  dns::FamilyReport report;
  report.type = type;
  report.source = dns::Source::server;
  report.answer.kind = kind;
  report.answer.ttl_s = 60;
  report.answer.server = {address("10.0.0.53"), 53};
  for (const std::string& text : addresses)
    report.answer.addresses.push_back({address(text), 60});
  return report;
}

/// api.internal: no AAAA; 10.0.0.7 is allowed, 127.0.0.1 is not.
inline Diagnosis mixed_resolution() {
  Diagnosis diagnosis;
  dns::FamilyReport v4 =
      family(dns::RecordType::a, dns::AnswerKind::records, {"10.0.0.7", "127.0.0.1"});
  v4.answer.chain = {"web.internal"};
  dns::FamilyReport v6 = family(dns::RecordType::aaaa, dns::AnswerKind::no_address);
  v6.answer.rcode = "NODATA";
  diagnosis.trace.outcome =
      dns::make_outcome("api.internal", {v6, v4}, dns::FamilyPreference::v6_first);
  Refusal refusal;
  refusal.target = "127.0.0.1:8080";
  refusal.rule = "denied by default (loopback, 127.0.0.0/8)";
  refusal.lift = "--permit 127.0.0.1:8080";
  diagnosis.trace.verdicts = {
      {.address = address("10.0.0.7"), .port = 8080, .ttl_s = 60},
      {.address = address("127.0.0.1"), .refusal = refusal, .port = 8080, .ttl_s = 60}};
  diagnosis.system_servers = {{address("10.0.0.53"), 53}};
  diagnosis.step(Step::policy) = {StepState::ok, std::chrono::microseconds(40), {}};
  diagnosis.step(Step::dns) = {StepState::ok, std::chrono::microseconds(1260), "2 addresses"};
  diagnosis.step(Step::addresses) = {StepState::ok, {}, "1 of 2 addresses allowed"};
  return diagnosis;
}

/// The same service by SRV records: one target, and one whose name does not exist.
inline Diagnosis service_resolution() {
  Diagnosis diagnosis = mixed_resolution();
  const dns::Outcome outcome = *std::exchange(diagnosis.trace.outcome, std::nullopt);
  dns::ServiceOutcome service;
  service.name = "_http._tcp.api.internal";
  service.report = family(dns::RecordType::srv, dns::AnswerKind::records);
  service.servers = dns::ServerSet::of_suffix("internal", {{address("10.0.0.53"), 53}});
  service.targets.push_back({{10, 5, 8080, "node1.internal", 60}, outcome});
  service.targets.push_back({{20, 0, 8081, "node2.internal", 60}, {}});
  service.targets.back().outcome.error = Error{ErrorKind::dns_failure, "node2 does not exist"};
  for (const dns::ServiceTarget& target : service.targets)
    service.report.answer.services.push_back(target.record);
  diagnosis.trace.service = std::move(service);
  return diagnosis;
}

inline Diagnosis failed_at(Step step, tunnel::Failure failure, std::string detail) {
  Diagnosis diagnosis;
  diagnosis.failure = RelayFailure{failure, std::move(detail)};
  diagnosis.step(step) = {StepState::failed, std::chrono::microseconds(350),
                          diagnosis.failure->detail};
  return diagnosis;
}

}  // namespace outhaul::agent::testing
