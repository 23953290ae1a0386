#include <string>

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include "common/net/io.h"
#include "common/net/tls_stream.h"
#include "tests/common/net/tls_fixture.h"

using namespace outhaul;
using namespace outhaul::net;
using namespace outhaul::net::testing;

namespace {

Task<void> read_one(ByteStream& stream, Result<std::size_t>& result) {
  std::array<std::byte, 16> buffer{};
  result = co_await read_some(stream, buffer);
}

Task<void> speak(ByteStream& stream, std::string_view text) {
  const auto sent = co_await write_all(stream, as_bytes(text));
  CHECK(sent);
}

/// A handshake of one end only; the other end of the transport says `text` and closes.
Result<void> handshake_against_text(TlsPair& pair, std::string_view text) {
  auto ends = MemoryStream::make_pair(pair.loop, pair.memory);
  TlsStream client(std::move(ends.first), client_context(pair.client_options), pair.target);
  if (!text.empty()) outhaul::testing::run_task(pair.loop, speak(*ends.second, text));
  CHECK(ends.second->shutdown_write().status == IoStatus::done);
  Result<void> result;
  outhaul::testing::run_task(pair.loop, TlsPair::run_one(client, result));
  return result;
}

}  // namespace

TEST_CASE("a handshake agrees on TLS 1.3, AES-128-GCM and the protocol") {
  TlsPair pair;
  pair.client_options.alpn = {"h2", "http/1.1"};
  pair.server_options.alpn = {"http/1.1"};
  pair.client_options.alpn_rule = AlpnRule::required;
  pair.server_options.alpn_rule = AlpnRule::required;
  pair.require_handshake();
  CHECK(pair.client->version() == "TLSv1.3");
  CHECK(pair.client->cipher() == "TLS_AES_128_GCM_SHA256");
  CHECK(pair.client->alpn() == "http/1.1");
  CHECK(pair.server->alpn() == "http/1.1");
  CHECK(pair.client->peer_names() == std::vector<std::string>{"DNS:edge.example"});
  CHECK(pair.client->peer_common_name() == "edge.example");
  REQUIRE(pair.client->peer_spki_hashes().size() == 2);
  CHECK(pair.client->peer_spki_hashes()[1] == pair.authority.pin());
  CHECK(pair.server->peer_spki_hashes().empty());
}

TEST_CASE("a certificate for an IP address is checked as such") {
  TlsPair pair;
  LeafRequest request;
  request.common_name = "by address";
  request.ip_addresses = {*IpAddress::parse("10.0.0.5"), *IpAddress::parse("fd00::1")};
  pair.server_options.key_pair = issue(pair.authority, request);
  for (const char* address : {"10.0.0.5", "fd00::1"}) {
    pair.target = {address, ""};
    pair.require_handshake();
  }
  pair.target = {"10.0.0.6", ""};
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate,
              {"TLS handshake with 10.0.0.6", "IP:10.0.0.5, IP:fd00::1", "not for '10.0.0.6'"});
}

TEST_CASE("a wrong name is named, and verify_ca or disabled do not mind it") {
  TlsPair pair;
  pair.target = {"other.example", ""};
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate,
              {"TLS handshake with other.example", "DNS:edge.example", "not for 'other.example'"});
  check_error(pair.server_result, ErrorKind::tls_alert, {"TLS handshake with client", "alert"});
  CHECK(pair.server->received_alert() == SSL_AD_BAD_CERTIFICATE);

  pair.client_options.verification = PeerVerification::chain_only;
  pair.require_handshake();
  pair.client_options.verification = PeerVerification::disabled;
  pair.client_options.trust = nullptr;
  pair.require_handshake();
}

TEST_CASE("a common name does not stand in for a subject alternative name") {
  TlsPair pair;
  LeafRequest request;
  request.common_name = "edge.example";
  request.uris = {"urn:uuid:6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"};
  pair.server_options.key_pair = issue(pair.authority, request);
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"not for 'edge.example'"});
}

TEST_CASE("a client cannot verify a name that it does not have") {
  TlsPair pair;
  pair.target = {"", ""};
  pair.handshake();
  check_error(pair.client_result, ErrorKind::invalid, {"server name"});
}

