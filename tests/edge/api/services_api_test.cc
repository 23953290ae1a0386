#include <string>

#include <doctest/doctest.h>

#include "tests/edge/api/api_fixture.h"

using namespace outhaul;
using namespace outhaul::edge;

namespace {

constexpr const char* kShaped = "/client/v4/accounts/0123abcd/connectivity/directory/services";

}  // namespace

TEST_CASE_FIXTURE(ApiFixture, "a service lives through both doors") {
  const std::string tunnel = new_tunnel("prod");
  const Answer made = post(kShaped, service_body("api", tunnel));
  CHECK(made.status == 201);
  const std::string id = made.text("service_id");
  CHECK(made.text("created_at") == made.text("updated_at"));
  CHECK(made.result().at("tls_settings").is_null());

  for (const std::string& base : {std::string(kShaped), std::string("/v1/services")}) {
    CAPTURE(base);
    CHECK(get(base).names() == "api ");
    CHECK(get(base, "type=http&page=1&per_page=1000").names() == "api ");
    CHECK(get(base, "type=tcp").result().empty());
    CHECK(get(base, "name=web").result().empty());
    CHECK(get(base, "type=udp").status == 400);
    CHECK(get(base, "page=2").result().empty());
    CHECK(get(base + "/" + id).result() == made.result());
    CHECK(get(base + "/api").result() == made.result());
  }

  const Answer replaced = put(kShaped + ("/" + id), service_body("web", tunnel));
  CHECK(replaced.status == 200);
  CHECK(replaced.text("service_id") == id);
  CHECK(replaced.text("name") == "web");
  CHECK(get("/v1/services/api").code() == 5104);
  // What was read can be sent back.
  CHECK(put("/v1/services/web", get("/v1/services/web").result().dump()).status == 200);

  CHECK(remove(kShaped + ("/" + id)).status == 200);
  CHECK(get("/v1/services").result().empty());
}

TEST_CASE_FIXTURE(ApiFixture, "an unknown service is 404, code 5104") {
  const std::string unknown = "/v1/services/" + Uuid::random().to_string();
  for (const std::string& path : {unknown, std::string("/v1/services/api")}) {
    CHECK(get(path).status == 404);
    CHECK(get(path).code() == 5104);
    CHECK(put(path, "{}").code() == 5104);
    CHECK(remove(path).code() == 5104);
  }
}

TEST_CASE_FIXTURE(ApiFixture, "a duplicate name and an unknown tunnel are code 5101") {
  const std::string tunnel = new_tunnel("prod");
  new_service("api", tunnel);
  new_service("web", tunnel);
  const Answer twice = post("/v1/services", service_body("api", tunnel));
  CHECK(twice.status == 400);
  CHECK(twice.code() == 5101);
  CHECK(twice.message().starts_with("name: "));
  CHECK(put("/v1/services/web", service_body("api", tunnel)).code() == 5101);
  const Answer nowhere = post("/v1/services", service_body("new", Uuid::random().to_string()));
  CHECK(nowhere.status == 400);
  CHECK(nowhere.code() == 5101);
  CHECK(nowhere.message().starts_with("host.resolver_network.tunnel_id: no tunnel"));
  // Two of one millisecond have no order of creation.
  const std::string names = get("/v1/services").names();
  CHECK((names == "api web " || names == "web api "));
}

TEST_CASE_FIXTURE(ApiFixture, "all problems of a body are told at once") {
  const Answer answer = post("/v1/services", R"({"type":"http","http_port":0,"host":{}})");
  CHECK(answer.status == 400);
  CHECK(answer.code() == 10001);
  CHECK(answer.body.at("errors").size() == 3);
  CHECK(post("/v1/services", "{").message().starts_with("JSON syntax error at line 1, column 2"));
  CHECK(post("/v1/services", "{\"a\xff\":1}").status == 400);
}

TEST_CASE_FIXTURE(ApiFixture, "a binding's token is shown once and works until it is deleted") {
  const std::string service = new_service("api", new_tunnel("prod"));
  const Answer made = post("/v1/bindings", R"({"service":"api","name":"worker"})");
  CHECK(made.status == 201);
  CHECK(made.text("service_id") == service);
  CHECK(made.text("name") == "worker");
  const std::string token = made.text("token");
  CHECK(directory().snapshot()->authorize(service, token) != nullptr);

  const std::string path = "/v1/bindings/" + made.text("id");
  CHECK(get(path).text("name") == "worker");
  CHECK_FALSE(get(path).result().contains("token"));
  CHECK(get("/v1/bindings").result().size() == 1);
  CHECK(get("/v1/bindings").body.dump().find(token) == std::string::npos);
  CHECK(get("/v1/bindings", "service=api").result().size() == 1);
  CHECK(get("/v1/bindings", "service=nobody").code() == 5104);

  CHECK(post("/v1/bindings", R"({"service":")" + service + "\"}").result().at("name").is_null());
  CHECK(remove(path).status == 200);
  CHECK(directory().snapshot()->authorize(service, token) == nullptr);
  CHECK(remove(path).code() == 5204);
  CHECK(get(path).code() == 5204);
  CHECK(remove("/v1/services/api").status == 200);
  CHECK(get("/v1/bindings").result().empty());
}

TEST_CASE_FIXTURE(ApiFixture, "bad bindings are refused with the field") {
  new_service("api", new_tunnel("prod"));
  const Answer unknown = post("/v1/bindings", R"({"service":"nobody"})");
  CHECK(unknown.status == 404);
  CHECK(unknown.code() == 5104);
  CHECK(unknown.message().starts_with("service: no service has the id or name \"nobody\""));
  const auto message = [&](const std::string& body) {
    const Answer answer = post("/v1/bindings", body);
    CHECK(answer.status == 400);
    return answer.message();
  };
  CHECK(message("{}").starts_with("service: missing"));
  CHECK(message(R"({"service":1})").starts_with("service: must be a string"));
  CHECK(message(R"({"service":"api","name":""})").starts_with("name: must not be empty"));
  CHECK(message(R"({"service":"api","name":"a\nb"})").starts_with("name: must not contain"));
  CHECK(message(R"({"servcie":"api"})").starts_with("servcie: unknown key; did you mean"));
  CHECK(message("nope").starts_with("JSON syntax error"));
  CHECK(get("/v1/bindings").result().empty());
}
