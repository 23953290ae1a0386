#include "agent/diag/command.h"

#include <utility>

#include "agent/diag/collect.h"
#include "agent/diagnose/setup/command.h"
#include "agent/exit_codes.h"
#include "agent/option_table.h"
#include "common/diagnosis/bundle_file.h"

namespace outhaul::agent {

options::Command diag_command(std::span<const options::Option> run_options) {
  options::Command command{
      .path = "diag",
      .summary = "collect what helps to find a fault in one archive",
      .description =
          "Configuration, status, metrics, log, the result of outhaul check and facts about this "
          "system, without any secret; the list says what is inside and what is not. Look into it "
          "before you send it: addresses and host names are in there.",
      .groups = {{std::string(diagnosis::archive_group), {}},
                 {std::string(setup::set_up_group), {}}},
      .options = {diagnosis::output_option("outhaul")},
      .examples = {"sudo outhaul diag", "outhaul diag --output /tmp/outhaul.tar.gz"},
  };
  for (options::Option& option : setup::set_up_options(run_options, {"status-listen"}))
    command.options.push_back(std::move(option));
  return command;
}

options::Finish run_diag(const options::Invocation& invocation, std::string version_json) {
  const ConfigurationSource source(agent_program, invocation.given);
  diagnosis::Redaction redaction;
  const diagnosis::Bundle bundle = collect(source, std::move(version_json), redaction);
  const auto written = diagnosis::write_bundle(bundle, "outhaul", invocation.values);
  if (!written) return options::failure(exit_internal, written.error().message);
  return {exit_ok, *written, {}};
}

}  // namespace outhaul::agent
