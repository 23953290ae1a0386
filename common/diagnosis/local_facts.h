#pragma once

#include <chrono>
#include <string>

#include <sys/stat.h>

#include "common/diagnosis/step.h"

namespace outhaul::diagnosis {

/// "root:outhaul"
std::string owner_text(const struct stat& status);

/// "0640"
std::string mode_text(const struct stat& status);

/// "/etc/outhaul/token, mode 0640, root:outhaul"; the path alone when there is none.
std::string file_text(const std::string& path);

/// This machine's clock against what cannot be: a step with the time, and failed when it is wrong.
Step clock_step(std::chrono::system_clock::time_point now);

}  // namespace outhaul::diagnosis
