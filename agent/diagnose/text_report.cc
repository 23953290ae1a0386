#include "agent/diagnose/text_report.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "agent/diagnose/advice.h"
#include "common/diagnosis/step_page.h"

namespace outhaul::agent {

namespace {

using diagnosis::milliseconds_text;
using Row = std::vector<std::string>;

/// Columns as wide as their widest cell; the last one is not padded.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += "  " + line + "\n";
  }
  return text;
}

std::string seconds_text(std::uint32_t seconds) {
  return "TTL " + std::to_string(seconds) + " s";
}

/// "addresses", the response code, or why there is neither.
std::string result_text(const dns::Answer& answer) {
  if (answer.kind == dns::AnswerKind::records) {
    const std::size_t count = answer.addresses.size();
    if (answer.addresses.empty()) return std::to_string(answer.services.size()) + " SRV";
    return std::to_string(count) + (count == 1 ? " address" : " addresses");
  }
  if (answer.kind == dns::AnswerKind::silence) return "no answer";
  return answer.rcode.empty() ? "bad answer" : answer.rcode;
}

std::string source_text(const dns::FamilyReport& family) {
  switch (family.source) {
    case dns::Source::server:
      return (family.answer.kind == dns::AnswerKind::silence ? "asked " : "from ") +
             family.answer.server.to_string();
    case dns::Source::cache:
    case dns::Source::stale:
      return "from " + std::string(dns::to_string(family.source)) + ", once from " +
             family.answer.server.to_string();
    case dns::Source::hosts_file:
      return "from the hosts file";
    case dns::Source::pending:
      break;
  }
  return "not waited for";
}

Row family_row(const dns::FamilyReport& family) {
  const std::string type(dns::to_string(family.type));
  if (family.source == dns::Source::pending) return {type, "late", source_text(family)};
  const dns::Answer& answer = family.answer;
  Row row{type, result_text(answer), source_text(family)};
  std::string more;
  if (answer.kind == dns::AnswerKind::records || answer.ttl_known) {
    more = seconds_text(answer.ttl_s);
  }
  for (const std::string& name : answer.chain)
    more += (more.empty() ? "-> " : " -> ") + name;
  if (!answer.detail.empty()) more += (more.empty() ? "" : ", ") + answer.detail;
  row.push_back(more);
  return row;
}

std::string servers_text(const Diagnosis& diagnosis) {
  const dns::ServerSet* asked = diagnosis.asked();
  if (asked == nullptr) return {};
  std::string text = "servers: " + asked->to_string();
  const char* separator = " ";
  if (asked->is_system()) {
    for (const dns::ServerAddress& server : diagnosis.system_servers) {
      text += separator + server.to_string();
      separator = ",";
    }
  }
  return text + "\n";
}

/// "2 addresses", or why there is none.
std::string target_result_text(const dns::Outcome& outcome) {
  if (outcome.error) return outcome.error->message;
  const std::size_t count = outcome.resolution.addresses.size();
  return std::to_string(count) + (count == 1 ? " address" : " addresses");
}

/// The SRV records in the order drawn, each with what became of its target.
std::string service_text(const TargetTrace& trace) {
  if (!trace.service) return {};
  const dns::ServiceOutcome& service = *trace.service;
  std::string text = service.name + "\n" + table({family_row(service.report)});
  if (service.absent()) return text + "no SRV record: the host name and its own port count\n";
  std::vector<Row> rows;
  for (const dns::ServiceTarget& target : service.targets) {
    rows.push_back({"priority " + std::to_string(target.record.priority),
                    "weight " + std::to_string(target.record.weight),
                    target.record.target + ":" + std::to_string(target.record.port),
                    target_result_text(target.outcome)});
  }
  return text + table(rows);
}

std::string families_text(const TargetTrace& trace) {
  if (!trace.outcome) return {};
  std::vector<Row> rows;
  for (const dns::FamilyReport& family : trace.outcome->resolution.families)
    rows.push_back(family_row(family));
  return table(rows);
}

std::string dns_text(const Diagnosis& diagnosis) {
  std::string text = servers_text(diagnosis) + service_text(diagnosis.trace);
  if (diagnosis.trace.outcome && diagnosis.trace.service) {
    text += diagnosis.trace.outcome->resolution.name + "\n";
  }
  return text + families_text(diagnosis.trace);
}

