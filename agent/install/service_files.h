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
  /// `root` is "/", or the directory of another system's tree.
  explicit ServiceFiles(const std::filesystem::path& root);

  const std::filesystem::path& configuration() const { return configuration_; }
  const std::filesystem::path& token() const { return token_; }

  /// Makes the service serve this tunnel: the token in a file of mode 0640 that `group` can read,
  /// tunnel and edges in the configuration. Without edges, the token's are used. Errors name the
  /// file.
  Result<void> write(const tunnel::Token& token, const std::vector<tunnel::EdgeAddress>& edges,
                     std::string_view group) const;

  /// Removes the token, and comments out what write() has set. Fine when nothing is there.
  Result<void> remove() const;

 private:
  std::filesystem::path configuration_;
  std::filesystem::path token_;
};

}  // namespace outhaul::agent
