#include <string>

#include <doctest/doctest.h>

#include "common/base/hex.h"
#include "common/tunnel/concealed_key.h"
#include "common/tunnel/token.h"
#include "tests/edge/api/api_fixture.h"

using namespace outhaul;
using namespace outhaul::edge;

TEST_CASE_FIXTURE(ApiFixture, "a tunnel is created with a token that is shown once") {
  const Answer made = post("/v1/tunnels", R"({"name":"prod"})");
  CHECK(made.status == 201);
  CHECK(made.text("name") == "prod");
  CHECK(made.result().at("deleted_at").is_null());
  CHECK(made.result().at("disabled") == false);
  const auto token = tunnel::parse_token(made.text("token"));
  REQUIRE(token);
  CHECK(token->tunnel_id.to_string() == made.text("id"));
  const auto key = tunnel::ConcealedKey::derive(token->tunnel_id, token->secret);
  CHECK(made.result().at("public_keys").at(0) == hex_encode(key.public_key()));

  for (const std::string& path :
       {std::string("/v1/tunnels/prod"), "/v1/tunnels/" + made.text("id")}) {
    const Answer shown = get(path);
    CHECK(shown.status == 200);
    CHECK(shown.text("id") == made.text("id"));
    CHECK_FALSE(shown.result().contains("token"));
  }
  CHECK(get("/v1/tunnels").body.dump().find("token") == std::string::npos);
  CHECK(get("/v1/tunnels/prod/token").status == 405);
}

TEST_CASE_FIXTURE(ApiFixture, "a new token is a second key") {
  const Answer made = post("/v1/tunnels", R"({"name":"prod"})");
  const Answer second = post("/v1/tunnels/prod/token", "");
  CHECK(second.status == 201);
  CHECK(second.text("token") != made.text("token"));
  CHECK(second.result().at("public_keys").size() == 2);
  CHECK(second.result().at("public_keys").at(0) == made.result().at("public_keys").at(0));
  // Which of the two agents use is not known here.
  const Answer third = post("/v1/tunnels/prod/token", "");
  CHECK(third.status == 409);
  CHECK(third.code() == 1023);
  CHECK(third.message().find("revoke one first") != std::string::npos);
}

namespace {

/// A running edge whose agents use one key.
ApiContext with_key_in_use(const std::string& used) {
  ApiContext context;
  context.addresses = sample_addresses();
  context.key_connections = [used](const Uuid&, const PublicKey& key) {
    return hex_encode(key) == used ? std::size_t{3} : std::size_t{0};
  };
  return context;
}

}  // namespace

TEST_CASE_FIXTURE(ApiFixture, "a repeated rotation replaces the key that nobody uses") {
  const Answer made = post("/v1/tunnels", R"({"name":"prod"})");
  const std::string first = made.result().at("public_keys").at(0).get<std::string>();
  use(with_key_in_use(first));
  const Answer lost = post("/v1/tunnels/prod/token", "");
  const Answer again = post("/v1/tunnels/prod/token", "");
  CHECK(again.status == 201);
  REQUIRE(again.result().at("public_keys").size() == 2);
  CHECK(again.result().at("public_keys").at(0) == first);
  CHECK(again.result().at("public_keys").at(1) != lost.result().at("public_keys").at(1));
  // The agents have moved: the old one goes.
  const std::string second = again.result().at("public_keys").at(1).get<std::string>();
  use(with_key_in_use(second));
  const Answer next = post("/v1/tunnels/prod/token", "");
  CHECK(next.result().at("public_keys").at(0) == second);
}

