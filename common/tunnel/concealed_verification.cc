#include <algorithm>
#include <optional>

#include <openssl/crypto.h>

#include "common/tunnel/concealed_authentication.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::tunnel {
namespace {

/// The base point of the curve (RFC 8032 section 5.1). A valid key to spend the time of a
/// verification on; the outcome is never used.
constexpr PublicKey make_substitute_key() {
  PublicKey key{};
  key.fill(std::byte{0x66});
  key[0] = std::byte{0x58};
  return key;
}
constexpr PublicKey substitute_key = make_substitute_key();

bool equal_in_constant_time(Bytes left, Bytes right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

Error denied(std::string_view why) {
  return Error{ErrorKind::denied, std::string(why)};
}

/// Remembers the first failed check and lets the work go on.
class Verdict {
 public:
  void require(bool condition, std::string_view otherwise) {
    if (!condition && !failure_) failure_ = denied(otherwise);
  }
  void fail(Error error) {
    if (!failure_) failure_ = std::move(error);
  }
  std::optional<Error>& failure() { return failure_; }

 private:
  std::optional<Error> failure_;
};

ConcealedCredentials read_credentials(std::span<const std::string_view> lines, Verdict& verdict) {
  verdict.require(lines.size() == 1, "there must be exactly one Authorization line");
  auto credentials = parse_concealed(lines.empty() ? std::string_view() : lines.front());
  if (credentials) return *credentials;
  verdict.fail(std::move(credentials.error()));
  return {};
}

bool path_names(std::string_view path, const Uuid& tunnel_id) {
  if (!path.starts_with(ptth_path_prefix)) return false;
  path.remove_prefix(ptth_path_prefix.size());
  // The canonical text is lower case, so that one comparison checks both rules.
  return path == tunnel_id.to_string();
}

}  // namespace

Result<Uuid> verify_concealed(const ConcealedRequest& request, const Exporter& exporter,
                              const KeyLookup& keys) {
  Verdict verdict;
  const ConcealedCredentials given = read_credentials(request.authorization, verdict);
  verdict.require(path_names(request.path, given.tunnel_id),
                  "the tunnel id of the path is not k in lower case");

  const std::vector<PublicKey> live = keys(given.tunnel_id);
  verdict.require(!live.empty(), "no such tunnel");
  const auto match = std::find_if(live.begin(), live.end(), [&](const PublicKey& key) {
    return equal_in_constant_time(key, given.key);
  });
  const bool known = match != live.end();
  verdict.require(known, "the key is not one of the tunnel's live keys");

  auto keying =
      exporter(concealed_context(given.tunnel_id, known ? *match : given.key, request.host));
  if (!keying) verdict.fail(std::move(keying.error()));
  const ExporterOutput material = keying ? *keying : ExporterOutput{};
  verdict.require(equal_in_constant_time(Bytes(material).subspan(32), given.verification),
                  "v belongs to another TLS connection or to another Host");

  const bool signed_by_key = verify_signature(known ? *match : substitute_key,
                                              concealed_signature_input(material), given.signature);
  verdict.require(signed_by_key, "the signature is wrong");

  if (verdict.failure()) return std::move(*verdict.failure());
  return given.tunnel_id;
}

}  // namespace outhaul::tunnel