std::string rule_text(const Refusal& refusal) {
  return refusal.rule + (refusal.lift.empty() ? "" : "; lifted by " + refusal.lift);
}

std::string verdict_text(const AddressVerdict& verdict) {
  if (verdict.refusal) return "refused: " + rule_text(*verdict.refusal);
  if (!verdict.would_refuse) return "allowed";
  return "allowed only by the dry run: " + rule_text(*verdict.would_refuse);
}

std::string addresses_text(const TargetTrace& trace) {
  std::vector<Row> rows;
  // With SRV records, ports differ.
  const bool ports = trace.service && !trace.service->targets.empty();
  for (const AddressVerdict& verdict : trace.verdicts) {
    Row row{std::to_string(rows.size() + 1),
            ports ? endpoint_text(verdict.address, verdict.port) : verdict.address.to_string()};
    if (verdict.ttl_s) row.push_back(seconds_text(*verdict.ttl_s));
    row.push_back(verdict_text(verdict));
    rows.push_back(std::move(row));
  }
  return table(rows);
}

std::string failure_text(const DiagnosisOptions& options, const Diagnosis& diagnosis) {
  std::string text;
  std::vector<Row> rows;
  if (diagnosis.failure) {
    const RelayFailure& failure = *diagnosis.failure;
    const tunnel::FailureAnswer answer = tunnel::answer_of(failure.failure);
    const auto step = diagnosis.failed_step();
    rows.push_back({"stops at", std::string(step ? to_string(*step) : "") + ": " + failure.detail});
    std::string status = std::to_string(answer.status) +
                         ", Proxy-Status error=" + std::string(tunnel::to_string(answer.error));
    if (!failure.rcode.empty()) status += " rcode=" + failure.rcode;
    rows.push_back({"a client gets", status});
  }
  if (diagnosis.trace.would_refuse) {
    rows.push_back({"dry run", diagnosis.trace.would_refuse->message()});
  }
  const std::string advice = advice_for(options, diagnosis);
  if (!advice.empty()) rows.push_back({diagnosis.failure ? "to do" : "note", advice});
  for (const std::string& warning : diagnosis.warnings)
    rows.push_back({"warning", warning});
  return rows.empty() ? text : "\n" + table(rows);
}

Row step_row(Step step, const StepReport& report) {
  const bool done = report.state == StepState::ok || report.state == StepState::failed;
  return {std::string(to_string(step)), std::string(to_string(report.state)),
          done ? milliseconds_text(report.time) : "",
          // The reason stands below, in full.
          report.state == StepState::ok ? report.detail : ""};
}

}  // namespace

std::string resolve_text(const DiagnosisOptions& options, const Diagnosis& diagnosis) {
  std::string text = tunnel::connect_authority(options.service);
  if (diagnosis.asked() != nullptr) {
    text += ", resolved in " + milliseconds_text(diagnosis.step(Step::dns).time);
  }
  text += "\n" + dns_text(diagnosis);
  if (!diagnosis.trace.verdicts.empty()) {
    text += "in the order of dialling:\n" + addresses_text(diagnosis.trace);
  }
  return text + failure_text(options, diagnosis);
}

std::string check_text(const DiagnosisOptions& options, const Diagnosis& diagnosis) {
  std::string text = std::string(tunnel::to_string(options.service.scheme)) + "://" +
                     tunnel::connect_authority(options.service) + "\n";
  std::vector<Row> rows;
  Duration total{};
  for (std::size_t i = 0; i < step_count; ++i) {
    const auto step = static_cast<Step>(i);
    rows.push_back(step_row(step, diagnosis.step(step)));
    total += diagnosis.step(step).time;
  }
  text += table(rows);
  if (diagnosis.asked() != nullptr) text += dns_text(diagnosis);
  if (!diagnosis.trace.verdicts.empty()) {
    text += "addresses in the order of dialling:\n" + addresses_text(diagnosis.trace);
  }
  if (!diagnosis.failure) text += "reachable, in " + milliseconds_text(total) + "\n";
  return text + failure_text(options, diagnosis);
}

}  // namespace outhaul::agent
