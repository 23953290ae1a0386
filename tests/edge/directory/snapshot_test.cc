#include "edge/directory/snapshot.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "edge/directory/tokens.h"
#include "tests/edge/samples.h"

using namespace outhaul;
using namespace outhaul::edge;

TEST_CASE("things are found by id and by name") {
  Snapshot snapshot;
  const Tunnel tunnel = sample_tunnel("prod");
  snapshot.put(tunnel);
  const Service service = sample_service("api", tunnel.id);
  snapshot.put(service);
  CHECK(snapshot.tunnel(tunnel.id)->name == "prod");
  CHECK(snapshot.tunnel_by_name("prod")->id == tunnel.id);
  CHECK(snapshot.find_tunnel(tunnel.id.to_string())->id == tunnel.id);
  CHECK(snapshot.find_tunnel("prod")->id == tunnel.id);
  CHECK(snapshot.find_service("api")->id == service.id);
  CHECK(snapshot.find_service(service.id.to_string())->id == service.id);
  CHECK(snapshot.tunnel(service.id) == nullptr);
  CHECK(snapshot.service(tunnel.id) == nullptr);
  CHECK(snapshot.find_service("API") == nullptr);
  CHECK(snapshot.binding(service.id) == nullptr);
}

TEST_CASE("renaming frees the old name; a tombstone keeps no name") {
  Snapshot snapshot;
  Tunnel tunnel = sample_tunnel("prod");
  snapshot.put(tunnel);
  Service service = sample_service("api", tunnel.id);
  snapshot.put(service);
  service.spec.name = "web";
  snapshot.put(service);
  CHECK(snapshot.service_by_name("api") == nullptr);
  CHECK(snapshot.service_by_name("web")->id == service.id);
  CHECK(snapshot.services().size() == 1);

  tunnel.deleted_at = now();
  snapshot.put(tunnel);
  CHECK(snapshot.tunnel_by_name("prod") == nullptr);
  CHECK(snapshot.tunnel(tunnel.id)->deleted_at);
  const Tunnel heir = sample_tunnel("prod");
  snapshot.put(heir);
  snapshot.put(tunnel);  // again: the heir keeps the name
  CHECK(snapshot.tunnel_by_name("prod")->id == heir.id);
}

TEST_CASE("listings are in the order of creation") {
  Snapshot snapshot;
  for (int i = 9; i >= 0; --i) {
    Tunnel tunnel = sample_tunnel(std::to_string(i));
    tunnel.created_at = Timestamp(std::chrono::milliseconds(i));
    snapshot.put(tunnel);
  }
  std::string order;
  for (const Tunnel* tunnel : snapshot.tunnels())
    order += tunnel->name;
  CHECK(order == "0123456789");
}

TEST_CASE("a token is good for exactly its service") {
  Snapshot snapshot;
  const Tunnel tunnel = sample_tunnel("prod");
  snapshot.put(tunnel);
  const Service api = sample_service("api", tunnel.id);
  const Service web = sample_service("web", tunnel.id);
  snapshot.put(api);
  snapshot.put(web);
  const BindingCredential credential = make_binding_credential();
  Binding binding = sample_binding(api.id, 0);
  binding.token_hash = credential.hash;
  snapshot.put(binding);
  const std::string api_id = api.id.to_string();
  std::string upper = api_id;
  for (char& c : upper) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }

  const Binding* granted = snapshot.authorize(api_id, credential.token);
  REQUIRE(granted != nullptr);
  CHECK(granted->id == binding.id);
  CHECK(granted->service_id == api.id);
  CHECK(snapshot.authorize(upper, credential.token) == granted);

  CHECK(snapshot.authorize(web.id.to_string(), credential.token) == nullptr);
  CHECK(snapshot.authorize(Uuid::random().to_string(), credential.token) == nullptr);
  CHECK(snapshot.authorize(api_id, make_binding_credential().token) == nullptr);
  CHECK(snapshot.authorize(api_id, "") == nullptr);
  CHECK(snapshot.authorize("", credential.token) == nullptr);
  CHECK(snapshot.authorize(api_id + "0", credential.token) == nullptr);
  CHECK(snapshot.authorize(api_id.substr(0, 35), credential.token) == nullptr);
  CHECK(snapshot.authorize("api", credential.token) == nullptr);
  CHECK(snapshot.authorize(api_id, credential.token + "x") == nullptr);
  // The nil id matches the stand-in for "no binding", and is still nothing.
  CHECK(snapshot.authorize(Uuid().to_string(), "unknown") == nullptr);
  // The stored hash is no token.
  CHECK(snapshot.authorize(api_id, as_text(credential.hash)) == nullptr);

  SUBCASE("a replaced service is the new one") {
    Service changed = api;
    changed.spec.http_port = std::uint16_t{81};
    snapshot.put(changed);
    REQUIRE(snapshot.authorize(api_id, credential.token) == granted);
    CHECK(snapshot.service(granted->service_id)->spec.http_port == 81);
  }
  SUBCASE("a deleted binding is good for nothing") {
    snapshot.erase_binding(binding.id);
    CHECK(snapshot.authorize(api_id, credential.token) == nullptr);
    CHECK(snapshot.bindings().empty());
  }
  SUBCASE("a deleted service takes its bindings with it") {
    snapshot.erase_service(api.id);
    CHECK(snapshot.authorize(api_id, credential.token) == nullptr);
    CHECK(snapshot.bindings().empty());
    CHECK(snapshot.service_by_name("api") == nullptr);
  }
}
