#pragma once

#include <string_view>

#include "common/base/result.h"

namespace outhaul::tunnel {

/// The rule for every host name that travels (protocol section 3): labels of 1..63 letters, digits
/// and inner hyphens, lower case, at most 253 in all, no trailing dot, no underscore, and a last
/// label that is neither all digits nor 0x with hexadecimal digits - some resolvers read those as
/// an address in disguise. Error kind `invalid`; the message has the broken rule.
Result<void> validate_hostname(std::string_view name);

}  // namespace outhaul::tunnel
