#pragma once

#include <string>
#include <vector>

#include "common/base/limits.h"
#include "common/options/option.h"
#include "common/options/values.h"

namespace outhaul::options {

/// The limits of protocol.md section 8 that both programs enforce on whoever speaks HTTP with them:
/// heads, HTTP/2 abuse, receive windows. One table for both, so that a flag means the same at
/// either end. `group` is the block of the help page.
std::vector<Option> http_limit_options(const std::string& group);

/// Puts the values of those options into `limits`.
void read_http_limits(const Values& values, Limits& limits);

}  // namespace outhaul::options