TEST_CASE_FIXTURE(ApiFixture, "keys are listed with their use, and revoked by their first digits") {
  const Answer made = post("/v1/tunnels", R"({"name":"prod"})");
  const std::string first = made.result().at("public_keys").at(0).get<std::string>();
  CHECK(get("/v1/tunnels/prod/keys").result().at(0).at("connections").is_null());
  use(with_key_in_use(first));
  post("/v1/tunnels/prod/token", "");
  const Answer keys = get("/v1/tunnels/prod/keys");
  REQUIRE(keys.result().size() == 2);
  CHECK(keys.result().at(0).at("key") == first);
  CHECK(keys.result().at(0).at("connections") == 3);
  CHECK(keys.result().at(0).at("newest") == false);
  CHECK(keys.result().at(1).at("connections") == 0);
  const auto revoke = [&](const std::string& digits) {
    return ask({"DELETE", "/v1/tunnels/prod/keys", "key=" + digits, "", ""});
  };
  CHECK(revoke("").status == 400);
  CHECK(revoke(first.substr(0, 7)).status == 400);
  CHECK(revoke("00000000").status == 404);
  CHECK(revoke(first.substr(0, 8)).result().at("public_keys").size() == 1);
  const Answer last = revoke(keys.result().at(1).at("key").get<std::string>());
  CHECK(last.status == 409);
  CHECK(last.message().find("only key") != std::string::npos);
  CHECK(post("/v1/tunnels/prod/keys", "").status == 405);
}

TEST_CASE_FIXTURE(ApiFixture, "bad bodies of tunnels are refused with the field") {
  const auto message = [&](const std::string& body) {
    const Answer answer = post("/v1/tunnels", body);
    CHECK(answer.status == 400);
    CHECK(answer.code() == 10001);
    return answer.message();
  };
  CHECK(message("").starts_with("JSON syntax error at line 1, column 1"));
  CHECK(message("{\"name\":").starts_with("JSON syntax error"));
  CHECK(message("[1]").find("must be an object") != std::string::npos);
  CHECK(message("{}") == "name: missing; name the tunnel");
  CHECK(message(R"({"name":null})") == "name: missing; name the tunnel");
  CHECK(message(R"({"name":7})").starts_with("name: must be a string"));
  CHECK(message(R"({"name":""})").starts_with("name: must not be empty"));
  CHECK(message(R"({"name":"a\u0000b"})").starts_with("name: must not contain control"));
  CHECK(message(R"({"name":"a\u001bb"})").starts_with("name: must not contain control"));
  CHECK(message(R"({"name":")" + std::string(129, 'a') + "\"}").find("128") != std::string::npos);
  CHECK(message(R"({"Name":"a"})").starts_with("Name: unknown key; did you mean \"name\"?"));
  CHECK(get("/v1/tunnels").result().empty());
}

TEST_CASE_FIXTURE(ApiFixture, "a duplicate tunnel is 409, code 1013") {
  new_tunnel("prod");
  const Answer answer = post("/v1/tunnels", R"({"name":"prod"})");
  CHECK(answer.status == 409);
  CHECK(answer.code() == 1013);
  CHECK(answer.message().starts_with("name: a tunnel named \"prod\" exists already"));
}

TEST_CASE_FIXTURE(ApiFixture, "quotes and SQL in names are just names") {
  const std::string name = R"(o'brien "x"; DROP TABLE tunnels; --/?#%)";
  const std::string id = new_tunnel(name);
  CHECK(
      get("/v1/tunnels/o'brien%20%22x%22;%20DROP%20TABLE%20tunnels;%20--%2F%3F%23%25").text("id") ==
      id);
  CHECK(get("/v1/tunnels").names() == name + " ");
  CHECK(get("/v1/tunnels/'%20OR%20'1'='1").code() == 1002);
}

TEST_CASE_FIXTURE(ApiFixture, "what cannot be shown as text is shown safely") {
  const Answer answer = get("/v1/tunnels/%00%ff%22");
  CHECK(answer.status == 404);
  CHECK(answer.code() == 1002);
}

