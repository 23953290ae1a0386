#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/tunnel/edge_address.h"
#include "common/tunnel/token.h"

namespace outhaul::agent {

/// What the service has in /etc/outhaul: its configuration and its token.
class ServiceFiles {
 public:
  enum class Token : bool { none, given };

  /// `root` is "/", or the directory of another system's tree.
  explicit ServiceFiles(const std::filesystem::path& root);

  const std::filesystem::path& configuration() const { return configuration_; }
  const std::filesystem::path& token() const { return token_; }

  /// Makes the service serve this tunnel: the token in a file of mode 0640 that `group` can read,
  /// tunnel and edges in the configuration. Without edges, the token's are used. Errors name the
  /// file.
  Result<void> write(const tunnel::Token& token, const std::vector<tunnel::EdgeAddress>& edges,
                     std::string_view group) const;

  /// Makes this the service's configuration; the one before stays as outhaul.toml.old. Without a
  /// token, an empty outhaul.env lets the unit start. Errors name the file.
  Result<void> use_configuration(std::string_view text, Token token) const;

  /// Removes the token and that outhaul.env, and comments out what write() has set. Fine when
  /// nothing is there.
  Result<void> remove() const;

 private:
  std::filesystem::path configuration_;
  std::filesystem::path token_;
  std::filesystem::path environment_;
};

}  // namespace outhaul::agent
