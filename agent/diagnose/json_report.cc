#include "agent/diagnose/json_report.h"

#include <string_view>

#include <nlohmann/json.hpp>

#include "agent/diagnose/advice.h"

namespace outhaul::agent {

namespace {

using nlohmann::ordered_json;

double milliseconds(Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string_view kind_text(dns::AnswerKind kind) {
  switch (kind) {
    case dns::AnswerKind::records:
      return "addresses";
    case dns::AnswerKind::no_name:
      return "no_name";
    case dns::AnswerKind::no_address:
      return "no_address";
    case dns::AnswerKind::failure:
      return "failure";
    case dns::AnswerKind::silence:
      break;
  }
  return "silence";
}

std::string_view source_key(dns::Source source) {
  // The one name with a space in it.
  return source == dns::Source::hosts_file ? "hosts_file" : dns::to_string(source);
}

/// What the cache had to do with an answer.
std::string_view cache_text(dns::Source source) {
  if (source == dns::Source::cache) return "fresh";
  return source == dns::Source::stale ? "stale" : "miss";
}

ordered_json family_json(const dns::FamilyReport& family) {
  ordered_json object = {{"type", dns::to_string(family.type)},
                         {"source", source_key(family.source)}};
  if (family.source == dns::Source::pending) return object;
  const dns::Answer& answer = family.answer;
  if (family.source != dns::Source::hosts_file) {
    object["cache"] = cache_text(family.source);
    object["server"] = answer.server.to_string();
  }
  object["result"] = answer.services.empty() ? kind_text(answer.kind) : "services";
  if (!answer.rcode.empty()) object["rcode"] = answer.rcode;
  object["chain"] = answer.chain;
  if (answer.kind == dns::AnswerKind::records || answer.ttl_known) object["ttl_s"] = answer.ttl_s;
  if (family.type != dns::RecordType::srv) {
    ordered_json addresses = ordered_json::array();
    for (const dns::Address& address : answer.addresses)
      addresses.push_back({{"address", address.ip.to_string()}, {"ttl_s", address.ttl_s}});
    object["addresses"] = std::move(addresses);
  }
  if (!answer.detail.empty()) object["detail"] = answer.detail;
  return object;
}

ordered_json families_json(const dns::Outcome& outcome) {
  ordered_json families = ordered_json::array();
  for (const dns::FamilyReport& family : outcome.resolution.families)
    families.push_back(family_json(family));
  return families;
}

ordered_json service_json(const dns::ServiceOutcome& service) {
  ordered_json object = {{"name", service.name}};
  object.update(family_json(service.report));
  ordered_json targets = ordered_json::array();
  for (const dns::ServiceTarget& target : service.targets) {
    targets.push_back({{"priority", target.record.priority},
                       {"weight", target.record.weight},
                       {"target", target.record.target},
                       {"port", target.record.port},
                       {"families", families_json(target.outcome)}});
  }
  object["targets"] = std::move(targets);
  return object;
}

ordered_json asked_json(const dns::ServerSet& asked, const Diagnosis& diagnosis) {
  ordered_json object;
  object["set"] = asked.is_system() ? "system" : asked.suffix().empty() ? "service" : "suffix";
  if (!asked.suffix().empty()) object["suffix"] = asked.suffix();
  ordered_json servers = ordered_json::array();
  for (const dns::ServerAddress& server :
       asked.is_system() ? diagnosis.system_servers : asked.servers())
    servers.push_back(server.to_string());
  object["servers"] = std::move(servers);
  return object;
}

/// `{"rule", "lift"?}`
ordered_json rule_json(const Refusal& refusal) {
  ordered_json object = {{"rule", refusal.rule}};
  if (!refusal.lift.empty()) object["lift"] = refusal.lift;
  return object;
}

ordered_json addresses_json(const TargetTrace& trace) {
  ordered_json addresses = ordered_json::array();
  for (const AddressVerdict& verdict : trace.verdicts) {
    ordered_json object = {{"address", verdict.address.to_string()}, {"port", verdict.port}};
    if (verdict.ttl_s) object["ttl_s"] = *verdict.ttl_s;
    object["allowed"] = !verdict.refusal;
    if (verdict.refusal) object.update(rule_json(*verdict.refusal));
    if (verdict.would_refuse) object["would_refuse"] = rule_json(*verdict.would_refuse);
    addresses.push_back(std::move(object));
  }
  return addresses;
}

ordered_json failure_json(const DiagnosisOptions& options, const Diagnosis& diagnosis) {
  const RelayFailure& failure = *diagnosis.failure;
  const tunnel::FailureAnswer answer = tunnel::answer_of(failure.failure);
  ordered_json object;
  if (const auto step = diagnosis.failed_step()) object["step"] = to_string(*step);
  object["detail"] = failure.detail;
  object["status"] = answer.status;
  object["error"] = tunnel::to_string(answer.error);
  if (!failure.rcode.empty()) object["rcode"] = failure.rcode;
  const std::string advice = advice_for(options, diagnosis);
  if (!advice.empty()) object["advice"] = advice;
  return object;
}

ordered_json steps_json(const Diagnosis& diagnosis, Step last) {
  ordered_json steps = ordered_json::array();
  for (std::size_t i = 0; i <= static_cast<std::size_t>(last); ++i) {
    const auto step = static_cast<Step>(i);
    const StepReport& report = diagnosis.step(step);
    std::string state(to_string(report.state));
    if (const auto space = state.find(' '); space != std::string::npos) state[space] = '_';
    ordered_json object = {{"step", to_string(step)}, {"state", state}};
    if (report.state == StepState::ok || report.state == StepState::failed) {
      object["time_ms"] = milliseconds(report.time);
    }
    if (!report.detail.empty()) object["detail"] = report.detail;
    steps.push_back(std::move(object));
  }
  return steps;
}

ordered_json target_json(const DiagnosisOptions& options) {
  ordered_json object = {{"target", tunnel::connect_authority(options.service)}};
  if (options.service.id != Uuid()) object["service"] = options.service.id.to_string();
  return object;
}

/// What both commands end with.
std::string finished(ordered_json object, const DiagnosisOptions& options,
                     const Diagnosis& diagnosis) {
  ordered_json servers = ordered_json::array();
  for (const tunnel::ResolverAddress& server : options.service.resolver_ips)
    servers.push_back(dns::ServerAddress{server.ip.address, server.port}.to_string());
  object["servers"] = servers.empty() ? ordered_json("system") : std::move(servers);
  const TargetTrace& trace = diagnosis.trace;
  if (const dns::ServerSet* asked = diagnosis.asked()) {
    object["asked"] = asked_json(*asked, diagnosis);
  }
  if (trace.service) object["srv"] = service_json(*trace.service);
  // Not always the one that was given: resolv.conf may have completed it.
  if (trace.outcome) object["name"] = trace.outcome->resolution.name;
  object["families"] = trace.outcome ? families_json(*trace.outcome) : ordered_json::array();
  object["addresses"] = addresses_json(trace);
  if (trace.would_refuse) object["would_refuse"] = rule_json(*trace.would_refuse);
  if (diagnosis.failure) object["failure"] = failure_json(options, diagnosis);
  object["warnings"] = diagnosis.warnings;
  return object.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string resolve_json(const DiagnosisOptions& options, const Diagnosis& diagnosis) {
  ordered_json object = target_json(options);
  object["time_ms"] = milliseconds(diagnosis.step(Step::dns).time);
  object["steps"] = steps_json(diagnosis, Step::addresses);
  return finished(std::move(object), options, diagnosis);
}

std::string check_json(const DiagnosisOptions& options, const Diagnosis& diagnosis) {
  ordered_json object = target_json(options);
  object["scheme"] = tunnel::to_string(options.service.scheme);
  object["reachable"] = !diagnosis.failure;
  object["steps"] = steps_json(diagnosis, Step::http);
  if (diagnosis.status) object["status"] = *diagnosis.status;
  if (!diagnosis.failure) {
    const std::string note = advice_for(options, diagnosis);
    if (!note.empty()) object["note"] = note;
  }
  return finished(std::move(object), options, diagnosis);
}

}  // namespace outhaul::agent
