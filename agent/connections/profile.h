#pragma once

#include <memory>
#include <optional>

#include "agent/connections/connection_setup.h"
#include "agent/options.h"
#include "common/async/loop.h"
#include "common/tunnel/concealed_key.h"

namespace outhaul::agent {

/// The setup profile of the options, with what it needs: the step between TLS and HTTP/2.
class Profile {
 public:
  /// `loop` and `options.limits` outlive it.
  Profile(Loop& loop, const AgentOptions& options);
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  ConnectionSetup& setup() const { return *setup_; }
  /// What the secret of these options comes to; none in a profile without one.
  static std::optional<tunnel::ConcealedKey> key_of(const AgentOptions& options);
  /// It counts for connections from now on. Of the same profile.
  void use_key(std::optional<tunnel::ConcealedKey> key);

 private:
  std::optional<tunnel::ConcealedKey> key_;  // none without a secret
  std::unique_ptr<ConnectionSetup> setup_;
};

}  // namespace outhaul::agent
