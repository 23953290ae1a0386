#pragma once

#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/net/certificate_authority.h"
#include "common/net/memory_stream.h"
#include "common/net/tls_context.h"
#include "common/net/tls_stream.h"
#include "tests/support/run_task.h"

namespace outhaul::net::testing {

inline std::chrono::system_clock::time_point days_from_now(int days) {
  return std::chrono::system_clock::now() + std::chrono::hours(24 * days);
}

inline CertificateAuthority make_authority(const std::string& name = "test authority") {
  auto authority = CertificateAuthority::create(name);
  REQUIRE(authority);
  return std::move(*authority);
}

inline LeafRequest leaf_for(const std::string& dns_name) {
  LeafRequest request;
  request.common_name = dns_name;
  request.dns_names = {dns_name};
  return request;
}

inline KeyPair issue(const CertificateAuthority& authority, const LeafRequest& request) {
  auto pair = authority.issue(request);
  REQUIRE(pair);
  return std::move(*pair);
}

inline std::shared_ptr<const TrustStore> trust(const CertificateAuthority& authority) {
  auto store = TrustStore::from_pem(authority.certificate_pem(), "test authority");
  REQUIRE(store);
  return *store;
}

inline std::shared_ptr<const TlsServerContext> server_context(TlsServerOptions options) {
  auto context = TlsServerContext::create(std::move(options));
  if (!context) FAIL(context.error().message);
  return *context;
}

inline std::shared_ptr<const TlsClientContext> client_context(TlsClientOptions options) {
  auto context = TlsClientContext::create(std::move(options));
  if (!context) FAIL(context.error().message);
  return *context;
}

/// Two TLS ends over memory. What a test does not set stands for a good connection to
/// "edge.example".
struct TlsPair {
  Loop loop;
  CertificateAuthority authority = make_authority();
  TlsServerOptions server_options;
  TlsClientOptions client_options;
  TlsTarget target{"edge.example", ""};
  TlsStreamOptions client_stream_options;
  TlsStreamOptions server_stream_options;
  MemoryStreamOptions memory;

  MemoryStream* client_memory = nullptr;
  MemoryStream* server_memory = nullptr;
  std::unique_ptr<TlsStream> client;
  std::unique_ptr<TlsStream> server;
  Result<void> client_result = Error{ErrorKind::system, "not run"};
  Result<void> server_result = Error{ErrorKind::system, "not run"};

  TlsPair() {
    server_options.key_pair = issue(authority, leaf_for("edge.example"));
    client_options.trust = trust(authority);
  }

  void connect() {
    auto pair = MemoryStream::make_pair(loop, memory);
    client_memory = pair.first.get();
    server_memory = pair.second.get();
    client = std::make_unique<TlsStream>(std::move(pair.first), client_context(client_options),
                                         target, client_stream_options);
    server = std::make_unique<TlsStream>(std::move(pair.second), server_context(server_options),
                                         server_stream_options);
  }

  /// Connects and runs both handshakes to their ends.
  void handshake() {
    connect();
    outhaul::testing::run_task(loop, run_both());
  }

  void require_handshake() {
    handshake();
    if (!client_result) FAIL(client_result.error().message);
    if (!server_result) FAIL(server_result.error().message);
  }

  static Task<void> run_one(TlsStream& stream, Result<void>& result) {
    result = co_await stream.handshake();
    // So that the other end does not wait for ever.
    if (!result) [[maybe_unused]]
      const IoResult ended = stream.transport().shutdown_write();
  }

  Task<void> run_both() {
    Scope scope(loop);
    scope.spawn(run_one(*client, client_result));
    scope.spawn(run_one(*server, server_result));
    co_await scope.drained();
  }
};

inline void check_error(const Result<void>& result, ErrorKind kind,
                        std::initializer_list<const char*> fragments) {
  REQUIRE_FALSE(result);
  CAPTURE(result.error().message);
  CHECK(to_string(result.error().kind) == to_string(kind));
  for (const char* fragment : fragments) {
    CAPTURE(fragment);
    CHECK(result.error().message.find(fragment) != std::string::npos);
  }
}

}  // namespace outhaul::net::testing
