#include "edge/check/storage_steps.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/diagnosis/local_facts.h"
#include "common/http/single_exchange.h"
#include "edge/admin/api_caller.h"
#include "edge/data_dir.h"
#include "edge/directory/schema.h"

namespace outhaul::edge::check {

namespace {

using std::filesystem::path;

/// Less does not even hold the log of one change after another.
constexpr std::uint64_t room_minimum = std::uint64_t{16} << 20U;
constexpr std::uint64_t room_wanted = std::uint64_t{256} << 20U;
constexpr mode_t of_others = 077;

std::string user_name(uid_t id) {
  const passwd* entry = ::getpwuid(id);
  return entry != nullptr ? entry->pw_name : std::to_string(id);
}

/// "12.3 GiB free"
std::string room_text(std::uint64_t bytes) {
  const std::uint64_t tenths = bytes * 10 >> 20U;
  const bool large = tenths >= 10240;
  const std::uint64_t shown = large ? tenths / 1024 : tenths;
  return std::to_string(shown / 10) + "." + std::to_string(shown % 10) +
         (large ? " GiB free" : " MiB free");
}

/// The directory in which one that is not there would be made.
path nearest_existing(path directory) {
  std::error_code failure;
  directory = std::filesystem::absolute(directory, failure);
  while (!std::filesystem::exists(directory, failure) && directory.has_relative_path())
    directory = directory.parent_path();
  return directory;
}

void check_room(const path& directory, Step& step) {
  struct statvfs room{};
  if (::statvfs(directory.c_str(), &room) != 0) return;
  const std::uint64_t free = std::uint64_t{room.f_bavail} * room.f_frsize;
  const std::string text = room_text(free);
  const std::string advice = "make room on the file system of " + directory.string() +
                             ": what cannot be written is refused, requests go on";
  if (free < room_minimum) return step.fail(text, advice);
  if (free < room_wanted) return step.warn(text, advice);
  step.detail += ", " + text;
}

/// Whose the directory has to be: the edge's user, which is known of one that runs.
void check_owner(const path& directory, const struct stat& status,
                 const std::optional<RunningEdge>& running, Step& step) {
  const uid_t self = ::geteuid();
  const uid_t wanted = running ? running->user : self == 0 ? status.st_uid : self;
  if (status.st_uid != wanted) {
    step.fail("", "the directory is not the edge's: chown -R " + user_name(wanted) + ": " +
                      directory.string() + ", or name its own with --data-dir");
  } else if (!running && self != 0 && ::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
    step.fail("", "this user cannot write there: chmod 0700 " + directory.string());
  }
  if ((status.st_mode & of_others) != 0) {
    step.warn("", "other users can enter it: chmod 0700 " + directory.string());
  }
}

/// Files that came by copying belong to whoever copied.
void check_files(const path& directory, uid_t owner, Step& step) {
  for (const char* name :
       {"directory.db", "directory.db-wal", "ca.pem", "ca.key", "addresses", "lock"}) {
    const std::string file = (directory / name).string();
    struct stat status{};
    if (::lstat(file.c_str(), &status) != 0) continue;
    if (status.st_uid != owner) {
      step.fail(std::string(name) + " is of " + user_name(status.st_uid),
                "chown " + user_name(owner) + ": " + file);
    }
    if ((status.st_mode & of_others) != 0) {
      step.fail(std::string(name) + " has mode " + diagnosis::mode_text(status),
                "other users may read it: chmod 0600 " + file);
    }
  }
}

std::string counts_text(const DirectoryView& view) {
  const auto counted = [](std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  return counted(view.tunnels.size(), "tunnel") + ", " + counted(view.services.size(), "service") +
         ", " + counted(view.bindings, "binding");
}

Result<DirectoryView> view_through(Result<std::unique_ptr<ApiCaller>> api) {
  if (!api) return std::move(api.error());
  return read_directory(**api);
}

void check_file(const path& data_dir, Step& step, std::optional<DirectoryView>& view) {
  const std::string file = directory_file(data_dir).string();
  const auto version = directory_schema(file);
  if (!version) {
    return step.fail("", version.error().kind == ErrorKind::denied
                             ? version.error().message +
                                   "; when that is an edge, its admin "
                                   "socket is another: --admin-socket"
                             : version.error().message);
  }
  step.detail = "schema " + std::to_string(*version);
  if (*version != newest_schema()) {
    step.detail += ", the next start brings it to " + std::to_string(newest_schema());
    return;
  }
  auto read = view_through(call_directory(data_dir));
  if (!read) return step.fail("", read.error().message);
  step.detail += ", " + counts_text(*read);
  view = *std::move(read);
}

}  // namespace

Step check_admin_socket(const ServeOptions& options, std::optional<RunningEdge>& running) {
  Step step{.name = "admin socket", .detail = "unix:" + options.admin_socket.string()};
  const diagnosis::Stopwatch watch;
  const auto address = net::SocketAddress::unix_path(options.admin_socket.string());
  const auto connected =
      address ? http::connect_blocking(*address) : Result<net::Fd>(address.error());
  if (!connected) {
    const ErrorKind kind = connected.error().kind;
    if (kind == ErrorKind::not_found || kind == ErrorKind::refused) {
      step.detail += ", no edge runs here";
      return step;
    }
    step.fail("", connected.error().message +
                      "; run this as the edge's user or as root, with sudo for example");
    return step;
  }
  ucred peer{};
  socklen_t size = sizeof peer;
  running.emplace();
  if (::getsockopt(connected->get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
    *running = {peer.pid, peer.uid};
  }
  step.state = State::ok;
  step.time = watch.read();
  step.detail +=
      " answers, process " + std::to_string(running->process) + " of " + user_name(running->user);
  return step;
}

Step check_data_directory(const ServeOptions& options, const std::optional<RunningEdge>& running) {
  const diagnosis::Stopwatch watch;
  const std::string name = options.data_dir.string();
  Step step{.name = "data", .state = State::ok, .detail = diagnosis::file_text(name)};
  struct stat status{};
  if (::stat(name.c_str(), &status) != 0) {
    const path parent = nearest_existing(options.data_dir);
    step.detail += ", is not there yet";
    if (::access(parent.c_str(), W_OK | X_OK) != 0) {
      step.fail("", "this user cannot make it in " + parent.string() +
                        ": name another with --data-dir (data_dir in the configuration file), or "
                        "run this as the edge's user or as root");
    }
    check_room(parent, step);
  } else if (!S_ISDIR(status.st_mode)) {
    step.fail("it is no directory", "move it away, or name another with --data-dir");
  } else {
    check_owner(options.data_dir, status, running, step);
    check_files(options.data_dir, status.st_uid, step);
    check_room(options.data_dir, step);
  }
  step.time = watch.read();
  return step;
}

Step check_database(const ServeOptions& options, const std::optional<RunningEdge>& running,
                    std::optional<DirectoryView>& view) {
  const diagnosis::Stopwatch watch;
  Step step{.name = "directory", .state = State::ok};
  std::error_code failure;
  if (running) {
    step.detail = "in use by the running edge, which was asked";
    auto asked = view_through(call_running_edge(options.admin_socket));
    if (asked) {
      step.detail += ": " + counts_text(*asked);
      view = *std::move(asked);
    } else {
      step.fail("", asked.error().message);
    }
  } else if (::access(options.data_dir.c_str(), X_OK) == 0 &&
             !std::filesystem::exists(directory_file(options.data_dir), failure)) {
    step.detail = "none yet: the first start makes it";
  } else if (std::filesystem::exists(options.data_dir, failure)) {
    check_file(options.data_dir, step, view);
  } else {
    step.detail = "none yet: the first start makes it";
  }
  step.time = watch.read();
  return step;
}

}  // namespace outhaul::edge::check
