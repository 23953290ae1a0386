#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/net/socket_address.h"

namespace outhaul::bench {

/// The command line of a benchmark program: `--name VALUE` pairs, all of them given.
class Arguments {
 public:
  /// Exits with status 2 and `usage` on an argument that is not `--name VALUE`.
  Arguments(int count, char** values, std::string_view usage);

  /// Exits with status 2 when it was not given.
  std::string text(const std::string& name) const;
  std::string text_or(const std::string& name, std::string fallback) const;
  /// A decimal number.
  std::size_t number_or(const std::string& name, std::size_t fallback) const;
  /// "127.0.0.1:8080"; port 0 is any free one.
  net::SocketAddress endpoint(const std::string& name) const;

 private:
  [[noreturn]] void refuse(const std::string& why) const;

  std::string usage_;
  std::map<std::string, std::string> values_;
};

/// What main() does in each of these programs: runs it and returns its exit status. Why it failed
/// goes to standard error, behind its name.
int run_program(const char* name, int count, char** values, std::string_view usage,
                Result<void> (*run)(const Arguments&));

}  // namespace outhaul::bench
