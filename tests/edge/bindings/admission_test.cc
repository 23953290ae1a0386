#include "edge/bindings/admission.h"

#include <doctest/doctest.h>

#include "edge/directory/tokens.h"
#include "tests/edge/samples.h"

namespace outhaul::edge {
namespace {

class Fixture {
 public:
  Fixture() {
    const Tunnel tunnel = sample_tunnel("office");
    service = sample_service("api", tunnel.id);
    other = sample_service("other", tunnel.id);
    credential = make_binding_credential();
    binding = sample_binding(service.id, 1);
    binding.token_hash = credential.hash;
    snapshot.put(tunnel);
    snapshot.put(service);
    snapshot.put(other);
    snapshot.put(binding);
  }
  Admission ask(const std::string& id, const std::string& token) const {
    http::RequestHead head;
    head.fields.add("x-vpc-service-id", id);
    head.fields.add("x-vpc-binding-token", token);
    return admit(head, {}, snapshot);
  }

  Service service;
  Service other;
  Binding binding;
  BindingCredential credential;
  Snapshot snapshot;
};

TEST_CASE("a binding's token opens its service and no other") {
  const Fixture edge;
  const Admission good = edge.ask(edge.service.id.to_string(), edge.credential.token);
  REQUIRE(good.service);
  CHECK(good.service->id == edge.service.id);
  CHECK(good.binding == edge.binding.id.to_string());
  CHECK_FALSE(good.failure);

  const Admission wrong = edge.ask(edge.service.id.to_string(), "ohb_wrong");
  REQUIRE(wrong.failure);
  CHECK(wrong.failure->status == 403);
  for (const Admission& each : {edge.ask(edge.other.id.to_string(), edge.credential.token),
                                edge.ask(Uuid::random().to_string(), edge.credential.token),
                                edge.ask("no id", edge.credential.token), edge.ask("", "")}) {
    CHECK_FALSE(each.service);
    CHECK(each.failure->status == wrong.failure->status);
    CHECK(each.failure->detail == wrong.failure->detail);
  }
}

TEST_CASE("identity fields are given exactly once") {
  const Fixture edge;
  http::RequestHead head;
  CHECK(admit(head, {}, edge.snapshot).failure->status == 400);
  head.fields.add("x-vpc-service-id", edge.service.id.to_string());
  CHECK(admit(head, {}, edge.snapshot).failure->status == 400);
  head.fields.add("x-vpc-binding-token", edge.credential.token);
  CHECK(admit(head, {}, edge.snapshot).service);
  head.fields.add("x-vpc-binding-token", edge.credential.token);
  CHECK(admit(head, {}, edge.snapshot).failure->status == 400);
}

TEST_CASE("a listener bound to a service needs no identity fields") {
  const Fixture edge;
  const http::RequestHead head;
  CHECK(admit(head, "api", edge.snapshot).service->id == edge.service.id);
  CHECK(admit(head, "api", edge.snapshot).binding.empty());
  CHECK(admit(head, edge.other.id.to_string(), edge.snapshot).service->id == edge.other.id);
  CHECK(admit(head, "gone", edge.snapshot).failure->status == 503);
}

TEST_CASE("the authority of a CONNECT grants nothing") {
  const Fixture edge;
  http::RequestHead head;
  head.method = "CONNECT";
  head.authority = edge.service.id.to_string() + ".tcp.vpc:1";
  CHECK(admit(head, {}, edge.snapshot).failure->status == 400);
  CHECK(admit(head, "api", edge.snapshot).service->id == edge.service.id);
  CHECK(admit(head, "other", edge.snapshot).failure->status == 403);
  CHECK_FALSE(admit(head, "other", edge.snapshot).service);
  head.fields.add("x-vpc-service-id", edge.service.id.to_string());
  head.fields.add("x-vpc-binding-token", edge.credential.token);
  CHECK(admit(head, {}, edge.snapshot).service->id == edge.service.id);
  head.authority = edge.other.id.to_string() + ".tcp.vpc:1";
  CHECK(admit(head, {}, edge.snapshot).failure->status == 403);
  head.authority = "10.0.0.5:5432";
  CHECK(admit(head, {}, edge.snapshot).service->id == edge.service.id);
  CHECK(admit(head, "other", edge.snapshot).service->id == edge.other.id);
}

TEST_CASE("the scheme comes from X-Forwarded-Proto or the target") {
  http::RequestHead head;
  CHECK_FALSE(settle_scheme(head, SchemeSource::forwarded_proto));
  CHECK(head.scheme == "http");
  head.fields.add("x-forwarded-proto", "https");
  CHECK_FALSE(settle_scheme(head, SchemeSource::forwarded_proto));
  CHECK(head.scheme == "https");
  head.scheme = "http";
  CHECK_FALSE(settle_scheme(head, SchemeSource::request_target));
  CHECK(head.scheme == "http");
  head.fields.add("x-forwarded-proto", "https");
  CHECK(settle_scheme(head, SchemeSource::forwarded_proto)->status == 400);
  head.fields.set("x-forwarded-proto", "ftp");
  CHECK(settle_scheme(head, SchemeSource::forwarded_proto)->status == 400);
}

}  // namespace
}  // namespace outhaul::edge
