#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/base/limits.h"
#include "common/options/option.h"
#include "common/options/values.h"

namespace outhaul::options {

/// When either end asks a silent peer for life, and when it gives it up (protocol.md section 6).
/// `group` is the block of the help page; default and help of the interval differ between the ends.
std::vector<Option> liveness_options(const std::string& group, std::chrono::seconds interval,
                                     std::string interval_help);

/// Puts the values of those options into `limits`.
void read_liveness(const Values& values, Limits& limits);

}  // namespace outhaul::options
