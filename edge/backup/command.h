#pragma once

#include "common/options/command_line.h"

namespace outhaul::edge {

/// `outhaul-edge backup FILE`: from the running edge, or from the files when none runs.
options::Finish run_backup(const options::Invocation& invocation);

/// `outhaul-edge restore FILE`
options::Finish run_restore(const options::Invocation& invocation);

}  // namespace outhaul::edge
