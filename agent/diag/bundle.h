#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/diag/redaction.h"
#include "agent/settings/configuration.h"

namespace outhaul::agent {

/// What a diagnosis archive holds.
struct Bundle {
  struct Member {
    std::string name;
    std::string contents;
  };
  /// Something that was looked for in vain, or is left out on purpose.
  struct Missing {
    std::string name;
    std::string reason;
  };
  std::vector<Member> members{};
  std::vector<Missing> missing{};

  /// Through the redaction.
  void add(const Redaction& redaction, std::string name, std::string_view contents);
  /// Sizes and names, then what is missing and why.
  std::string listing() const;
};

/// Collects everything; nothing here is secret after it. Blocks for as long as the check takes.
Bundle collect(const ConfigurationSource& source, std::string version_json);

}  // namespace outhaul::agent
