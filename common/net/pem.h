#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/net/openssl_handles.h"

namespace outhaul::net {

/// Reads a whole file of at most `limit` bytes. The message of an error names it.
Result<std::string> read_file(const std::string& path, std::size_t limit);

/// A BIO that reads from `text`, which must outlive it.
OpensslPtr<BIO> text_bio(std::string_view text);

/// All certificates of a PEM text, at least one. Errors (kind `invalid`) name `name`.
Result<std::vector<OpensslPtr<X509>>> parse_certificates(std::string_view pem,
                                                         const std::string& name);

/// An unencrypted private key. Never asks for a pass phrase.
Result<OpensslPtr<EVP_PKEY>> parse_private_key(std::string_view pem, const std::string& name);

}  // namespace outhaul::net
