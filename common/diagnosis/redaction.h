#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/tunnel/token.h"

namespace outhaul::diagnosis {

/// What stands in a text in place of a secret.
inline constexpr std::string_view mask = "***";

/// Takes secrets out of texts that people send to each other: the token and every spelling of its
/// secret, whatever else looks like a token, passwords in URLs, and private keys.
class Redaction {
 public:
  Redaction() = default;
  Redaction(const Redaction&) = delete;
  Redaction& operator=(const Redaction&) = delete;
  /// Wipes what it knows.
  ~Redaction();

  /// From now on this token is known.
  void learn(const tunnel::Token& token);
  /// And this password, not empty.
  void learn(std::string password) { known_.push_back(std::move(password)); }
  std::string apply(std::string_view text) const;
  /// Of a configuration file also the values of keys that are named like secrets.
  std::string apply_to_configuration(std::string_view text) const;

 private:
  std::vector<std::string> known_;
};

}  // namespace outhaul::diagnosis
