#include "agent/diag/command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "agent/diag/bundle.h"
#include "agent/diag/tar_archive.h"
#include "agent/diagnose/setup/command.h"
#include "agent/exit_codes.h"
#include "agent/option_table.h"

namespace outhaul::agent {

namespace {

const std::string archive_group = "Archive";

std::string time_text(std::time_t now) {
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &parts);
  return text.data();
}

/// "outhaul-diag-HOST-TIME"
std::string base_name(std::time_t now) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host.at(0) = '\0';
  std::string name = host.data();
  name = name.substr(0, std::min<std::size_t>(name.find('.'), 40));
  return "outhaul-diag-" + (name.empty() ? "host" : name) + "-" + time_text(now);
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

options::Command diag_command(std::span<const options::Option> run_options) {
  options::Command command{
      .path = "diag",
      .summary = "collect what helps to find a fault in one archive",
      .description =
          "Configuration, status, metrics, log, the result of outhaul check and facts about this "
          "system, without any secret; the list says what is inside and what is not. Look into it "
          "before you send it: addresses and host names are in there.",
      .groups = {{archive_group, {}}, {std::string(setup::set_up_group), {}}},
      .options = {{.name = "output",
                   .kind = options::OptionKind::path,
                   .default_note = "./outhaul-diag-HOST-TIME.tar.gz",
                   .help = "file to write, mode 0600; must not exist",
                   .group = archive_group,
                   .value_name = "FILE",
                   .forms = options::OptionForms::flag_and_environment}},
      .examples = {"sudo outhaul diag", "outhaul diag --output /tmp/outhaul.tar.gz"},
  };
  for (options::Option& option : setup::set_up_options(run_options, {"status-listen"}))
    command.options.push_back(std::move(option));
  return command;
}

options::Finish run_diag(const options::Invocation& invocation, std::string version_json) {
  const std::time_t now = std::time(nullptr);
  const std::string name = base_name(now);
  const std::string path = invocation.values.has("output")
                               ? invocation.values.path("output").string()
                               : name + ".tar.gz";
  const ConfigurationSource source(agent_program, invocation.given);
  const Bundle bundle = collect(source, std::move(version_json));
  TarArchive archive(now);
  for (const Bundle::Member& member : bundle.members)
    archive.add(name + "/" + member.name, member.contents);
  if (const auto written = write_new(path, std::move(archive).finish_gzip()); !written) {
    return options::failure(exit_internal,
                            written.error().message + "; name another file with --output FILE");
  }
  return {exit_ok, bundle.listing() + "wrote " + path + "\n", {}};
}

}  // namespace outhaul::agent
