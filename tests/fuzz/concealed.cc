// Concealed authorization and Host: an accepted value means one thing only, and without a live key
// nobody is let in.
#include <string>
#include <string_view>
#include <vector>

#include "common/base/base64.h"
#include "common/tunnel/concealed_authentication.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

std::string written(const tunnel::ConcealedCredentials& credentials) {
  return "Concealed k=" + base64url_encode(credentials.tunnel_id.bytes()) +
         ", a=" + base64url_encode(credentials.key) + ", s=2055" +
         ", v=" + base64url_encode(credentials.verification) +
         ", p=" + base64url_encode(credentials.signature);
}

void check_authorization(std::string_view input) {
  const auto credentials = tunnel::parse_concealed(input);
  if (!credentials) {
    require(credentials.error().kind == ErrorKind::invalid, "a refusal is of kind invalid");
    return;
  }
  const auto again = tunnel::parse_concealed(written(*credentials));
  require(again && written(*again) == written(*credentials), "the written value means the same");

  const std::vector<std::string_view> lines = {input};
  const auto identity = tunnel::verify_concealed(
      {.path = "/ptth/tunnels/6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11",
       .authorization = lines,
       .host = {"edge.example.net", 443}},
      [](Bytes) -> Result<tunnel::ExporterOutput> { return tunnel::ExporterOutput{}; },
      [](const Uuid&) { return std::vector<tunnel::PublicKey>(); });
  require(!identity.has_value(), "without a live key nobody is let in");
}

void check_host(std::string_view input) {
  const auto host = tunnel::parse_host(input);
  if (!host) return;
  require(host->port != 0, "a port is never 0");
  const auto again = tunnel::parse_host(host->host + ":" + std::to_string(host->port));
  require(again && *again == *host, "the written host means the same");
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  outhaul::fuzz::check_authorization(outhaul::fuzz::text_of(data, size));
  outhaul::fuzz::check_host(outhaul::fuzz::text_of(data, size));
  return 0;
}
