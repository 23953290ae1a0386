#include "edge/directory/directory.h"

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "edge/directory/tokens.h"
#include "tests/edge/samples.h"
#include "tests/edge/temporary_folder.h"

using namespace outhaul;
using namespace outhaul::edge;

namespace {

std::unique_ptr<Directory> open_directory(const std::string& path) {
  auto directory = Directory::open(path);
  if (!directory) FAIL(directory.error().message);
  return std::move(*directory);
}

Tunnel make_tunnel(Directory& directory, const std::string& name) {
  auto made = directory.call(CreateTunnel{Uuid::random(), name, sample_key(7)});
  if (!made) FAIL(made.error().message);
  return *made;
}

}  // namespace

TEST_CASE("a change is in the snapshot when its answer comes") {
  const TemporaryFolder folder;
  const auto directory = open_directory(folder.file("directory.db"));
  const auto before = directory->snapshot();
  const Tunnel tunnel = make_tunnel(*directory, "prod");
  CHECK(directory->snapshot()->tunnel(tunnel.id) != nullptr);
  // A snapshot that is held never changes.
  CHECK(before->tunnel(tunnel.id) == nullptr);

  std::promise<bool> seen;
  directory->submit(CreateService{sample_spec("api", tunnel.id)}, [&](const Result<Service>& made) {
    seen.set_value(made && directory->snapshot()->service(made->id) != nullptr);
  });
  CHECK(seen.get_future().get());
}

TEST_CASE("every kind of change reaches snapshot and file") {
  const TemporaryFolder folder;
  const std::string path = folder.file("directory.db");
  Uuid tunnel_id;
  Uuid service_id;
  const BindingCredential credential = make_binding_credential();
  const BindingCredential revoked = make_binding_credential();
  const auto check = [&](const Directory& directory) {
    const auto snapshot = directory.snapshot();
    const Tunnel* tunnel = snapshot->tunnel(tunnel_id);
    REQUIRE(tunnel != nullptr);
    CHECK(tunnel->disabled);
    CHECK(tunnel->public_keys.size() == 2);
    const Service* service = snapshot->service_by_name("web");
    REQUIRE(service != nullptr);
    CHECK(service->id == service_id);
    CHECK(snapshot->service_by_name("api") == nullptr);
    const Binding* binding = snapshot->authorize(service_id.to_string(), credential.token);
    REQUIRE(binding != nullptr);
    CHECK(binding->service_id == service_id);
    CHECK(snapshot->authorize(service_id.to_string(), revoked.token) == nullptr);
    CHECK(snapshot->services().size() == 1);
    CHECK(snapshot->tunnels().size() == 2);
    CHECK(snapshot->tunnel_by_name("old") == nullptr);
  };
  {
    const auto directory = open_directory(path);
    tunnel_id = make_tunnel(*directory, "prod").id;
    const Uuid old = make_tunnel(*directory, "old").id;
    CHECK(directory->call(DeleteTunnel{old})->deleted_at);
    CHECK(directory->call(DisableTunnel{tunnel_id, true})->disabled);
    CHECK(directory->call(AddTunnelKey{tunnel_id, sample_key(8)}));
    service_id = directory->call(CreateService{sample_spec("api", tunnel_id)})->id;
    CHECK(directory->call(ReplaceService{service_id, sample_spec("web", tunnel_id)}));
    const auto gone = directory->call(CreateService{sample_spec("gone", tunnel_id)});
    CHECK(directory->call(DeleteService{gone->id}));
    CHECK(directory->call(CreateBinding{service_id, credential.hash, "worker"}));
    const auto binding = directory->call(CreateBinding{service_id, revoked.hash, ""});
    CHECK(directory->call(DeleteBinding{binding->id}));
    check(*directory);
  }
  const auto directory = open_directory(path);
  check(*directory);
}

TEST_CASE("a change that fails changes nothing") {
  const TemporaryFolder folder;
  const auto directory = open_directory(folder.file("directory.db"));
  make_tunnel(*directory, "prod");
  const auto again = directory->call(CreateTunnel{Uuid::random(), "prod", sample_key(1)});
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::invalid);
  CHECK(directory->snapshot()->tunnels().size() == 1);
  const auto missing = directory->call(DeleteService{Uuid::random()});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::not_found);
}

TEST_CASE("threads change and read at the same time") {
  constexpr int kThreads = 4;
  constexpr int kChanges = 25;
  const TemporaryFolder folder;
  const std::string path = folder.file("directory.db");
  {
    const auto directory = open_directory(path);
    const Uuid tunnel_id = make_tunnel(*directory, "prod").id;
    std::atomic<int> made = 0;
    std::atomic<int> refused = 0;
    std::atomic<int> unseen = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kChanges; ++i) {
          // One name a thread, and one that all threads want.
          const std::string own = std::to_string(t) + "/" + std::to_string(i);
          const auto mine = directory->call(CreateService{sample_spec(own, tunnel_id)});
          const auto common =
              directory->call(CreateService{sample_spec(std::to_string(i), tunnel_id)});
          (common ? made : refused) += 1;
          if (!mine || directory->snapshot()->service_by_name(own) == nullptr) ++unseen;
        }
      });
    }
    for (std::thread& thread : threads)
      thread.join();
    CHECK(made == kChanges);
    CHECK(refused == (kThreads - 1) * kChanges);
    CHECK(unseen == 0);
  }
  CHECK(open_directory(path)->snapshot()->services().size() == kThreads * kChanges + kChanges);
}

TEST_CASE("closing finishes what was submitted") {
  const TemporaryFolder folder;
  const std::string path = folder.file("directory.db");
  int answered = 0;
  {
    const auto directory = open_directory(path);
    for (int i = 0; i < 50; ++i) {
      directory->submit(CreateTunnel{Uuid::random(), "t" + std::to_string(i), sample_key(1)},
                        [&answered](const Result<Tunnel>& made) { answered += made ? 1 : 0; });
    }
  }
  CHECK(answered == 50);
  CHECK(open_directory(path)->snapshot()->tunnels().size() == 50);
}

TEST_CASE("the writer leaves signals to the loop") {
  const TemporaryFolder folder;
  const auto directory = open_directory(folder.file("directory.db"));
  std::promise<bool> blocked;
  directory->submit(DeleteService{Uuid::random()}, [&](const Result<Service>&) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked.set_value(sigismember(&mask, SIGTERM) == 1);
  });
  CHECK(blocked.get_future().get());
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGTERM) == 0);
}

TEST_CASE("a file that cannot be used is refused when opening") {
  const TemporaryFolder folder;
  const auto directory = Directory::open(folder.file("missing/directory.db"));
  REQUIRE_FALSE(directory);
  CHECK(directory.error().message.find("missing/directory.db") != std::string::npos);
}
