#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/options.h"
#include "agent/reach/proxy.h"
#include "agent/settings/configuration.h"
#include "common/async/loop.h"
#include "common/base/log.h"
#include "common/net/watched_files.h"
#include "common/options/values.h"
#include "common/tunnel/concealed_key.h"
#include "common/tunnel/edge_address.h"
#include "common/tunnel/token.h"

namespace outhaul::agent {

/// Reads the agent's credentials again when it is asked to, or when one of their files has changed:
/// the token or credentials file, --edge-ca, the client certificate of the profile rhttp with its
/// key, and the login of the proxy. All of it, or nothing when there is a problem, such as a token
/// of another tunnel, or a new certificate whose key is not there yet.
///
/// Log: `credentials_reloaded` with what changed, or `credentials_refused`.
class CredentialsReloader {
 public:
  /// Puts token, edges and trust of the options in force; `replace`: the connections that there are
  /// use what is no longer right. An error changes nothing. Runs on the loop with no coroutine on
  /// the stack.
  using Apply = std::function<Result<void>(const AgentOptions&, bool replace)>;

  /// `started` is in force. `loop` and `log` must outlive this.
  CredentialsReloader(Loop& loop, Log& log, const Configuration& started, Apply apply);
  CredentialsReloader(const CredentialsReloader&) = delete;
  CredentialsReloader& operator=(const CredentialsReloader&) = delete;

  void reload();
  /// Why the files are not in force as they are now; empty: they are.
  const std::string& problem() const { return problem_; }

 private:
  /// What is in force; of secrets only what stands for them.
  struct InForce {
    tunnel::PublicKey key{};
    std::vector<tunnel::EdgeAddress> edges;
    std::vector<tunnel::Pin> pins;
    std::string edge_ca_pem;
    std::string certificate_pem;
    /// The one that is in use anyway.
    std::shared_ptr<const Proxy> proxy;
  };
  static InForce describe(const AgentOptions& options);
  void refuse(std::string message);

  Log& log_;
  options::Values values_;
  std::string file_;
  InForce in_force_;
  Apply apply_;
  std::string problem_;
  net::WatchedFiles watched_;
};

}  // namespace outhaul::agent
