#include "edge/identity/identity.h"

#include <fstream>

#include <doctest/doctest.h>

#include "common/net/key_pair.h"
#include "tests/edge/temporary_folder.h"

namespace outhaul::edge {
namespace {

using std::chrono::hours;
using std::chrono::system_clock;

class Given {
 public:
  Given() : authority_(*net::CertificateAuthority::create("test CA")) {}

  net::KeyPair issue(int days) const {
    net::LeafRequest request;
    request.common_name = "edge";
    request.dns_names = {"edge.test"};
    request.validity = net::Validity::starting_now(hours(24 * days));
    return *authority_.issue(request);
  }
  void write_certificate(std::string_view pem) const { write("edge.pem", pem); }
  void write_key(std::string_view pem) const { write("edge.key", pem); }
  Result<Identity> load() const {
    return Identity::load(
        {folder_.file("edge.pem"), folder_.file("edge.key"), folder_.file("data"), {}});
  }

 private:
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_.file(name)) << text;
  }
  TemporaryFolder folder_;
  net::CertificateAuthority authority_;
};

}  // namespace

TEST_CASE("a given certificate is read again, all of it or nothing") {
  const Given given;
  const net::KeyPair first = given.issue(10);
  given.write_certificate(first.chain_pem);
  given.write_key(first.key_pem);
  auto identity = given.load();
  REQUIRE(identity);
  const auto tls = identity->tls();
  const auto end = identity->not_after();
  CHECK(*identity->reload() == false);

  const net::KeyPair second = given.issue(20);
  given.write_key(second.key_pem);
  const auto mismatch = identity->reload();
  REQUIRE_FALSE(mismatch);
  CHECK(mismatch.error().message.find("edge.key") != std::string::npos);
  CHECK(identity->not_after() == end);
  given.write_certificate("rubbish");
  CHECK_FALSE(identity->reload());
  CHECK(identity->not_after() == end);

  given.write_certificate(second.chain_pem);
  CHECK(*identity->reload() == true);
  CHECK(identity->tls() != tls);
  CHECK(identity->not_after() - end > hours(24 * 9));
  CHECK(*identity->reload() == false);
  CHECK(*identity->renew_if_due(system_clock::now() + hours(24 * 19)) == false);
}

TEST_CASE("an own certificate renews itself before agents are warned, and has no files to read") {
  const TemporaryFolder folder;
  auto identity = Identity::load({"", "", folder.file(""), {}});
  REQUIRE(identity);
  CHECK(identity->certificate_file().empty());
  CHECK(*identity->reload() == false);
  const auto now = system_clock::now();
  CHECK(*identity->renew_if_due(now + hours(24 * 54)) == false);
  CHECK(*identity->renew_if_due(now + hours(24 * 56)) == true);
}

}  // namespace outhaul::edge
