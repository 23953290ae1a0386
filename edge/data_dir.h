#pragma once

#include <filesystem>

#include "common/base/result.h"
#include "common/net/fd.h"
#include "edge/directory/tokens.h"

namespace outhaul::edge {

// What lies in an edge's data directory:
//
//   directory.db   tunnels, services, bindings
//   ca.pem ca.key  the edge's own authority (identity.h)
//   addresses      what goes into tokens, left by the last start of the edge
//   lock           held by whoever uses the above
//   admin.sock     unless --admin-socket says otherwise

/// Keeps a second edge, or a command that works on the files, out of a data directory.
class DataLock {
 public:
  /// Error kind `denied`: somebody else holds it; the message names the directory.
  static Result<DataLock> take(const std::filesystem::path& data_dir);

 private:
  explicit DataLock(net::Fd file) : file_(std::move(file)) {}
  net::Fd file_;
};

std::filesystem::path directory_file(const std::filesystem::path& data_dir);

/// For commands that make tokens while no edge runs.
Result<void> save_addresses(const std::filesystem::path& data_dir, const EdgeAddresses& addresses);
/// Error kind `not_found` when the edge was never started on this directory.
Result<EdgeAddresses> load_addresses(const std::filesystem::path& data_dir);

}  // namespace outhaul::edge
