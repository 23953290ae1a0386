#include "agent/diagnose/advice.h"

#include <doctest/doctest.h>

#include "tests/agent/diagnose/report_fixture.h"

namespace outhaul::agent {
namespace {

using testing::failed_at;
using testing::options_for;
using tunnel::Failure;

std::string advice(Step step, Failure failure, const std::string& rcode = "") {
  Diagnosis diagnosis = failed_at(step, failure, "");
  diagnosis.failure->rcode = rcode;
  return advice_for(options_for("api.internal", 80), diagnosis);
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

TEST_CASE("a refusal names the option that lifts it") {
  Diagnosis diagnosis = failed_at(Step::addresses, Failure::address_denied, "");
  const DiagnosisOptions options = options_for("api.internal", 80);
  CHECK(has(advice_for(options, diagnosis), "no option lifts this"));
  Refusal refusal;
  refusal.lift = "--permit 127.0.0.1:80";
  diagnosis.trace.verdicts = {{testing::address("127.0.0.1"), refusal}};
  CHECK(has(advice_for(options, diagnosis), "with --permit 127.0.0.1:80"));
  refusal.lift = "removing --deny 127.0.0.1";
  diagnosis.trace.descriptor_refusal = refusal;
  CHECK(has(advice_for(options, diagnosis), "without --deny 127.0.0.1"));
}

TEST_CASE("every failure that the walk can meet has an advice") {
  CHECK(has(advice(Step::dns, Failure::dns_no_answer), "DNS server is up"));
  CHECK(has(advice(Step::dns, Failure::dns_failed, "NXDOMAIN"), "check the spelling"));
  CHECK(has(advice(Step::dns, Failure::dns_failed, "NODATA"), "add an A or AAAA record"));
  CHECK(has(advice(Step::dns, Failure::dns_failed, "SERVFAIL"), "log of that DNS server"));
  CHECK(has(advice(Step::tcp, Failure::refused), "nothing listens"));
  CHECK(has(advice(Step::tcp, Failure::unreachable), "route"));
  CHECK(has(advice(Step::tcp, Failure::connect_timeout), "firewall"));
  CHECK(has(advice(Step::tcp, Failure::too_many_connections), "ulimit"));
  CHECK(has(advice(Step::tls, Failure::connect_timeout), "does not answer TLS"));
  CHECK(has(advice(Step::tls, Failure::tls_certificate), "for api.internal"));
  CHECK(has(advice(Step::tls, Failure::tls_not_spoken), "leave out --tls"));
  CHECK(has(advice(Step::tls, Failure::tls_alert), "client certificate"));
  CHECK(has(advice(Step::tls, Failure::origin_closed), "check that it is a TLS port"));
  CHECK(has(advice(Step::http, Failure::origin_closed), "add --tls"));
  CHECK(has(advice(Step::http, Failure::response_not_http), "--type tcp"));
  CHECK(has(advice(Step::http, Failure::response_timeout), "--first-byte-timeout"));
  CHECK(has(advice(Step::http, Failure::response_headers_too_big), "fewer"));
  CHECK(has(advice(Step::http, Failure::path_too_long), "--path"));
}

TEST_CASE("advice depends on whether TLS was asked for") {
  DiagnosisOptions options = options_for("api.internal", 443);
  options.service.scheme = tunnel::ServiceScheme::https;
  Diagnosis diagnosis = failed_at(Step::http, Failure::origin_closed, "");
  CHECK_FALSE(has(advice_for(options, diagnosis), "--tls"));
  options.service.sni = "other.internal";
  diagnosis = failed_at(Step::tls, Failure::tls_certificate, "");
  CHECK(has(advice_for(options, diagnosis), "for other.internal"));
}

TEST_CASE("an answer that hints at a wrong setting, and one that does not") {
  Diagnosis diagnosis = testing::mixed_resolution();
  const DiagnosisOptions options = options_for("api.internal", 80);
  diagnosis.status = 200;
  CHECK(advice_for(options, diagnosis).empty());
  diagnosis.status = 503;
  CHECK(has(advice_for(options, diagnosis), "the service's own"));
}

}  // namespace
}  // namespace outhaul::agent
