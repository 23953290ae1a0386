#include "agent/settings/check_config.h"

#include <cerrno>
#include <string>
#include <utility>

#include <unistd.h>

#include "agent/options.h"
#include "agent/settings/configured_services.h"
#include "common/options/configuration_report.h"

namespace outhaul::agent {

namespace {

/// Whether it is there; whether this user may read it is not for everybody to find out.
void look_for_files(const options::Values& values, options::Problems& problems) {
  for (const std::string_view name :
       {"token-file", "credentials-file", "edge-ca", "proxy-ca", "proxy-credentials-file",
        "client-certificate", "client-key"}) {
    if (!values.has(name)) continue;
    const std::string path = values.path(name).string();
    if (::access(path.c_str(), F_OK) == 0 || errno == EACCES) continue;
    problems.push_back(
        values.problem(name, system_error(errno, path).message + "; check the path"));
  }
}

}  // namespace

options::Finish run_check_config(const options::Program& program,
                                 const options::Invocation& invocation) {
  options::CheckedConfiguration checked = options::read_for_check(program, invocation);
  const AgentOptions read = read_run_options(checked.values, checked.file, checked.problems);
  load_services(read.configured_services, nullptr, checked.problems);
  look_for_files(checked.values, checked.problems);
  return options::report(program, std::move(checked), invocation.values.boolean("json"));
}

}  // namespace outhaul::agent
