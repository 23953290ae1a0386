#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tunnel/token.h"

using namespace outhaul;
using namespace outhaul::tunnel;

namespace {

const std::string credentials =
    R"({"t":"6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11",)"
    R"("s":"ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=","e":["edge.example.net"]})";

/// A directory that goes away with the test.
class Directory {
 public:
  Directory() {
    std::string pattern = std::filesystem::temp_directory_path() / "outhaul-token-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }

  std::string write(std::string_view content, mode_t mode) const {
    const std::string file = path_ / "token";
    std::ofstream(file) << content;
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    return file;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void check_refused(const std::string& path, ErrorKind kind, std::string_view rule) {
  const auto token = read_token_file(path);
  REQUIRE_FALSE(token);
  const std::string& message = token.error().message;
  CAPTURE(message);
  CHECK(token.error().kind == kind);
  CHECK(message.find(path) != std::string::npos);
  CHECK(message.find(rule) != std::string::npos);
  CHECK(message.find("ABEiM0") == std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

}  // namespace

TEST_CASE("a private file is read") {
  const Directory directory;
  for (mode_t mode : {mode_t{0600}, mode_t{0400}, mode_t{0640}, mode_t{0440}}) {
    CAPTURE(mode);
    const std::string file = directory.write(credentials + "\n", 0600);
    REQUIRE(::chown(file.c_str(), static_cast<uid_t>(-1), ::getegid()) == 0);
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    const auto token = read_token_file(file);
    REQUIRE(token);
    CHECK(token->edges.front().port == 7844);
    REQUIRE(::unlink(file.c_str()) == 0);
  }
}

TEST_CASE("a file that others can get at is refused") {
  const Directory directory;
  for (mode_t mode : {mode_t{0644}, mode_t{0604}, mode_t{0602}, mode_t{0601}, mode_t{0666}}) {
    check_refused(directory.write(credentials, mode), ErrorKind::denied, "chmod 0600");
  }
  for (mode_t mode : {mode_t{0660}, mode_t{0620}, mode_t{0650}}) {
    check_refused(directory.write(credentials, mode), ErrorKind::denied, "chmod 0640");
  }
}

TEST_CASE("a foreign group may not read it") {
  if (::geteuid() != 0) return;  // only root can give a file to a foreign group
  const Directory directory;
  const std::string file = directory.write(credentials, 0640);
  REQUIRE(::chown(file.c_str(), static_cast<uid_t>(-1), 54321) == 0);
  check_refused(file, ErrorKind::denied, "agent's own");
  std::array<gid_t, 64> before{};
  const int count = ::getgroups(static_cast<int>(before.size()), before.data());
  REQUIRE(count >= 0);
  const gid_t supplementary = 54321;
  if (::setgroups(1, &supplementary) != 0) return;  // forbidden in some containers
  CHECK(read_token_file(file));
  REQUIRE(::setgroups(static_cast<std::size_t>(count), before.data()) == 0);
}

TEST_CASE("what is missing or no file") {
  const Directory directory;
  check_refused(directory.path() / "absent", ErrorKind::not_found, "does not exist");
  check_refused(directory.path() / "absent" / "below", ErrorKind::not_found, "does not exist");
  check_refused(directory.path(), ErrorKind::invalid, "not a regular file");
  check_refused("/dev/null", ErrorKind::invalid, "not a regular file");
  const std::string fifo = directory.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  check_refused(fifo, ErrorKind::invalid, "not a regular file");
}

TEST_CASE("a file this user may not read") {
  if (::geteuid() == 0) return;  // root reads everything
  const Directory directory;
  check_refused(directory.write(credentials, 0000), ErrorKind::denied, "chown");
}

TEST_CASE("empty, truncated and oversized files") {
  const Directory directory;
  check_refused(directory.write("", 0600), ErrorKind::invalid, "empty");
  check_refused(directory.write("\n\n", 0600), ErrorKind::invalid, "empty");
  check_refused(directory.write(credentials.substr(0, 40), 0600), ErrorKind::invalid, "truncated");
  check_refused(directory.write(std::string(token_size_maximum + 1, ' '), 0600), ErrorKind::limit,
                "16 KiB");
}
