#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/diagnosis/redaction.h"
#include "common/net/socket_address.h"

namespace outhaul::diagnosis {

/// What a diagnosis archive holds. Nothing in it is secret, as far as the redaction knows.
class Bundle {
 public:
  struct Member {
    std::string name;
    std::string contents;
  };

  /// `redaction` must outlive the bundle; all contents go through it.
  explicit Bundle(const Redaction& redaction) : redaction_(redaction) {}

  const std::vector<Member>& members() const { return members_; }

  void add(std::string name, std::string_view contents);
  /// Something that was looked for in vain, or is left out on purpose.
  void leave_out(std::string name, std::string reason);
  /// One of the two.
  void add_found(std::string name, const Result<std::string>& contents);

  /// The configuration file: also the values of keys that are named like secrets are masked.
  void add_configuration(const std::string& path);
  /// What a running program says of itself at its status pages: status.json, metrics.txt.
  void add_status_pages(const Result<net::SocketAddress>& address);
  /// Of the system: limits.txt, with those of the service manager for `unit`, and system.txt.
  void add_system(const std::string& unit);
  /// CONTENTS.txt, the last one.
  void add_listing();

  /// Sizes and names, then what is missing and why.
  std::string listing() const;

 private:
  struct Missing {
    std::string name;
    std::string reason;
  };
  const Redaction& redaction_;
  std::vector<Member> members_;
  std::vector<Missing> missing_;
};

}  // namespace outhaul::diagnosis
