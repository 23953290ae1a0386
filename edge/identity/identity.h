#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/net/certificate_authority.h"
#include "common/net/tls_context.h"
#include "common/tunnel/edge_address.h"
#include "common/tunnel/token.h"

namespace outhaul::edge {

struct IdentityOptions {
  /// Both, or neither: then the edge is its own authority.
  std::filesystem::path certificate;
  std::filesystem::path key;
  /// Holds ca.pem and ca.key (0600).
  std::filesystem::path data_dir;
  /// What the certificate is for, besides localhost, 127.0.0.1 and ::1.
  std::vector<tunnel::EdgeAddress> public_names;
};

/// As whom the edge shows itself to agents: a certificate that its operator gave, or one of the
/// edge's own authority.
///
/// The authority (10 years) is made on the first start and kept; its pin goes into tokens, and its
/// certificate is sent along with each leaf. Leaves (90 days) live in memory only: every start
/// makes a new one, and so does renew_if_due(). A given certificate is not pinned: its key may
/// change when it is renewed, and agents verify it with their trust store.
class Identity {
 public:
  /// Errors name the file.
  static Result<Identity> load(const IdentityOptions& options);

  /// For new connections; changes with renew_if_due().
  const std::shared_ptr<const net::TlsServerContext>& tls() const { return tls_; }
  /// For tokens. None with a given certificate.
  const std::vector<tunnel::Pin>& pins() const { return pins_; }

  /// The files of a given certificate; empty names without one.
  const std::filesystem::path& certificate_file() const { return certificate_; }
  const std::filesystem::path& key_file() const { return key_; }
  /// Reads a given certificate and its key again, for new connections. An error, also when the two
  /// do not belong together, changes nothing. Says whether the certificate is another one.
  Result<bool> reload();

  /// Makes a new leaf when the present one has less than 35 days left, so that agents, which
  /// connect at least once a day, never see one that has less than 30. Says whether it did.
  Result<bool> renew_if_due(std::chrono::system_clock::time_point now);

  /// When the certificate that is shown now ends.
  std::chrono::system_clock::time_point not_after() const { return not_after_; }

 private:
  Identity() = default;
  Result<void> load_given();
  Result<void> issue_leaf();
  Result<void> show(net::KeyPair pair);

  std::filesystem::path certificate_;
  std::filesystem::path key_;
  /// What was read from the files.
  std::string given_pem_;
  std::optional<net::CertificateAuthority> authority_;
  std::vector<tunnel::EdgeAddress> names_;
  std::vector<tunnel::Pin> pins_;
  std::shared_ptr<const net::TlsServerContext> tls_;
  std::chrono::system_clock::time_point not_after_;
};

}  // namespace outhaul::edge