TEST_CASE("expired and not yet valid certificates") {
  TlsPair pair;
  LeafRequest request = leaf_for("edge.example");
  request.validity = {days_from_now(-20), days_from_now(-1)};
  pair.server_options.key_pair = issue(pair.authority, request);
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"expired", "CN=edge.example"});
  CHECK(pair.server->received_alert() == SSL_AD_CERTIFICATE_EXPIRED);

  pair.client_options.verification = PeerVerification::chain_only;
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"expired"});

  request.validity = {days_from_now(1), days_from_now(20)};
  pair.server_options.key_pair = issue(pair.authority, request);
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"not yet valid", "clock"});

  pair.client_options.verification = PeerVerification::disabled;
  pair.require_handshake();
}

TEST_CASE("an unknown authority, also under verify_ca") {
  TlsPair pair;
  pair.client_options.trust = trust(make_authority("another authority"));
  for (const auto verification : {PeerVerification::full, PeerVerification::chain_only}) {
    pair.client_options.verification = verification;
    pair.handshake();
    check_error(pair.client_result, ErrorKind::tls_certificate,
                {"self-signed", "test authority", "CA file"});
    CHECK(pair.server->received_alert() == SSL_AD_UNKNOWN_CA);
  }
}

TEST_CASE("a client certificate does not serve as a server's") {
  TlsPair pair;
  LeafRequest request = leaf_for("edge.example");
  request.use = CertificateUse::client;
  pair.server_options.key_pair = issue(pair.authority, request);
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"another use"});
}

TEST_CASE("a peer without TLS is quoted") {
  TlsPair pair;
  check_error(handshake_against_text(pair, "HTTP/1.1 400 Bad Request\r\n\r\n"),
              ErrorKind::tls_protocol, {"does not speak TLS", "'HTTP/1.1 400 Bad'", "port"});
  check_error(handshake_against_text(pair, std::string("\x00\x01\x02\x03\x04\x05\x06\x07", 8)),
              ErrorKind::tls_protocol, {"does not seem to speak TLS", "port"});
}

TEST_CASE("a peer that closes or resets during the handshake") {
  TlsPair pair;
  check_error(handshake_against_text(pair, ""), ErrorKind::closed,
              {"edge.example", "closed the connection before the handshake was done"});
  pair.connect();
  pair.client_memory->inject_failure(Error{ErrorKind::reset, "read from 10.0.0.5:443: reset"});
  outhaul::testing::run_task(pair.loop, pair.run_both());
  check_error(pair.client_result, ErrorKind::reset,
              {"TLS handshake with edge.example", "10.0.0.5"});
}

