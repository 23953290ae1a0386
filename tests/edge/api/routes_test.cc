#include "edge/api/routes.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/edge/api/api_fixture.h"

using namespace outhaul;
using namespace outhaul::edge;

TEST_CASE_FIXTURE(ApiFixture, "what is no route is refused") {
  for (const std::string path :
       {"/", "/v1", "/v2/tunnels", "/v1/nothing", "/v1/tunnels/a/b", "/v1/tunnels/a/token/x",
        "/v1//tunnels", "/v1/status/x", "/client/v4/accounts/a/connectivity/directory",
        "/client/v4/accounts/a/connectivity/directory/tunnels", "/client/v4/user"}) {
    CAPTURE(path);
    const Answer answer = get(path);
    CHECK(answer.status == 404);
  }
  CHECK(get("/v1/nothing").code() == 7003);
  CHECK(get("/v1/bindings/x/y").code() == 7003);
  CHECK(get("/v1/tunnels/%zz").status == 400);
  CHECK(get("v1/tunnels").status == 400);
  CHECK(get("/v1/tunnels", "a=%").status == 400);
}

TEST_CASE_FIXTURE(ApiFixture, "a method that a route does not have is refused with those it has") {
  const std::string tunnel = new_tunnel("prod");
  const std::string service = new_service("api", tunnel);
  for (const std::string path :
       {"/v1/status", "/v1/tunnels", "/v1/services", "/v1/bindings", "/v1/tunnels/prod",
        "/v1/tunnels/prod/token", "/v1/services/api"}) {
    CAPTURE(path);
    for (const std::string method : {"HEAD", "OPTIONS", "", "get", "TRACE"}) {
      const Answer answer = ask({method, path, "", "", ""});
      CHECK(answer.status == 405);
      CHECK(answer.code() == 7001);
      CHECK(answer.message().starts_with("method: not allowed here; use "));
    }
  }
}

TEST_CASE_FIXTURE(ApiFixture, "bodies have a limit") {
  const std::string body = R"({"name":")" + std::string(max_api_body_bytes, 'n') + "\"}";
  for (const std::string path : {"/v1/tunnels", "/v1/services", "/v1/bindings"}) {
    const Answer answer = post(path, body);
    CHECK(answer.status == 413);
    CHECK(answer.code() == 10413);
  }
  // Just below it the name's own rule speaks.
  CHECK(post("/v1/tunnels", body.substr(0, max_api_body_bytes - 2) + "\"}").status == 400);
}

TEST_CASE_FIXTURE(ApiFixture, "the authentication hook decides for every route") {
  ApiContext context{sample_addresses(), {}, {}, {}};
  context.authenticate = [](const ApiRequest& request) {
    return request.authorization == "Bearer good";
  };
  use(context);
  for (const std::string path : {"/v1/tunnels", "/v1/status", "/nothing"}) {
    const Answer answer = get(path);
    CHECK(answer.status == 401);
    CHECK(answer.code() == 10000);
  }
  CHECK(ask({"GET", "/v1/tunnels", "", "", "Bearer good"}).status == 200);
}

TEST_CASE_FIXTURE(ApiFixture, "status counts, and shows the connections that it is given") {
  const std::string tunnel = new_tunnel("prod");
  const std::string old = new_tunnel("old");
  CHECK(remove("/v1/tunnels/old").status == 200);
  new_service("api", tunnel);
  Answer answer = get("/v1/status");
  CHECK(answer.result().at("tunnels") == 1);
  CHECK(answer.result().at("services") == 1);
  CHECK(answer.result().at("bindings") == 0);
  CHECK(answer.result().contains("version"));
  CHECK_FALSE(answer.result().contains("connections"));

  ApiContext context{sample_addresses(), {}, {}, {}};
  context.connections = [] { return R"([{"cid":"7b1d"}])"; };
  use(context);
  answer = get("/v1/status");
  CHECK(answer.result().at("connections").at(0).at("cid") == "7b1d");
}

TEST_CASE_FIXTURE(ApiFixture,
                  "a backup is packed from a copy of the database, where that is offered") {
  const Answer none = get("/v1/backup");
  CHECK(none.status == 404);
  ApiContext context{sample_addresses(), {}, {}, {}};
  context.backup = [](const std::string& database) -> Result<std::string> {
    if (database.starts_with("SQLite format 3")) return std::string("packed");
    return Error{ErrorKind::invalid, "no database"};
  };
  Api api(directory(), std::move(context));
  std::promise<ApiResponse> promise;
  api.handle({"GET", "/v1/backup", "", "", ""},
             [&promise](ApiResponse response) { promise.set_value(std::move(response)); });
  const ApiResponse response = promise.get_future().get();
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/x-tar");
  CHECK(response.body == "packed");
}
