#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/net/key_pair.h"
#include "common/net/trust_store.h"

namespace outhaul::agent {

/// PEM files: whom to believe, and as whom to appear. Empty: the system's trust store, no client
/// certificate. Certificate and key are both there, or both not.
struct OriginIdentityFiles {
  std::string ca;
  std::string certificate;
  std::string key;

  bool empty() const { return ca.empty() && certificate.empty(); }
  friend bool operator==(const OriginIdentityFiles&, const OriginIdentityFiles&) = default;
};

/// The contents of such files at one time. Immutable: changed files make another identity, and a
/// connection that was made with one is never reused with another.
class OriginIdentity {
 public:
  /// Error: a file cannot be read or is no PEM, or the key is not the certificate's. The message
  /// names the file.
  static Result<std::shared_ptr<const OriginIdentity>> load(OriginIdentityFiles files);

  const OriginIdentityFiles& files() const { return files_; }
  /// Null: the system's.
  const std::shared_ptr<const net::TrustStore>& trust() const { return trust_; }
  const std::optional<net::KeyPair>& key_pair() const { return key_pair_; }
  /// Same files with the same contents.
  bool same_as(const OriginIdentity& other) const;

 private:
  OriginIdentityFiles files_;
  std::string ca_pem_;
  std::shared_ptr<const net::TrustStore> trust_;
  std::optional<net::KeyPair> key_pair_;
};

/// Loads identities so that equal ones are one object: services with the same files share it, and a
/// reload without a change keeps it.
class OriginIdentities {
 public:
  void add_known(std::shared_ptr<const OriginIdentity> identity);
  /// Null for empty names. Errors as those of OriginIdentity::load().
  Result<std::shared_ptr<const OriginIdentity>> load(OriginIdentityFiles files);

 private:
  std::vector<std::shared_ptr<const OriginIdentity>> known_;
};

}  // namespace outhaul::agent
