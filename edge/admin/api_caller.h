#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "edge/api/message.h"
#include "edge/options.h"

namespace outhaul::edge {

/// Reaches the directory API from a command: the running edge, or the directory's files.
class ApiCaller {
 public:
  virtual ~ApiCaller() = default;
  virtual Result<ApiResponse> call(const ApiRequest& request) = 0;
  /// Where the calls go, for people; empty when that is the running edge.
  virtual std::string note() const = 0;
};

/// The edge behind the admin socket. Error kinds `not_found` and `refused`: none runs there.
Result<std::unique_ptr<ApiCaller>> call_running_edge(const std::filesystem::path& admin_socket);

/// The directory in `data_dir`, opened here. Only while no edge runs on it.
Result<std::unique_ptr<ApiCaller>> call_directory(const std::filesystem::path& data_dir);

/// The first, or the second when no edge runs.
Result<std::unique_ptr<ApiCaller>> find_api(const AdminCommand& command);

/// The answer to a command with all pages of a list; `input` is the JSON of a new service.
Result<ApiResponse> call_whole(ApiCaller& api, const AdminCommand& command,
                               const std::string& input);

}  // namespace outhaul::edge
