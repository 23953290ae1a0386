#pragma once

#include "common/options/command_line.h"
#include "common/options/program.h"
#include "common/options/values.h"

namespace outhaul::agent {

/// The commands `install` and `uninstall`, for the program's table.
options::Command install_command();
options::Command uninstall_command();

/// Carries them out. With --root another system's tree is changed, and nothing is started.
options::Finish run_install(const options::Values& values);
options::Finish run_uninstall(const options::Values& values);

}  // namespace outhaul::agent
