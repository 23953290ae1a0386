#include "agent/install/service_files.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/install/settings_text.h"

namespace outhaul::agent {

namespace {

using std::filesystem::path;

constexpr mode_t token_mode = 0640;
constexpr mode_t configuration_mode = 0644;
/// The unit waits for a token or for this file.
constexpr std::string_view environment_text =
    "# Written by outhaul install --config: the service starts without a token.\n";

struct Owner {
  uid_t user;
  gid_t group;
  mode_t mode;
};

Error about(const path& file, std::string_view doing) {
  return system_error(errno, std::string(doing) + " " + file.string());
}

Result<gid_t> find_group(std::string_view name) {
  const group* found = ::getgrnam(std::string(name).c_str());
  if (found != nullptr) return found->gr_gid;
  return Error{ErrorKind::not_found, "the group " + std::string(name) +
                                         " does not exist; install the outhaul package, or make "
                                         "the system user " +
                                         std::string(name)};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Replaces a file in one step: a reader, or a crash, sees the old or the new content. Nobody but
/// its owner can open the new one before owner and mode are right.
Result<void> replace_file(const path& file, std::string_view text, const Owner& owner) {
  path next = file;
  next += ".new";
  ::unlink(next.c_str());
  const int fd = ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return about(next, "make");
  const bool done = write_all(fd, text) && ::fchown(fd, owner.user, owner.group) == 0 &&
                    ::fchmod(fd, owner.mode) == 0 && ::fsync(fd) == 0;
  const int failure = errno;
  ::close(fd);
  if (!done) {
    ::unlink(next.c_str());
    return system_error(failure, "write " + next.string());
  }
  if (::rename(next.c_str(), file.c_str()) != 0) return about(file, "replace");
  return {};
}

/// Nothing when there is no such file.
Result<std::optional<std::string>> read_file(const path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    if (errno == ENOENT) return std::optional<std::string>();
    return about(file, "read");
  }
  return std::optional(std::string(std::istreambuf_iterator<char>(stream), {}));
}

/// The owner and mode of a file that is there stay as they are.
Owner owner_of(const path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) == 0)
    return {status.st_uid, status.st_gid, status.st_mode & 07777};
  return {::geteuid(), ::getegid(), configuration_mode};
}

Result<void> make_directory(const path& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) return system_error(failure.value(), "make " + directory.string());
  return {};
}

std::string toml_list(const std::vector<tunnel::EdgeAddress>& edges) {
  std::string list;
  for (const tunnel::EdgeAddress& edge : edges)
    list += (list.empty() ? "" : ", ") + toml_text(edge.to_string());
  return "[" + list + "]";
}

}  // namespace

ServiceFiles::ServiceFiles(const path& root)
    : configuration_(root / "etc/outhaul/outhaul.toml"),
      token_(root / "etc/outhaul/token"),
      environment_(root / "etc/outhaul/outhaul.env") {}

Result<void> ServiceFiles::write(const tunnel::Token& token,
                                 const std::vector<tunnel::EdgeAddress>& edges,
                                 std::string_view group) const {
  OUTHAUL_TRY(group_id, find_group(group));
  OUTHAUL_CHECK(make_directory(token_.parent_path()));
  OUTHAUL_TRY(before, read_file(configuration_));
  std::string text =
      set_setting(before.value_or(""), "tunnel_id", toml_text(token.tunnel_id.to_string()));
  text = edges.empty() ? unset_setting(text, "edge") : set_setting(text, "edge", toml_list(edges));
  OUTHAUL_CHECK(replace_file(token_, tunnel::serialize_token(token) + "\n",
                             {::geteuid(), group_id, token_mode}));
  return replace_file(configuration_, text, owner_of(configuration_));
}

Result<void> ServiceFiles::use_configuration(std::string_view text, Token token) const {
  OUTHAUL_CHECK(make_directory(configuration_.parent_path()));
  OUTHAUL_TRY(before, read_file(configuration_));
  const Owner owner = owner_of(configuration_);
  if (before && *before != text) {
    path old = configuration_;
    OUTHAUL_CHECK(replace_file(old += ".old", *before, owner));
  }
  OUTHAUL_TRY(environment, read_file(environment_));
  if (token == Token::none && !environment) {
    OUTHAUL_CHECK(replace_file(environment_, environment_text, owner_of(environment_)));
  }
  return replace_file(configuration_, text, owner);
}

Result<void> ServiceFiles::remove() const {
  if (::unlink(token_.c_str()) != 0 && errno != ENOENT) return about(token_, "remove");
  OUTHAUL_TRY(environment, read_file(environment_));
  if (environment == environment_text && ::unlink(environment_.c_str()) != 0) {
    return about(environment_, "remove");
  }
  OUTHAUL_TRY(before, read_file(configuration_));
  if (!before) return {};
  const std::string text = unset_setting(unset_setting(*before, "tunnel_id"), "edge");
  return replace_file(configuration_, text, owner_of(configuration_));
}

}  // namespace outhaul::agent
