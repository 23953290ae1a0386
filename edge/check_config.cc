#include "edge/check_config.h"

#include <utility>

#include "common/options/configuration_report.h"
#include "edge/exit_codes.h"
#include "edge/options.h"

namespace outhaul::edge {

options::Finish run_check_config(const options::Program& program,
                                 const options::Invocation& invocation) {
  options::CheckedConfiguration checked = options::read_for_check(program, invocation);
  read_serve_options(checked.values, checked.problems);
  check_files(checked.values, checked.problems);
  return options::report(program, std::move(checked), invocation.values.boolean("json"));
}

}  // namespace outhaul::edge
