#include "common/net/key_pair.h"

#include <cstddef>

#include "common/net/openssl_error.h"
#include "common/net/openssl_handles.h"
#include "common/net/pem.h"

namespace outhaul::net {

namespace {
constexpr std::size_t pem_file_limit = std::size_t{4} * 1024 * 1024;
}  // namespace

Result<KeyPair> load_key_pair(const std::string& chain_file, const std::string& key_file) {
  KeyPair pair;
  OUTHAUL_TRY(chain, read_file(chain_file, pem_file_limit));
  OUTHAUL_TRY(key, read_file(key_file, pem_file_limit));
  pair.chain_pem = std::move(chain);
  pair.key_pem = std::move(key);
  pair.chain_name = "certificate '" + chain_file + "'";
  pair.key_name = "private key '" + key_file + "'";
  return pair;
}

Result<void> use_key_pair(SSL_CTX* context, const KeyPair& pair) {
  OUTHAUL_TRY(chain, parse_certificates(pair.chain_pem, pair.chain_name));
  OUTHAUL_TRY(key, parse_private_key(pair.key_pem, pair.key_name));
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
    return openssl_error(pair.chain_name);
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
      return openssl_error(pair.chain_name);
    }
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return openssl_error(pair.key_name + " does not fit " + pair.chain_name);
  }
  return {};
}

}  // namespace outhaul::net
