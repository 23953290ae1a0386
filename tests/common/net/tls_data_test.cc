#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/net/io.h"
#include "common/net/tls_stream.h"
#include "tests/common/net/tls_fixture.h"

using namespace outhaul;
using namespace outhaul::net;
using namespace outhaul::net::testing;

namespace {

std::vector<std::byte> pattern(std::size_t size, std::uint32_t seed) {
  std::minstd_rand random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(random() >> 8);
  return bytes;
}

/// Writes `data` in random pieces of random parts, then ends the direction.
Task<void> send_all(ByteStream& stream, const std::vector<std::byte>& data, std::uint32_t seed) {
  std::minstd_rand random(seed);
  Bytes rest = data;
  while (!rest.empty()) {
    std::array<Bytes, 5> parts;
    Bytes tail = rest;
    for (Bytes& part : parts) {
      const std::size_t size = random() % 3 == 0 ? random() % 50 : random() % 40000;
      part = tail.first(std::min(tail.size(), size));
      tail = tail.subspan(part.size());
    }
    const IoResult sent = stream.write(parts);
    REQUIRE(sent.status != IoStatus::failed);
    if (sent.status == IoStatus::would_block) {
      co_await stream.writable().wait();
      continue;
    }
    rest = rest.subspan(sent.bytes);
    if (random() % 2 == 0) {
      const auto flushed = co_await flush_all(stream);
      REQUIRE(flushed);
    }
  }
  const auto ended = co_await shutdown(stream);
  REQUIRE(ended);
}

Task<void> receive_all(Loop& loop, ByteStream& stream, std::vector<std::byte>& data,
                       std::uint32_t seed) {
  std::minstd_rand random(seed);
  for (;;) {
    // The loop's own buffer, as relays use it; sometimes a small part of it.
    MutableBytes into = loop.receive_buffer();
    if (random() % 2 == 0) into = into.first(1 + random() % 3000);
    const auto got = co_await read_some(stream, into);
    if (!got) FAIL(stream.error().message);
    if (*got == 0) co_return;
    data.insert(data.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(*got));
  }
}

Task<void> handshake_inside(Loop& loop, TlsPair& pair) {
  Scope scope(loop);
  scope.spawn(TlsPair::run_one(*pair.client, pair.client_result));
  scope.spawn(TlsPair::run_one(*pair.server, pair.server_result));
  co_await scope.drained();
}

struct Transfer {
  std::vector<std::byte> up;
  std::vector<std::byte> down;
};

Task<void> exchange(TlsPair& pair, const std::vector<std::byte>& up,
                    const std::vector<std::byte>& down, Transfer& received) {
  Scope scope(pair.loop);
  scope.spawn(send_all(*pair.client, up, 1));
  scope.spawn(send_all(*pair.server, down, 2));
  scope.spawn(receive_all(pair.loop, *pair.server, received.up, 3));
  scope.spawn(receive_all(pair.loop, *pair.client, received.down, 4));
  co_await scope.drained();
}

void check_exchange(TlsPair& pair, std::size_t size) {
  const auto up = pattern(size, 11);
  const auto down = pattern(size + 1, 12);
  Transfer received;
  outhaul::testing::run_task(pair.loop, exchange(pair, up, down, received));
  CHECK((received.up == up));
  CHECK((received.down == down));
}

IoResult write_text(ByteStream& stream, std::string_view text) {
  const Bytes part = as_bytes(text);
  return stream.write(std::span(&part, 1));
}

std::string read_text(ByteStream& stream) {
  std::array<std::byte, 256> buffer{};
  const IoResult got = stream.read(buffer);
  return std::string(as_text(Bytes(buffer).first(got.bytes)));
}

IoStatus read_status(ByteStream& stream) {
  std::byte byte{};
  return stream.read(MutableBytes(&byte, 1)).status;
}

}  // namespace

TEST_CASE("megabytes both ways at once arrive unchanged") {
  TlsPair pair;
  pair.require_handshake();
  check_exchange(pair, std::size_t{4} * 1024 * 1024);
}

TEST_CASE("data survives random cuts") {
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    TlsPair pair;
    pair.memory.read_cut = {Cut::Mode::random, 9000};
    pair.memory.write_cut = {Cut::Mode::random, 9000};
    pair.memory.seed = seed;
    pair.require_handshake();
    check_exchange(pair, std::size_t{1024} * 1024);
  }
}

TEST_CASE("data survives tiny transports") {
  for (const std::size_t capacity : {1U, 7U, 100U}) {
    TlsPair pair;
    pair.memory.capacity = capacity;
    pair.require_handshake();
    check_exchange(pair, capacity * 3000);
  }
}

