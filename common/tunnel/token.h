#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/tunnel/edge_address.h"
#include "common/tunnel/secret.h"

namespace outhaul::tunnel {

/// SHA-256 of the SubjectPublicKeyInfo of a certificate in the edge's chain.
struct Pin {
  std::array<std::byte, 32> digest{};

  /// "sha256/<standard base64>". Error kind `invalid`.
  static Result<Pin> parse(std::string_view text);
  std::string to_string() const;

  friend bool operator==(const Pin&, const Pin&) = default;
};

inline constexpr std::size_t pin_count_maximum = 4;
inline constexpr std::size_t token_size_maximum = 16 * 1024;

/// All that an agent needs to join a tunnel.
struct Token {
  Uuid tunnel_id;
  TunnelSecret secret;
  /// At least one.
  std::vector<EdgeAddress> edges;
  /// 0 to 4. None: the trust store decides about the edge's certificate.
  std::vector<Pin> pins;
};

/// Parses a token (base64url of JSON, padding accepted) or the text of a credentials file (the JSON
/// itself); white space around either is ignored. Error kinds `invalid` and `limit`; the message
/// has the field and the fix, never a byte of the content.
Result<Token> parse_token(std::string_view text);

/// The token as one line without padding. It holds the secret: the caller decides where it goes,
/// and wipes it.
std::string serialize_token(const Token& token);

/// Reads a token or a credentials file that only its owner can read: mode 0600 or stricter, or
/// group-readable as well (0640) when the group is one of the process's own. Error kinds
/// `not_found`, `denied`, `invalid`, `limit`, `system`; the message has the path and the fix.
Result<Token> read_token_file(const std::string& path);

}  // namespace outhaul::tunnel