TEST_CASE("a plain HTTP request to a TLS server") {
  TlsPair pair;
  auto ends = MemoryStream::make_pair(pair.loop, pair.memory);
  TlsStream server(std::move(ends.first), server_context(pair.server_options));
  outhaul::testing::run_task(pair.loop, speak(*ends.second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  Result<void> result;
  outhaul::testing::run_task(pair.loop, TlsPair::run_one(server, result));
  check_error(result, ErrorKind::tls_protocol, {"TLS handshake with client", "'GET / HTTP/1.1'"});
}

TEST_CASE("TLS 1.2 is for origins: an edge's client and a tunnel's server refuse it") {
  TlsPair pair;
  pair.server_options.minimum_version = TlsVersion::tls_1_2;
  pair.client_options.minimum_version = TlsVersion::tls_1_3;
  pair.connect();
  // The peer speaks no more than TLS 1.2.
  auto server = server_context(pair.server_options);
  SSL_CTX_set_max_proto_version(server->native(), TLS1_2_VERSION);
  auto ends = MemoryStream::make_pair(pair.loop, pair.memory);
  pair.client = std::make_unique<TlsStream>(std::move(ends.first),
                                            client_context(pair.client_options), pair.target);
  pair.server = std::make_unique<TlsStream>(std::move(ends.second), server);
  outhaul::testing::run_task(pair.loop, pair.run_both());
  check_error(pair.client_result, ErrorKind::tls_alert, {"protocol version", "no TLS version"});
  CHECK(pair.client->received_alert() == SSL_AD_PROTOCOL_VERSION);
  check_error(pair.server_result, ErrorKind::tls_protocol, {"no TLS version in common"});

  pair.client_options.minimum_version = TlsVersion::tls_1_2;
  ends = MemoryStream::make_pair(pair.loop, pair.memory);
  pair.client = std::make_unique<TlsStream>(std::move(ends.first),
                                            client_context(pair.client_options), pair.target);
  pair.server = std::make_unique<TlsStream>(std::move(ends.second), server);
  outhaul::testing::run_task(pair.loop, pair.run_both());
  REQUIRE(pair.client_result);
  CHECK(pair.client->version() == "TLSv1.2");
  CHECK(pair.client->cipher() == "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST_CASE("no protocol in common is an alert, none at all fails where one is required") {
  TlsPair pair;
  pair.client_options.alpn = {"h2"};
  pair.server_options.alpn = {"http/1.1", "http/1.0"};
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_alert, {"no application protocol", "ALPN"});
  CHECK(pair.client->received_alert() == SSL_AD_NO_APPLICATION_PROTOCOL);
  check_error(pair.server_result, ErrorKind::tls_protocol, {"TLS handshake with client"});

  pair.server_options.alpn = {};
  pair.require_handshake();
  CHECK(pair.client->alpn().empty());
  pair.client_options.alpn_rule = AlpnRule::required;
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_protocol, {"ALPN", "wanted is h2"});

  pair.client_options.alpn = {};
  pair.client_options.alpn_rule = AlpnRule::optional;
  pair.server_options.alpn = {"http/1.1"};
  pair.server_options.alpn_rule = AlpnRule::required;
  pair.handshake();
  check_error(pair.server_result, ErrorKind::tls_protocol, {"ALPN", "wanted is http/1.1"});
}

TEST_CASE("client certificates: shown, missing, from a stranger") {
  TlsPair pair;
  LeafRequest request;
  request.common_name = "agent";
  request.uris = {"urn:uuid:6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"};
  request.use = CertificateUse::client;
  pair.server_options.client_certificates = ClientCertificates::required;
  pair.server_options.client_trust = trust(pair.authority);
  pair.client_options.key_pair = issue(pair.authority, request);
  pair.require_handshake();
  CHECK(pair.server->peer_names() ==
        std::vector<std::string>{"URI:urn:uuid:6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"});
  REQUIRE(pair.server->peer_spki_hashes().size() == 2);
  CHECK(pair.server->peer_spki_hashes()[1] == pair.authority.pin());

  // In TLS 1.3 the client is done before the server has looked: the alert comes with its first
  // read.
  pair.client_options.key_pair.reset();
  pair.handshake();
  check_error(pair.server_result, ErrorKind::tls_certificate, {"did not return a certificate"});
  Result<std::size_t> got = std::size_t{0};
  outhaul::testing::run_task(pair.loop, read_one(*pair.client, got));
  REQUIRE_FALSE(got);
  CHECK(got.error().kind == ErrorKind::tls_alert);
  CHECK(got.error().message.find("configure one") != std::string::npos);
  CHECK(pair.client->received_alert() == TLS13_AD_CERTIFICATE_REQUIRED);

  pair.client_options.key_pair = issue(make_authority("stranger"), request);
  pair.handshake();
  check_error(pair.server_result, ErrorKind::tls_certificate, {"stranger"});

  pair.server_options.client_certificates = ClientCertificates::optional;
  pair.client_options.key_pair.reset();
  pair.require_handshake();
}

TEST_CASE("handshakes survive any cut and the smallest buffers") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    TlsPair pair;
    pair.memory.capacity = seed * 3;
    pair.memory.read_cut = {Cut::Mode::random, 40};
    pair.memory.write_cut = {Cut::Mode::random, 40};
    pair.memory.seed = seed;
    pair.require_handshake();
  }
}

TEST_CASE("both ends export the same keying material, per label and context") {
  TlsPair pair;
  pair.require_handshake();
  const char* label = "EXPORTER-HTTP-Concealed-Authentication";
  const auto client = pair.client->export_keying_material(label, as_bytes("context"), 48);
  const auto server = pair.server->export_keying_material(label, as_bytes("context"), 48);
  const auto other = pair.server->export_keying_material(label, as_bytes("contexT"), 48);
  REQUIRE(client);
  REQUIRE(server);
  REQUIRE(other);
  CHECK(client->size() == 48);
  CHECK(*client == *server);
  CHECK(*client != *other);
}

TEST_CASE("the server name that is asked for can differ from the one that is verified") {
  TlsPair pair;
  pair.require_handshake();
  CHECK(pair.server->requested_name() == "edge.example");
  pair.target.sni = "front.example";
  pair.require_handshake();
  CHECK(pair.server->requested_name() == "front.example");
  pair.target = {"10.0.0.5", ""};
  pair.client_options.verification = PeerVerification::chain_only;
  pair.require_handshake();
  CHECK(pair.server->requested_name().empty());
}