TEST_CASE("data survives key updates, and TLS 1.2 as well") {
  TlsPair pair;
  pair.client_stream_options.records_per_key = 3;
  pair.server_stream_options.records_per_key = 5;
  pair.require_handshake();
  check_exchange(pair, std::size_t{1024} * 1024);
  CHECK(pair.client->key_updates() >= 20);
  CHECK(pair.server->key_updates() >= 12);

  TlsPair old;
  old.client_options.minimum_version = TlsVersion::tls_1_2;
  old.server_options.minimum_version = TlsVersion::tls_1_2;
  old.client_stream_options.records_per_key = 3;
  old.connect();
  auto client = client_context(old.client_options);
  SSL_CTX_set_max_proto_version(client->native(), TLS1_2_VERSION);
  auto ends = MemoryStream::make_pair(old.loop, old.memory);
  old.client = std::make_unique<TlsStream>(std::move(ends.first), client, old.target,
                                           old.client_stream_options);
  old.server =
      std::make_unique<TlsStream>(std::move(ends.second), server_context(old.server_options));
  outhaul::testing::run_task(old.loop, old.run_both());
  REQUIRE(old.client_result);
  REQUIRE(old.client->version() == "TLSv1.2");
  check_exchange(old, std::size_t{1024} * 1024);
  CHECK(old.client->key_updates() == 0);
}

