#pragma once

#include <string>

#include <openssl/types.h>

#include "common/base/result.h"

namespace outhaul::net {

/// A certificate chain (the own certificate first) and its private key, as PEM text. The names
/// stand for them in messages.
struct KeyPair {
  std::string chain_pem;
  std::string key_pem;
  std::string chain_name = "certificate";
  std::string key_name = "private key";
};

/// Reads the two files. The message of an error names the file.
Result<KeyPair> load_key_pair(const std::string& chain_file, const std::string& key_file);

/// Makes `context` present the pair. Error kind `invalid` with the name, also when key and
/// certificate do not belong together.
Result<void> use_key_pair(SSL_CTX* context, const KeyPair& pair);

}  // namespace outhaul::net
