#include "edge/directory/store.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "edge/directory/schema.h"
#include "edge/directory/sqlite.h"
#include "tests/edge/samples.h"
#include "tests/edge/temporary_folder.h"

using namespace outhaul;
using namespace outhaul::edge;

namespace {

Store open_store(const std::string& path) {
  auto store = Store::open(path);
  if (!store) FAIL(store.error().message);
  return std::move(*store);
}

std::string open_error(const std::string& path) {
  const auto store = Store::open(path);
  return store ? "opened" : store.error().message;
}

template <typename T>
bool fails(const Result<T>& result, ErrorKind kind, std::string_view part) {
  if (result) return false;
  INFO(result.error().message);
  CHECK(result.error().message.find(part) != std::string::npos);
  return result.error().kind == kind;
}

/// Runs SQL on the file as another program would.
void edit(const std::string& path, const char* sql) {
  auto database = Database::open(path);
  REQUIRE(database);
  REQUIRE(database->run_script(sql));
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("the store keeps everything over closing and opening") {
  const TemporaryFolder folder;
  const std::string path = folder.file("directory.db");
  Tunnel tunnel = sample_tunnel("prod");
  Tunnel gone = sample_tunnel("gone");
  gone.created_at = tunnel.created_at + std::chrono::milliseconds(1);
  Service named = sample_service("api", tunnel.id);
  Service addressed = sample_service("db", tunnel.id);
  addressed.created_at += std::chrono::milliseconds(1);
  addressed.spec.type = ServiceType::tcp;
  addressed.spec.http_port.reset();
  addressed.spec.tcp_port = std::uint16_t{5432};
  addressed.spec.app_protocol = "postgresql";
  addressed.spec.host = {"", "10.0.0.5", "fd00::5"};
  addressed.spec.resolver_ips.clear();
  addressed.spec.tls.reset();
  Binding binding = sample_binding(named.id, 9);
  binding.name = "worker";
  {
    Store store = open_store(path);
    REQUIRE(store.create_tunnel(tunnel));
    REQUIRE(store.create_tunnel(gone));
    REQUIRE(store.delete_tunnel(gone.id, now()));
    Store::TunnelChange change;
    change.disabled = true;
    change.add_key = sample_key(8);
    REQUIRE(store.change_tunnel(tunnel.id, change));
    REQUIRE(store.create_service(named));
    REQUIRE(store.create_service(addressed));
    REQUIRE(store.create_binding(binding));
  }
  Store store = open_store(path);
  const auto tunnels = store.list_tunnels();
  REQUIRE(tunnels);
  REQUIRE(tunnels->size() == 2);
  CHECK((*tunnels)[0].id == tunnel.id);
  CHECK((*tunnels)[0].name == "prod");
  CHECK((*tunnels)[0].created_at == tunnel.created_at);
  CHECK((*tunnels)[0].disabled);
  CHECK_FALSE((*tunnels)[0].deleted_at);
  CHECK((*tunnels)[0].public_keys == std::vector{sample_key(7), sample_key(8)});
  CHECK((*tunnels)[1].id == gone.id);
  CHECK((*tunnels)[1].deleted_at);
  CHECK((*tunnels)[1].public_keys == std::vector{sample_key(7)});

  const auto services = store.list_services();
  REQUIRE(services);
  REQUIRE(services->size() == 2);
  const ServiceSpec& first = (*services)[0].spec;
  CHECK((*services)[0].id == named.id);
  CHECK(first.name == "api");
  CHECK(first.type == ServiceType::http);
  CHECK(first.http_port == 8080);
  CHECK_FALSE(first.https_port);
  CHECK(first.host.hostname == "api.internal");
  CHECK(first.tunnel_id == tunnel.id);
  CHECK(first.resolver_ips == named.spec.resolver_ips);
  CHECK(first.tls == TlsVerification::verify_ca);
  const ServiceSpec& second = (*services)[1].spec;
  CHECK(second.type == ServiceType::tcp);
  CHECK(second.tcp_port == 5432);
  CHECK(second.app_protocol == "postgresql");
  CHECK(second.host.hostname.empty());
  CHECK(second.host.ipv4 == "10.0.0.5");
  CHECK(second.host.ipv6 == "fd00::5");
  CHECK(second.resolver_ips.empty());
  CHECK_FALSE(second.tls);

  const auto bindings = store.list_bindings();
  REQUIRE(bindings);
  REQUIRE(bindings->size() == 1);
  CHECK((*bindings)[0].id == binding.id);
  CHECK((*bindings)[0].service_id == named.id);
  CHECK((*bindings)[0].token_hash == binding.token_hash);
  CHECK((*bindings)[0].name == "worker");
}

TEST_CASE("names are unique among what lives") {
  const TemporaryFolder folder;
  Store store = open_store(folder.file("directory.db"));
  const Tunnel tunnel = sample_tunnel("prod");
  REQUIRE(store.create_tunnel(tunnel));
  CHECK(fails(store.create_tunnel(sample_tunnel("prod")), ErrorKind::invalid, "name: a tunnel"));
  // A tombstone gives its name back.
  REQUIRE(store.delete_tunnel(tunnel.id, now()));
  const Tunnel second = sample_tunnel("prod");
  REQUIRE(store.create_tunnel(second));
  REQUIRE(store.delete_tunnel(second.id, now()));

  const Tunnel third = sample_tunnel("prod");
  REQUIRE(store.create_tunnel(third));
  const Service api = sample_service("api", third.id);
  const Service web = sample_service("web", third.id);
  REQUIRE(store.create_service(api));
  REQUIRE(store.create_service(web));
  CHECK(fails(store.create_service(sample_service("api", third.id)), ErrorKind::invalid,
              "name: a service"));
  CHECK(fails(store.replace_service(web.id, sample_spec("api", third.id), now()),
              ErrorKind::invalid, "name: a service"));
  // Its own name is no duplicate.
  ServiceSpec changed = sample_spec("web", third.id);
  changed.http_port = std::uint16_t{81};
  const auto replaced = store.replace_service(web.id, changed, now() + std::chrono::hours(1));
  REQUIRE(replaced);
  CHECK(replaced->spec.http_port == 81);
  CHECK(replaced->created_at == web.created_at);
  CHECK(replaced->updated_at > web.updated_at);
}

TEST_CASE("what is unknown, deleted or in use is refused") {
  const TemporaryFolder folder;
  Store store = open_store(folder.file("directory.db"));
  const Uuid nobody = Uuid::random();
  CHECK(fails(store.delete_tunnel(nobody, now()), ErrorKind::not_found, nobody.to_string()));
  CHECK(fails(store.change_tunnel(nobody, {}), ErrorKind::not_found, nobody.to_string()));
  CHECK(fails(store.delete_service(nobody), ErrorKind::not_found, nobody.to_string()));
  CHECK(fails(store.replace_service(nobody, sample_spec("a", nobody), now()), ErrorKind::not_found,
              nobody.to_string()));
  CHECK(fails(store.delete_binding(nobody), ErrorKind::not_found, nobody.to_string()));
  CHECK(fails(store.create_binding(sample_binding(nobody, 1)), ErrorKind::not_found,
              nobody.to_string()));
  CHECK(fails(store.create_service(sample_service("api", nobody)), ErrorKind::invalid,
              "host.resolver_network.tunnel_id: no tunnel has the id"));

  const Tunnel tunnel = sample_tunnel("prod");
  REQUIRE(store.create_tunnel(tunnel));
  const Service service = sample_service("api", tunnel.id);
  REQUIRE(store.create_service(service));
  CHECK(fails(store.delete_tunnel(tunnel.id, now()), ErrorKind::invalid,
              "still used by 1 service, e.g. \"api\""));
  REQUIRE(store.delete_service(service.id));
  REQUIRE(store.delete_tunnel(tunnel.id, now()));
  CHECK(fails(store.delete_tunnel(tunnel.id, now()), ErrorKind::not_found, "not found"));
  Service late = sample_service("late", tunnel.id);
  late.spec.host = {"", "10.0.0.5", ""};
  CHECK(fails(store.create_service(late), ErrorKind::invalid, "host.network.tunnel_id: "));
}

TEST_CASE("a service takes its bindings with it") {
  const TemporaryFolder folder;
  Store store = open_store(folder.file("directory.db"));
  const Tunnel tunnel = sample_tunnel("prod");
  REQUIRE(store.create_tunnel(tunnel));
  const Service api = sample_service("api", tunnel.id);
  const Service web = sample_service("web", tunnel.id);
  REQUIRE(store.create_service(api));
  REQUIRE(store.create_service(web));
  REQUIRE(store.create_binding(sample_binding(api.id, 1)));
  REQUIRE(store.create_binding(sample_binding(api.id, 2)));
  const Binding kept = sample_binding(web.id, 3);
  REQUIRE(store.create_binding(kept));
  REQUIRE(store.delete_service(api.id));
  const auto left = store.list_bindings();
  REQUIRE(left);
  REQUIRE(left->size() == 1);
  CHECK((*left)[0].id == kept.id);
}

TEST_CASE("two keys at most, one at least; which of them goes is said") {
  const TemporaryFolder folder;
  Store store = open_store(folder.file("directory.db"));
  const Tunnel tunnel = sample_tunnel("prod");
  REQUIRE(store.create_tunnel(tunnel));
  const PublicKey first = tunnel.public_keys.front();
  const auto change = [&](std::optional<PublicKey> add, std::optional<PublicKey> remove) {
    Store::TunnelChange keys;
    keys.add_key = add;
    keys.remove_key = remove;
    return store.change_tunnel(tunnel.id, keys);
  };
  CHECK(fails(change({}, first), ErrorKind::invalid, "only key"));
  REQUIRE(change(sample_key(2), {}));
  CHECK(fails(change(sample_key(3), {}), ErrorKind::invalid, "two keys already"));
  CHECK(fails(change(sample_key(3), sample_key(9)), ErrorKind::invalid, "not a key"));
  REQUIRE(change(sample_key(3), sample_key(2)));
  const auto two = store.list_tunnels();
  REQUIRE(two);
  CHECK((*two)[0].public_keys == std::vector{first, sample_key(3)});
  REQUIRE(change({}, first));
  const auto one = store.list_tunnels();
  REQUIRE(one);
  CHECK((*one)[0].public_keys == std::vector{sample_key(3)});
}

TEST_CASE("names are data, never SQL") {
  const TemporaryFolder folder;
  Store store = open_store(folder.file("directory.db"));
  const std::string name = "x'); DROP TABLE tunnels; --\"%_";
  const Tunnel tunnel = sample_tunnel(name);
  REQUIRE(store.create_tunnel(tunnel));
  CHECK(fails(store.create_tunnel(sample_tunnel(name)), ErrorKind::invalid, name));
  CHECK(fails(store.create_tunnel(sample_tunnel(std::string("a\0b", 3))), ErrorKind::invalid,
              "control"));
  CHECK(
      fails(store.create_tunnel(sample_tunnel(std::string(129, 'n'))), ErrorKind::invalid, "128"));
  CHECK(fails(store.create_service(sample_service("tab\t", tunnel.id)), ErrorKind::invalid,
              "control"));
  const auto tunnels = store.list_tunnels();
  REQUIRE(tunnels);
  REQUIRE(tunnels->size() == 1);
  CHECK((*tunnels)[0].name == name);
}

TEST_CASE("the file is for its owner only") {
  const TemporaryFolder folder;
  const std::string path = folder.file("directory.db");
  const mode_t before = ::umask(0);
  {
    Store store = open_store(path);
    REQUIRE(store.create_tunnel(sample_tunnel("prod")));
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path + "-wal") == 0600);
  }
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  {
    Store store = open_store(path);
    CHECK(mode_of(path) == 0600);
  }
  ::umask(before);
}

