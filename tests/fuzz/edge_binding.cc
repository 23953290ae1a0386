// A client's request at the edge, as bytes: what it asks for, whether it may, and what goes into
// the tunnel in its name. Nobody gets a service without the token of a binding to exactly that one,
// and nothing that is the edge's own or the client's credential goes on.
//
// The first byte of an input: bit 0 the listener is bound to the service "api", bit 1 to the tcp
// service "db", bit 2 the request came by HTTP/2 (its :protocol then is what follows "Upgrade: ").
// The request's head stands behind it.
#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/limits.h"
#include "common/http/h1_framing.h"
#include "common/http/h1_head.h"
#include "common/http/translation.h"
#include "edge/bindings/admission.h"
#include "edge/bindings/request_kind.h"
#include "edge/directory/tokens.h"
#include "edge/forwarding/service_descriptor.h"
#include "edge/forwarding/tunnel_request.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

constexpr std::string_view token = "ohb_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
constexpr std::string_view api_id = "e6a0817c-79c5-40ca-9776-a1c019defe70";
constexpr std::string_view db_id = "0191dce4-9ab4-7fce-b660-8e5dec5172da";

const edge::Snapshot& directory() {
  static const edge::Snapshot filled = [] {
    edge::Snapshot snapshot;
    edge::Tunnel tunnel;
    tunnel.id = *Uuid::parse("6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11");
    tunnel.name = "office";
    snapshot.put(tunnel);
    edge::Service api;
    api.id = *Uuid::parse(api_id);
    api.spec.name = "api";
    api.spec.http_port = std::uint16_t{8080};
    api.spec.host.hostname = "api.internal";
    api.spec.tunnel_id = tunnel.id;
    edge::Service db = api;
    db.id = *Uuid::parse(db_id);
    db.spec.name = "db";
    db.spec.type = edge::ServiceType::tcp;
    db.spec.http_port.reset();
    db.spec.tcp_port = std::uint16_t{5432};
    snapshot.put(api);
    snapshot.put(db);
    edge::Binding binding;
    binding.id = *Uuid::parse("5c2a2a61-4f3a-4d0e-8f1c-0a1b2c3d4e5f");
    binding.service_id = api.id;
    binding.token_hash = edge::hash_token(token);
    snapshot.put(binding);
    return snapshot;
  }();
  return filled;
}

void check_admission(const edge::Admission& admission, const http::RequestHead& head,
                     std::string_view bound) {
  require((admission.service != nullptr) != admission.failure.has_value(),
          "either a service or a reason");
  if (admission.failure) {
    require(admission.failure->status >= 400, "a refusal is a failure");
    return;
  }
  if (!bound.empty()) {
    require(admission.service->spec.name == bound, "a bound listener serves its service only");
    return;
  }
  require(head.fields.count("x-vpc-binding-token") == 1 &&
              head.fields.find("x-vpc-binding-token") == token,
          "without the token there is no service");
  require(admission.service->id.to_string() == api_id, "a token is good for its service only");
}

void check_tunnel_request(const http::RequestHead& sent, const edge::Service& service,
                          edge::RequestKind kind) {
  const bool is_tcp = kind == edge::RequestKind::tcp;
  const auto descriptor =
      is_tcp ? edge::describe_tcp_service(service) : edge::describe_service(service, sent.scheme);
  if (!descriptor) return;
  const auto made = edge::make_tunnel_request(sent, *descriptor,
                                              {.edge_name = "edge-fuzz",
                                               .received_protocol = "1.1",
                                               .request_id = "r1",
                                               .client = "10.0.0.7:1"},
                                              default_limits);
  const auto* head = std::get_if<http::RequestHead>(&made);
  if (head == nullptr) return;
  require(!http::check_request(*head, edge::head_limits(default_limits)),
          "what goes into the tunnel keeps the tunnel's rules");
  std::size_t tunnel_fields = 0;
  for (const http::Field field : head->fields) {
    require(!field.name.starts_with("x-vpc-") && field.name != "proxy-authorization" &&
                field.name != "x-cf-blob",
            "credentials of the client stay at the edge");
    if (field.name.starts_with("tunnel-")) ++tunnel_fields;
  }
  require(
      tunnel_fields == 2 && head->fields.find("tunnel-service") == tunnel::serialize(*descriptor),
      "the tunnel's fields are the edge's own, whatever the client sent");
  if (is_tcp) {
    require(std::string_view(head->authority) == tunnel::connect_authority(*descriptor),
            "a CONNECT goes where the service is");
  }
}

void run(unsigned bits, std::string_view input) {
  http::RequestHeadParser parser(edge::head_limits(default_limits));
  const http::HeadStep step = parser.feed(as_bytes(input));
  if (step.status != http::HeadStatus::complete) return;
  http::RequestHead head = parser.take_head();
  const auto framing = http::request_framing(head.method, parser.version(), head.fields);
  const bool has_body =
      framing && (framing->kind == http::BodyKind::chunked || framing->length > 0);
  const bool is_h2 = (bits & 4U) != 0;
  if (is_h2) head.protocol = head.fields.find("upgrade").value_or("");
  const edge::AskedKind asked =
      is_h2 ? edge::kind_of_h2(head) : edge::kind_of_h1(head, parser.version(), has_body);
  require((asked.kind == edge::RequestKind::tcp) ==
              (head.method == "CONNECT" && (!is_h2 || head.protocol.empty())),
          "a plain CONNECT, and nothing else, asks for TCP");
  const std::string_view bound = (bits & 1U) != 0 ? "api" : (bits & 2U) != 0 ? "db" : "";
  const edge::Admission admission = edge::admit(head, bound, directory());
  check_admission(admission, head, bound);
  if (admission.failure || asked.failure) return;
  if (asked.kind != edge::RequestKind::tcp) {
    const auto source = parser.form() == http::TargetForm::absolute
                            ? edge::SchemeSource::request_target
                            : edge::SchemeSource::forwarded_proto;
    if (edge::settle_scheme(head, source)) return;
    require(head.scheme == "http" || head.scheme == "https", "the scheme is settled");
  }
  if (asked.kind == edge::RequestKind::websocket && !is_h2) {
    edge::make_extended_connect(head);
    require(head.method == "CONNECT" && head.protocol == "websocket" &&
                !head.fields.contains("sec-websocket-key"),
            "a handshake becomes an extended CONNECT without its key");
  }
  check_tunnel_request(head, *admission.service, asked.kind);
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  outhaul::fuzz::run(data[0], outhaul::fuzz::text_of(data + 1, size - 1));
  return 0;
}
