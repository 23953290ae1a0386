#pragma once

#include <cstdint>
#include <string>

#include "common/options/option.h"

namespace outhaul::options {

/// An amount as it is written for this option: "16", "30s", "64KiB".
std::string format_amount(const Option& option, std::int64_t amount);

/// "1 to 16", "at least 1s"; empty for kinds without a range.
std::string range_text(const Option& option);

}  // namespace outhaul::options