TEST_CASE("one process at a time") {
  const TemporaryFolder folder;
  const std::string path = folder.file("directory.db");
  {
    Store store = open_store(path);
    const auto second = Store::open(path);
    CHECK(fails(second, ErrorKind::denied, "in use by another process"));
    CHECK(fails(second, ErrorKind::denied, path));
  }
  CHECK(open_error(path) == "opened");
}

TEST_CASE("files that are not this program's are refused and left alone") {
  const TemporaryFolder folder;
  const std::string path = folder.file("directory.db");

  SUBCASE("a newer schema") {
    {
      open_store(path);
    }
    edit(path, "PRAGMA user_version = 99");
    CHECK(open_error(path).find("schema version 99") != std::string::npos);
    CHECK(open_error(path).find("newer outhaul-edge") != std::string::npos);
  }
  SUBCASE("another program's database") {
    edit(path, "CREATE TABLE songs (title TEXT)");
    std::filesystem::permissions(path, std::filesystem::perms(0644));
    CHECK(open_error(path).find("another program") != std::string::npos);
    CHECK(mode_of(path) == 0644);
  }
  SUBCASE("no database at all") {
    std::ofstream(path) << std::string(8192, 'x');
    CHECK(open_error(path).find("damaged") != std::string::npos);
    CHECK(std::filesystem::file_size(path) == 8192);
  }
  SUBCASE("a folder") {
    std::filesystem::create_directory(path);
    CHECK(open_error(path).find("not a regular file") != std::string::npos);
  }
  SUBCASE("no folder above") {
    CHECK(open_error(folder.file("missing/directory.db")).find("create") != std::string::npos);
  }
}

