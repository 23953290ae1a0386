#include "agent/diagnose/text_report.h"

#include <doctest/doctest.h>

#include "agent/exit_codes.h"
#include "tests/agent/diagnose/report_fixture.h"

namespace outhaul::agent {
namespace {

using testing::failed_at;
using testing::mixed_resolution;
using testing::options_for;

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK_MESSAGE(text.find(part) != std::string::npos, part);
  return text.find(part) != std::string::npos;
}

TEST_CASE("a resolution shows families, chain, TTL and the verdict on each address") {
  const std::string text = resolve_text(options_for("api.internal", 8080), mixed_resolution());
  CHECK(text ==
        "api.internal:8080, resolved in 1.2 ms\n"
        "servers: system 10.0.0.53:53\n"
        "  AAAA  NODATA       from 10.0.0.53:53\n"
        "  A     2 addresses  from 10.0.0.53:53  TTL 60 s -> web.internal\n"
        "in the order of dialling:\n"
        "  1  10.0.0.7   TTL 60 s  allowed\n"
        "  2  127.0.0.1  TTL 60 s  refused: denied by default (loopback, 127.0.0.0/8); lifted by "
        "--permit 127.0.0.1:8080\n");
}

TEST_CASE("SRV records show their targets, and the addresses their ports") {
  Diagnosis diagnosis = testing::service_resolution();
  CHECK(resolve_text(options_for("api.internal", 80), diagnosis) ==
        "api.internal:80, resolved in 1.2 ms\n"
        "servers: internal=10.0.0.53:53\n"
        "_http._tcp.api.internal\n"
        "  SRV  2 SRV  from 10.0.0.53:53  TTL 60 s\n"
        "  priority 10  weight 5  node1.internal:8080  2 addresses\n"
        "  priority 20  weight 0  node2.internal:8081  node2 does not exist\n"
        "in the order of dialling:\n"
        "  1  10.0.0.7:8080   TTL 60 s  allowed\n"
        "  2  127.0.0.1:8080  TTL 60 s  refused: denied by default (loopback, 127.0.0.0/8); lifted "
        "by --permit 127.0.0.1:8080\n");

  diagnosis = mixed_resolution();
  dns::ServiceOutcome absent;
  absent.name = "_http._tcp.api.internal";
  absent.report = testing::family(dns::RecordType::srv, dns::AnswerKind::no_name);
  absent.report.answer.rcode = "NXDOMAIN";
  diagnosis.trace.service = absent;
  has(resolve_text(options_for("api.internal", 80), diagnosis),
      "no SRV record: the host name and its own port count\napi.internal\n  AAAA  NODATA");
}

TEST_CASE("a dry run says what it lets pass") {
  Diagnosis diagnosis = mixed_resolution();
  std::swap(diagnosis.trace.verdicts[1].refusal, diagnosis.trace.verdicts[1].would_refuse);
  diagnosis.trace.would_refuse = diagnosis.trace.verdicts[1].would_refuse;
  const std::string text = resolve_text(options_for("api.internal", 8080), diagnosis);
  has(text, "allowed only by the dry run: denied by default (loopback");
  has(text, "  dry run  127.0.0.1:8080 is refused by the agent's policy: denied");
}

TEST_CASE("each source of an answer has words of its own") {
  Diagnosis diagnosis = mixed_resolution();
  auto& families = diagnosis.trace.outcome->resolution.families;
  const auto shown = [&] { return resolve_text(options_for("api.internal", 80), diagnosis); };
  families[1].source = dns::Source::cache;
  has(shown(), "from cache, once from 10.0.0.53:53");
  families[1].source = dns::Source::stale;
  has(shown(), "from stale, once from 10.0.0.53:53");
  families[1].source = dns::Source::hosts_file;
  has(shown(), "from the hosts file");
  families[0].source = dns::Source::pending;
  has(shown(), "AAAA  late         not waited for");
  families[0] = testing::family(dns::RecordType::aaaa, dns::AnswerKind::silence);
  families[0].answer.detail = "3 tries";
  has(shown(), "no answer    asked 10.0.0.53:53");
  has(shown(), "3 tries");
}

TEST_CASE("a check shows a line for each step and where it stops") {
  Diagnosis diagnosis = mixed_resolution();
  diagnosis.failure = RelayFailure{tunnel::Failure::refused, "10.0.0.7:8080: Connection refused"};
  diagnosis.step(Step::tcp) = {StepState::failed, std::chrono::microseconds(350),
                               diagnosis.failure->detail};
  diagnosis.step(Step::tls).state = StepState::not_needed;
  const std::string text = check_text(options_for("api.internal", 8080), diagnosis);
  has(text, "http://api.internal:8080\n");
  has(text, "  policy     ok           0.0 ms\n");
  has(text, "  dns        ok           1.2 ms  2 addresses\n");
  has(text, "  tcp        failed       0.3 ms\n");
  has(text, "  tls        not needed\n");
  has(text, "  http       not reached\n");
  has(text, "servers: system 10.0.0.53:53\n  AAAA  NODATA       from 10.0.0.53:53\n");
  has(text, "addresses in the order of dialling:\n  1  10.0.0.7   TTL 60 s  allowed\n");
  has(text, "  stops at       tcp: 10.0.0.7:8080: Connection refused\n");
  has(text, "  a client gets  502, Proxy-Status error=connection_refused\n");
  has(text, "  to do          nothing listens there");
  CHECK(text.find("reachable,") == std::string::npos);
}

TEST_CASE("a reachable service is said to be reachable") {
  Diagnosis diagnosis = mixed_resolution();
  diagnosis.step(Step::tcp) = {StepState::ok, std::chrono::microseconds(700), "connected"};
  const std::string text = check_text(options_for("api.internal", 8080), diagnosis);
  has(text, "reachable, in 2.0 ms\n");
  CHECK(text.find("stops at") == std::string::npos);
}

TEST_CASE("a response code goes with the failure, warnings come last") {
  Diagnosis diagnosis = failed_at(Step::dns, tunnel::Failure::dns_failed, "no such name");
  diagnosis.failure->rcode = "NXDOMAIN";
  diagnosis.warnings = {"/etc/resolv.conf names no server"};
  const std::string text = resolve_text(options_for("nosuch.internal", 80), diagnosis);
  has(text, "502, Proxy-Status error=dns_error rcode=NXDOMAIN\n");
  has(text, "  warning        /etc/resolv.conf names no server\n");
}

TEST_CASE("exit codes tell a refusal from what cannot be reached") {
  CHECK(mixed_resolution().exit_code() == exit_ok);
  CHECK(failed_at(Step::tcp, tunnel::Failure::refused, "").exit_code() == exit_unreachable);
  CHECK(failed_at(Step::policy, tunnel::Failure::denied_by_policy, "").exit_code() == exit_denied);
  CHECK(failed_at(Step::addresses, tunnel::Failure::address_denied, "").exit_code() == exit_denied);
}

}  // namespace
}  // namespace outhaul::agent
