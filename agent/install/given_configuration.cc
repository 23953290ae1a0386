#include "agent/install/given_configuration.h"

#include <cerrno>
#include <cstddef>
#include <utility>

#include <grp.h>
#include <sys/stat.h>

#include "agent/option_table.h"
#include "agent/settings/configuration.h"
#include "common/net/pem.h"

namespace outhaul::agent {

namespace {

constexpr std::size_t size_maximum = std::size_t{1} << 20U;

/// Root reads everything, so this looks at what the service's user may.
Result<void> check_readable_by(const std::string& group, const std::string& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return system_error(errno, "read " + file);
  const struct group* known = ::getgrnam(group.c_str());
  const bool of_group = known != nullptr && status.st_gid == known->gr_gid;
  if ((status.st_mode & S_IROTH) != 0 || (of_group && (status.st_mode & S_IRGRP) != 0)) return {};
  return Error{ErrorKind::denied, file + " cannot be read by the service: chgrp " + group + " " +
                                      file + " && chmod 640 " + file};
}

}  // namespace

Result<GivenConfiguration> read_given_configuration(const options::Values& values,
                                                    const std::filesystem::path& root,
                                                    std::string_view group) {
  const std::string file = values.path("config").string();
  GivenConfiguration configuration;
  OUTHAUL_TRY(text, net::read_file(file, size_maximum));
  configuration.text = std::move(text);
  options::GivenValues given;
  given.flags["config"] = {file};
  for (const char* name : {"tunnel-id", "edge"}) {
    if (!values.has(name)) continue;
    const auto texts = values.texts(name);
    given.flags[name].assign(texts.begin(), texts.end());
  }
  const ConfigurationSource source(agent_program, std::move(given));
  const ConfigurationSource::Loaded loaded = source.load(nullptr);
  if (!loaded.problems.empty()) {
    const std::size_t more = loaded.problems.size() - 1;
    return Error{ErrorKind::invalid,
                 loaded.problems.front().message +
                     (more == 0 ? ""
                                : " (" + std::to_string(more) + " more: outhaul check config " +
                                      file + ")")};
  }
  const Configuration& read = loaded.configuration;
  configuration.needs_token = read.options.profile != SetupProfile::rhttp;
  if (configuration.needs_token && !values.has("token-file") &&
      !read.values.is_given("token-file") && !read.values.is_given("credentials-file")) {
    return Error{ErrorKind::invalid, file +
                                         " names no token: give --tunnel-id and --token-file as "
                                         "well, or token_file in it"};
  }
  if (root != "/") return configuration;
  for (const char* name : {"client-certificate", "client-key", "edge-ca", "token-file",
                           "credentials-file", "proxy-credentials-file", "proxy-ca"}) {
    if (!read.values.has(name) || !read.values.is_given(name)) continue;
    OUTHAUL_CHECK(check_readable_by(std::string(group), read.values.path(name).string()));
  }
  return configuration;
}

}  // namespace outhaul::agent