TEST_CASE("a damaged file is refused") {
  const TemporaryFolder folder;
  const std::string path = folder.file("directory.db");
  {
    Store store = open_store(path);
    for (int i = 0; i < 50; ++i) {
      REQUIRE(store.create_tunnel(sample_tunnel("tunnel " + std::to_string(i))));
    }
  }
  SUBCASE("pages overwritten") {
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(static_cast<std::size_t>(size - 4096), '\x5a');
    file.close();
    CHECK(open_error(path).find("damaged") != std::string::npos);
  }
  SUBCASE("cut off") {
    std::filesystem::resize_file(path, 4096 * 3);
    CHECK(open_error(path).find("damaged") != std::string::npos);
  }
  SUBCASE("a bad value") {
    edit(path, "UPDATE tunnels SET id = 'T1' WHERE name = 'tunnel 7'");
    Store store = open_store(path);
    CHECK(fails(store.list_tunnels(), ErrorKind::invalid, "tunnels.id"));
  }
  SUBCASE("a tunnel without a key") {
    edit(path, "DELETE FROM tunnel_keys");
    Store store = open_store(path);
    CHECK(fails(store.list_tunnels(), ErrorKind::invalid, "tunnel_keys"));
  }
}

TEST_CASE("a transaction that is not committed leaves nothing") {
  const TemporaryFolder folder;
  auto database = Database::open(folder.file("other.db"));
  REQUIRE(database);
  REQUIRE(database->run_script("CREATE TABLE t (n INTEGER)"));
  {
    auto transaction = Transaction::begin(*database);
    REQUIRE(transaction);
    REQUIRE(database->run("INSERT INTO t VALUES (?)", {std::int64_t{1}}));
  }
  auto rows = database->query("SELECT count(*) FROM t");
  REQUIRE(rows);
  REQUIRE(rows->step());
  CHECK(rows->integer(0) == 0);
  CHECK_FALSE(database->run("INSERT INTO nowhere VALUES (1)"));
}

