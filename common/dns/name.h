#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::dns {

/// The form of a host name in which it is asked, cached and compared: lower case, no final dot.
/// Labels are 1-63 letters, digits, '-' and '_', not beginning or ending with '-'; at most 253
/// characters in all. A name whose last label is a number ("10.1", "0x7f000001", "1.2.3.4") is
/// refused, because other software would take it for an address. Error kind `invalid`.
Result<std::string> canonical_name(std::string_view name);

}  // namespace outhaul::dns
