#include "agent/diagnose/json_report.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/agent/diagnose/report_fixture.h"

namespace outhaul::agent {
namespace {

using nlohmann::json;
using testing::failed_at;
using testing::mixed_resolution;
using testing::options_for;

const json no_v6 = json::parse(R"json({
  "type": "AAAA", "source": "server", "cache": "miss", "server": "10.0.0.53:53",
  "result": "no_address",
  "rcode": "NODATA", "chain": [], "addresses": []
})json");
const json verdicts = json::parse(R"json([
  {"address": "10.0.0.7", "port": 8080, "ttl_s": 60, "allowed": true},
  {"address": "127.0.0.1", "port": 8080, "ttl_s": 60, "allowed": false,
   "rule": "denied by default (loopback, 127.0.0.0/8)", "lift": "--permit 127.0.0.1:8080"}
])json");

TEST_CASE("a resolution as JSON") {
  DiagnosisOptions options = options_for("api.internal", 8080);
  options.service.resolver_ips = {{{"10.0.0.53", testing::address("10.0.0.53")}, 53}};
  const std::string text = resolve_json(options, mixed_resolution());
  CHECK(text.find('\n') == text.size() - 1);
  const json object = json::parse(text);
  CHECK(object["target"] == "api.internal:8080");
  CHECK(object["servers"] == json::parse(R"(["10.0.0.53:53"])"));
  CHECK(object["time_ms"].get<double>() == doctest::Approx(1.26));
  CHECK(object["families"][0] == no_v6);
  CHECK(object["families"][1]["chain"] == json::parse(R"(["web.internal"])"));
  CHECK(object["families"][1]["addresses"][0] ==
        json::parse(R"({"address": "10.0.0.7", "ttl_s": 60})"));
  CHECK(object["addresses"] == verdicts);
  CHECK(object["name"] == "api.internal");
  CHECK(object["asked"] == json::parse(R"({"set": "system", "servers": ["10.0.0.53:53"]})"));
  CHECK(object["steps"].size() == 3);
  CHECK(object["steps"][1]["time_ms"].get<double>() == doctest::Approx(1.26));
  CHECK_FALSE(object.contains("srv"));
  CHECK_FALSE(object.contains("failure"));
  CHECK_FALSE(object.contains("service"));
  CHECK(object["warnings"] == json::array());
}

TEST_CASE("SRV records and a dry run as JSON") {
  Diagnosis diagnosis = testing::service_resolution();
  std::swap(diagnosis.trace.verdicts[1].refusal, diagnosis.trace.verdicts[1].would_refuse);
  diagnosis.trace.would_refuse = diagnosis.trace.verdicts[1].would_refuse;
  const json object = json::parse(resolve_json(options_for("api.internal", 80), diagnosis));
  CHECK(object["asked"]["set"] == "suffix");
  CHECK(object["asked"]["suffix"] == "internal");
  CHECK(object["srv"]["name"] == "_http._tcp.api.internal");
  CHECK(object["srv"]["type"] == "SRV");
  CHECK(object["srv"]["cache"] == "miss");
  const json& target = object["srv"]["targets"][0];
  CHECK(target["target"] == "node1.internal");
  CHECK(target["priority"] == 10);
  CHECK(target["weight"] == 5);
  CHECK(target["port"] == 8080);
  CHECK(target["families"].size() == 2);
  CHECK(object["addresses"][1]["allowed"] == true);
  CHECK(object["addresses"][1]["would_refuse"]["lift"] == "--permit 127.0.0.1:8080");
  CHECK(object["would_refuse"]["rule"] == "denied by default (loopback, 127.0.0.0/8)");
}

TEST_CASE("a failed check as JSON") {
  Diagnosis diagnosis = failed_at(Step::tls, tunnel::Failure::tls_not_spoken, "not \"TLS\"\xff");
  DiagnosisOptions options = options_for("api.internal", 8443);
  options.service.scheme = tunnel::ServiceScheme::https;
  const json object = json::parse(check_json(options, diagnosis));
  CHECK(object["reachable"] == false);
  CHECK(object["scheme"] == "https");
  CHECK(object["servers"] == "system");
  CHECK(object["steps"].size() == step_count);
  CHECK(object["steps"][0] == json::parse(R"({"step": "policy", "state": "not_reached"})"));
  CHECK(object["steps"][4]["state"] == "failed");
  CHECK(object["steps"][4]["time_ms"].get<double>() == doctest::Approx(0.35));
  CHECK(object["failure"]["step"] == "tls");
  CHECK(object["failure"]["status"] == 502);
  CHECK(object["failure"]["error"] == "tls_protocol_error");
  CHECK(object["failure"]["detail"] == "not \"TLS\"\xef\xbf\xbd");
  CHECK(object["failure"]["advice"].get<std::string>().find("--tls") != std::string::npos);
  CHECK_FALSE(object.contains("status"));
}

TEST_CASE("the status of the service is in the JSON of a check, with a note on a hint") {
  Diagnosis diagnosis = mixed_resolution();
  diagnosis.status = 204;
  json object = json::parse(check_json(options_for("api.internal", 80), diagnosis));
  CHECK(object["reachable"] == true);
  CHECK(object["status"] == 204);
  CHECK_FALSE(object.contains("note"));
  diagnosis.status = 400;
  object = json::parse(check_json(options_for("api.internal", 80), diagnosis));
  CHECK(object["note"] == "if this port speaks TLS, add --tls");
}

}  // namespace
}  // namespace outhaul::agent
