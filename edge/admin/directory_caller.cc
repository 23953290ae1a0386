#include <future>
#include <utility>

#include "edge/admin/api_caller.h"
#include "edge/api/routes.h"
#include "edge/backup/archive.h"
#include "edge/data_dir.h"
#include "edge/directory/directory.h"

namespace outhaul::edge {

namespace {

ApiContext files_context(EdgeAddresses addresses, const std::filesystem::path& data_dir) {
  ApiContext context{std::move(addresses), {}, {}, {}};
  context.backup = [data_dir](const std::string& database) {
    return pack_backup(data_dir, database);
  };
  return context;
}

/// The API over the directory's own files.
class DirectoryCaller final : public ApiCaller {
 public:
  DirectoryCaller(std::filesystem::path data_dir, DataLock lock,
                  std::unique_ptr<Directory> directory, EdgeAddresses addresses)
      : data_dir_(std::move(data_dir)),
        lock_(std::move(lock)),
        directory_(std::move(directory)),
        api_(*directory_, files_context(std::move(addresses), data_dir_)) {}

  Result<ApiResponse> call(const ApiRequest& request) override {
    std::promise<ApiResponse> promise;
    api_.handle(request,
                [&promise](ApiResponse response) { promise.set_value(std::move(response)); });
    return promise.get_future().get();
  }
  std::string note() const override {
    return "no edge is running: working on the files in " + data_dir_.string();
  }

 private:
  std::filesystem::path data_dir_;
  DataLock lock_;
  std::unique_ptr<Directory> directory_;
  Api api_;
};

}  // namespace

Result<std::unique_ptr<ApiCaller>> call_directory(const std::filesystem::path& data_dir) {
  std::error_code failure;
  if (!std::filesystem::exists(directory_file(data_dir), failure)) {
    return Error{ErrorKind::not_found, "no edge is running, and " + data_dir.string() +
                                           " holds no directory: start outhaul-edge serve, or "
                                           "name its --data-dir"};
  }
  OUTHAUL_TRY(lock, DataLock::take(data_dir));
  OUTHAUL_TRY(directory, Directory::open(directory_file(data_dir).string()));
  // Written by every start of the edge, so they are there wherever a directory is.
  OUTHAUL_TRY(addresses, load_addresses(data_dir));
  return std::unique_ptr<ApiCaller>(std::make_unique<DirectoryCaller>(
      data_dir, std::move(lock), std::move(directory), std::move(addresses)));
}

Result<std::unique_ptr<ApiCaller>> find_api(const AdminCommand& command) {
  auto running = call_running_edge(command.admin_socket);
  if (running) return running;
  const ErrorKind kind = running.error().kind;
  if (kind != ErrorKind::not_found && kind != ErrorKind::refused) return running;
  return call_directory(command.data_dir);
}

}  // namespace outhaul::edge