TEST_CASE_FIXTURE(ApiFixture, "a tunnel in use stays; an unused one becomes a tombstone") {
  const std::string id = new_tunnel("prod");
  new_service("api", id);
  const Answer refused = remove("/v1/tunnels/prod");
  CHECK(refused.status == 409);
  CHECK(refused.code() == 1022);
  CHECK(refused.message().find("still used by 1 service, e.g. \"api\"") != std::string::npos);
  CHECK(remove("/v1/services/api").status == 200);
  const Answer deleted = remove("/v1/tunnels/prod");
  CHECK(deleted.status == 200);
  CHECK(deleted.result().at("deleted_at").is_string());

  CHECK(get("/v1/tunnels/prod").code() == 1002);
  CHECK(get("/v1/tunnels/" + id).result().at("deleted_at").is_string());
  CHECK(remove("/v1/tunnels/" + id).code() == 1002);
  CHECK(post("/v1/tunnels/" + id + "/token", "").code() == 1002);
  CHECK(patch("/v1/tunnels/" + id, R"({"disabled":true})").code() == 1002);
  CHECK(get("/v1/tunnels").result().empty());
  CHECK(get("/v1/tunnels", "is_deleted=false").result().empty());
  CHECK(get("/v1/tunnels", "is_deleted=true").names() == "prod ");
  CHECK(get("/v1/tunnels", "is_deleted=maybe").status == 400);
}

TEST_CASE_FIXTURE(ApiFixture, "a tunnel is disabled and enabled") {
  new_tunnel("prod");
  CHECK(patch("/v1/tunnels/prod", R"({"disabled":true})").result().at("disabled") == true);
  CHECK(get("/v1/tunnels/prod").result().at("disabled") == true);
  CHECK(patch("/v1/tunnels/prod", R"({"disabled":false})").result().at("disabled") == false);
  CHECK(patch("/v1/tunnels/prod", R"({"disabled":"yes"})").message().starts_with("disabled: must"));
  CHECK(patch("/v1/tunnels/prod", "{}").message().starts_with("disabled: missing"));
  CHECK(patch("/v1/tunnels/nobody", R"({"disabled":true})").code() == 1002);
}

TEST_CASE_FIXTURE(ApiFixture, "lists come in pages") {
  for (int i = 0; i < 5; ++i)
    new_tunnel("t" + std::to_string(i));
  const Answer all = get("/v1/tunnels");
  CHECK(all.result().size() == 5);
  const auto& info = all.body.at("result_info");
  CHECK(info.at("page") == 1);
  CHECK(info.at("per_page") == 1000);
  CHECK(info.at("count") == 5);
  CHECK(info.at("total_count") == 5);
  CHECK(info.at("total_pages") == 1);

  std::string names;
  for (const std::string page : {"1", "2", "3"}) {
    const Answer part = get("/v1/tunnels", "page=" + page + "&per_page=2");
    names += part.names();
    CHECK(part.body.at("result_info").at("total_pages") == 3);
    CHECK(part.body.at("result_info").at("count") == part.result().size());
  }
  CHECK(names == all.names());
  CHECK(get("/v1/tunnels", "page=4&per_page=2").result().empty());
  CHECK(get("/v1/tunnels", "page=4294967295&per_page=1000").result().empty());
  CHECK(get("/v1/tunnels", "per_page=5000").body.at("result_info").at("per_page") == 1000);
  CHECK(get("/v1/tunnels", "name=t3").names() == "t3 ");
  for (const std::string query : {"page=0", "page=-1", "page=x", "per_page=0", "page=1x",
                                  "page=4294967296", "pgae=1", "page=1&page=2"}) {
    CAPTURE(query);
    const Answer answer = get("/v1/tunnels", query);
    CHECK(answer.status == 400);
    CHECK(answer.code() == 10001);
  }
}

TEST_CASE_FIXTURE(ApiFixture, "an edge without addresses makes no tokens") {
  use({});
  const Answer answer = post("/v1/tunnels", R"({"name":"prod"})");
  CHECK(answer.status == 500);
  CHECK(answer.message().starts_with("edge addresses: "));
  CHECK(get("/v1/tunnels").result().empty());
}