TEST_CASE("small parts share a record, and one flush sends all") {
  TlsPair pair;
  pair.memory.capacity = std::size_t{256} * 1024;
  pair.require_handshake();
  const std::vector<std::byte> small(100);
  const std::vector<Bytes> parts(1000, Bytes(small));
  const std::uint64_t before = pair.client_memory->bytes_written();
  const IoResult sent = pair.client->write(parts);
  // The stage takes four full records and leaves it at that only when the transport is full.
  CHECK(sent.bytes == 100'000);
  CHECK(pair.client->flush().status == IoStatus::done);
  const std::uint64_t ciphertext = pair.client_memory->bytes_written() - before;
  const std::uint64_t records = 7;  // ceil(100 000 / 16 384)
  const std::uint64_t overhead = 22;
  CHECK(ciphertext == 100'000 + records * overhead);
}

TEST_CASE("write stops when the stage and the transport are full, and goes on later") {
  TlsPair pair;
  pair.memory.capacity = 2048;
  pair.require_handshake();
  const auto data = pattern(std::size_t{1024} * 1024, 5);
  const Bytes part = data;
  const IoResult first = pair.client->write(std::span(&part, 1));
  CHECK(first.status == IoStatus::done);
  CHECK(first.bytes >= std::size_t{64} * 1024);
  CHECK(first.bytes <= std::size_t{84} * 1024);
  CHECK(pair.client->write(std::span(&part, 1)).status == IoStatus::would_block);
  CHECK(pair.client->flush().status == IoStatus::would_block);
  CHECK_FALSE(pair.client->writable().is_set());
  std::vector<std::byte> received;
  while (received.size() < first.bytes) {
    std::array<std::byte, 5000> buffer{};
    const IoResult got = pair.server->read(buffer);
    REQUIRE(got.status != IoStatus::failed);
    received.insert(received.end(), buffer.begin(),
                    buffer.begin() + static_cast<std::ptrdiff_t>(got.bytes));
    [[maybe_unused]] const IoResult flushed = pair.client->flush();
  }
  CHECK(std::equal(received.begin(), received.end(), data.begin()));
  CHECK(pair.client->writable().is_set());
  CHECK(pair.client->flush().status == IoStatus::done);
}

TEST_CASE("half-close: the other direction goes on") {
  TlsPair pair;
  pair.require_handshake();
  CHECK(write_text(*pair.client, "request").status == IoStatus::done);
  CHECK(pair.client->shutdown_write().status == IoStatus::done);
  CHECK(pair.client->shutdown_write().status == IoStatus::done);
  CHECK(read_text(*pair.server) == "request");
  CHECK(read_status(*pair.server) == IoStatus::end);
  CHECK(read_status(*pair.server) == IoStatus::end);
  CHECK(write_text(*pair.server, "late answer").status == IoStatus::done);
  CHECK(pair.server->flush().status == IoStatus::done);
  CHECK(read_text(*pair.client) == "late answer");
  CHECK(read_status(*pair.client) == IoStatus::would_block);
  CHECK(pair.server->shutdown_write().status == IoStatus::done);
  CHECK(read_status(*pair.client) == IoStatus::end);
  CHECK_FALSE(pair.client->truncated());
}

TEST_CASE("close_notify waits behind staged output") {
  TlsPair pair;
  pair.memory.capacity = 1000;
  pair.require_handshake();
  const std::string text(3000, 'x');
  CHECK(write_text(*pair.client, text).bytes == 3000);
  CHECK(pair.client->shutdown_write().status == IoStatus::would_block);
  std::string received;
  while (pair.client->shutdown_write().status == IoStatus::would_block)
    received += read_text(*pair.server);
  for (std::string more = "-"; !more.empty();) {
    more = read_text(*pair.server);
    received += more;
  }
  CHECK(received == text);
  CHECK(read_status(*pair.server) == IoStatus::end);
}

TEST_CASE("an end without close_notify") {
  TlsPair pair;
  SUBCASE("fails by default, after what had arrived") {
    pair.require_handshake();
    CHECK(write_text(*pair.server, "partial").status == IoStatus::done);
    CHECK(pair.server->flush().status == IoStatus::done);
    pair.server.reset();
    CHECK(read_text(*pair.client) == "partial");
    CHECK(read_status(*pair.client) == IoStatus::failed);
    CHECK(pair.client->error().kind == ErrorKind::closed);
    CHECK(pair.client->error().message.find("TLS with edge.example") == 0);
    CHECK(pair.client->error().message.find("close_notify") != std::string::npos);
  }
  SUBCASE("is an end where that is tolerated, with a mark") {
    pair.client_stream_options.truncation = Truncation::tolerated;
    pair.require_handshake();
    pair.server.reset();
    CHECK(read_status(*pair.client) == IoStatus::end);
    CHECK(pair.client->truncated());
  }
  SUBCASE("fails in the middle of a record in any case") {
    pair.client_stream_options.truncation = Truncation::tolerated;
    pair.memory.capacity = 1000;
    pair.require_handshake();
    CHECK(write_text(*pair.server, std::string(3000, 'x')).bytes == 3000);
    CHECK(pair.server->flush().status == IoStatus::would_block);
    pair.server.reset();
    CHECK(read_status(*pair.client) == IoStatus::failed);
    CHECK(pair.client->error().kind == ErrorKind::closed);
  }
}

TEST_CASE("a reset or a damaged record ends the stream for good") {
  TlsPair pair;
  pair.require_handshake();
  SUBCASE("the peer resets") {
    pair.server->reset();
    CHECK(read_status(*pair.server) == IoStatus::failed);
    CHECK(pair.server->error().kind == ErrorKind::cancelled);
    CHECK(read_status(*pair.client) == IoStatus::failed);
    CHECK(pair.client->error().kind == ErrorKind::reset);
    CHECK(write_text(*pair.client, "more").status == IoStatus::failed);
    CHECK(pair.client->flush().status == IoStatus::failed);
  }
  SUBCASE("bytes that are no record") {
    const std::string junk("\x17\x03\x03\x00\x20 thirty-two bytes that are no cipher", 37);
    CHECK(write_text(*pair.server_memory, junk).status == IoStatus::done);
    CHECK(read_status(*pair.client) == IoStatus::failed);
    CHECK(pair.client->error().kind == ErrorKind::tls_protocol);
    // The client said why.
    CHECK(read_status(*pair.server) == IoStatus::failed);
    CHECK(pair.server->error().kind == ErrorKind::tls_alert);
    CHECK(pair.server->received_alert() == SSL_AD_BAD_RECORD_MAC);
  }
}

TEST_CASE("an idle connection can be told from one that may not be used again") {
  TlsPair pair;
  pair.require_handshake();
  CHECK(reusable(*pair.client));
  SUBCASE("stray bytes") {
    CHECK(write_text(*pair.server, "?").status == IoStatus::done);
    CHECK(pair.server->flush().status == IoStatus::done);
  }
  SUBCASE("close_notify") {
    CHECK(pair.server->shutdown_write().status == IoStatus::done);
  }
  SUBCASE("gone") {
    pair.server.reset();
  }
  SUBCASE("reset") {
    pair.server->reset();
  }
  CHECK_FALSE(reusable(*pair.client));
}

TEST_CASE("TLS inside TLS") {
  TlsPair pair;
  pair.require_handshake();
  TlsPair inner;
  inner.client = std::make_unique<TlsStream>(std::move(pair.client),
                                             client_context(inner.client_options), inner.target);
  inner.server =
      std::make_unique<TlsStream>(std::move(pair.server), server_context(inner.server_options));
  outhaul::testing::run_task(pair.loop, handshake_inside(pair.loop, inner));
  REQUIRE(inner.client_result);
  REQUIRE(inner.server_result);
  pair.client = std::move(inner.client);
  pair.server = std::move(inner.server);
  check_exchange(pair, std::size_t{1024} * 1024);
}
