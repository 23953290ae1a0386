#pragma once

#include <vector>

#include "common/options/program.h"

namespace outhaul::edge {

// For the program's table; both take the options of the storage.

/// The command `backup`.
options::Command backup_command(const std::vector<options::Option>& storage_options);

/// The command `restore`.
options::Command restore_command(const std::vector<options::Option>& storage_options);

}  // namespace outhaul::edge
