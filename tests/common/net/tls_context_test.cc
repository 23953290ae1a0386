#include "common/net/tls_context.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/common/net/tls_fixture.h"

using namespace outhaul;
using namespace outhaul::net;
using namespace outhaul::net::testing;

namespace {

/// A directory of this test's own.
class Directory {
 public:
  Directory()
      : path_(std::filesystem::temp_directory_path() / ("net-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = path_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

template <typename T>
void check_refused(const Result<T>& result, std::initializer_list<std::string> fragments) {
  REQUIRE_FALSE(result);
  CAPTURE(result.error().message);
  for (const std::string& fragment : fragments) {
    CAPTURE(fragment);
    CHECK(result.error().message.find(fragment) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("certificates, keys and authorities come from files") {
  const Directory directory;
  TlsPair pair;
  const KeyPair made = pair.server_options.key_pair;
  const auto loaded = load_key_pair(directory.write("chain.pem", made.chain_pem),
                                    directory.write("key.pem", made.key_pem));
  REQUIRE(loaded);
  pair.server_options.key_pair = *loaded;
  const auto store =
      TrustStore::from_file(directory.write("ca.pem", pair.authority.certificate_pem()));
  REQUIRE(store);
  pair.client_options.trust = *store;
  pair.require_handshake();
}

TEST_CASE("errors name the file and the reason") {
  const Directory directory;
  const auto authority = make_authority();
  const KeyPair made = issue(authority, leaf_for("a.example"));
  const std::string chain = directory.write("chain.pem", made.chain_pem);
  const std::string junk = directory.write("junk.pem", "no PEM at all\n");
  const std::string missing = directory.path("missing.pem");
  const std::string damaged = directory.write(
      "damaged.pem", authority.certificate_pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n");

  check_refused(load_key_pair(chain, missing), {missing, "No such file"});
  check_refused(TrustStore::from_file(missing), {missing});
  check_refused(TrustStore::from_file(junk), {junk, "no certificate in PEM form"});
  check_refused(TrustStore::from_file(damaged), {damaged, "certificate 2 is damaged"});

  TlsServerOptions options;
  options.key_pair = *load_key_pair(junk, chain);
  check_refused(TlsServerContext::create(options), {junk, "no certificate"});
  options.key_pair = *load_key_pair(chain, junk);
  check_refused(TlsServerContext::create(options), {junk, "private key"});
  options.key_pair = made;
  options.key_pair.key_pem = issue(authority, leaf_for("b.example")).key_pem;
  check_refused(TlsServerContext::create(options), {"does not fit", "a.example", "mismatch"});
}

TEST_CASE("a key with a pass phrase is refused without asking for one") {
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAk\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  TlsServerOptions options;
  options.key_pair = issue(make_authority(), leaf_for("a.example"));
  options.key_pair.key_pem = encrypted;
  check_refused(TlsServerContext::create(options), {"no unencrypted private key"});
}

TEST_CASE("contradictory options are refused") {
  TlsClientOptions options;
  check_refused(TlsClientContext::create(options), {"trust store", "CA file or pins"});
  options.pins = {"sha256/short"};
  check_refused(TlsClientContext::create(options), {"pin: must be 'sha256/'"});
  options.pins = {make_authority().pin()};
  CHECK(TlsClientContext::create(options));
  options.verification = PeerVerification::disabled;
  check_refused(TlsClientContext::create(options), {"pins: have no effect"});
  options.pins.clear();
  CHECK(TlsClientContext::create(options));
  options.alpn = {""};
  check_refused(TlsClientContext::create(options), {"alpn"});

  TlsServerOptions server;
  server.key_pair = issue(make_authority(), leaf_for("a.example"));
  server.client_certificates = ClientCertificates::required;
  check_refused(TlsServerContext::create(server), {"client certificates", "CA file"});
}

TEST_CASE("a connection keeps the context it began with") {
  TlsPair pair;
  pair.connect();
  // The only other owners are gone, as after a reload.
  pair.client_options.trust = nullptr;
  outhaul::testing::run_task(pair.loop, pair.run_both());
  CHECK(pair.client_result);
  CHECK(pair.server_result);
}

TEST_CASE("the system's trust store loads and trusts no stranger") {
  const auto store = TrustStore::system();
  REQUIRE(store);
  TlsPair pair;
  pair.client_options.trust = *store;
  pair.handshake();
  check_error(pair.client_result, ErrorKind::tls_certificate, {"CA file"});
}
