#include "common/diagnosis/bundle_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/tar_archive.h"

namespace outhaul::diagnosis {

namespace {

std::string time_text(std::time_t now) {
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &parts);
  return text.data();
}

/// "outhaul-diag-HOST-TIME"
std::string base_name(const std::string& program, std::time_t now) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host.at(0) = '\0';
  std::string name = host.data();
  name = name.substr(0, std::min<std::size_t>(name.find('.'), 40));
  return program + "-diag-" + (name.empty() ? "host" : name) + "-" + time_text(now);
}

Result<void> write_new(const std::string& path, std::string_view contents) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return system_error(errno, "write " + path);
  while (!contents.empty()) {
    const ssize_t written = ::write(file, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const Error error = system_error(errno, "write " + path);
      ::close(file);
      ::unlink(path.c_str());
      return error;
    }
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  ::close(file);
  return {};
}

}  // namespace

options::Option output_option(const std::string& program) {
  return {.name = "output",
          .kind = options::OptionKind::path,
          .default_note = "./" + program + "-diag-HOST-TIME.tar.gz",
          .help = "file to write, mode 0600; must not exist",
          .group = std::string(archive_group),
          .value_name = "FILE",
          .forms = options::OptionForms::flag_and_environment};
}

Result<std::string> write_bundle(const Bundle& bundle, const std::string& program,
                                 const options::Values& values) {
  const std::time_t now = std::time(nullptr);
  const std::string name = base_name(program, now);
  const std::string path = values.has("output") ? values.path("output").string() : name + ".tar.gz";
  TarArchive archive(now);
  for (const Bundle::Member& member : bundle.members())
    archive.add(name + "/" + member.name, member.contents);
  if (const auto written = write_new(path, std::move(archive).finish_gzip()); !written) {
    return Error{written.error().kind,
                 written.error().message + "; name another file with --output FILE"};
  }
  return bundle.listing() + "wrote " + path + "\n";
}

}  // namespace outhaul::diagnosis