TEST_CASE("a copy has what is only in the write-ahead log, and opens as a store") {
  const TemporaryFolder folder;
  Store store = open_store(folder.file("directory.db"));
  const Tunnel tunnel = sample_tunnel("prod");
  REQUIRE(store.create_tunnel(tunnel));
  const auto copied = store.copy();
  REQUIRE(copied);
  REQUIRE(store.create_tunnel(sample_tunnel("later")));
  std::ofstream(folder.file("copy.db"), std::ios::binary) << *copied;
  CHECK(directory_schema(folder.file("copy.db")).value() == newest_schema());
  Store copy = open_store(folder.file("copy.db"));
  const auto tunnels = copy.list_tunnels();
  REQUIRE(tunnels);
  REQUIRE(tunnels->size() == 1);
  CHECK(tunnels->front().id == tunnel.id);
}

TEST_CASE("looking at a file's schema makes and changes nothing") {
  const TemporaryFolder folder;
  const std::string path = folder.file("directory.db");
  CHECK(fails(directory_schema(path), ErrorKind::not_found, path));
  CHECK_FALSE(std::filesystem::exists(path));
  edit(path, "PRAGMA user_version = 0");
  CHECK(directory_schema(path).value() == 0);
  edit(path, "CREATE TABLE other (x)");
  CHECK(fails(directory_schema(path), ErrorKind::invalid, "another program"));
}
