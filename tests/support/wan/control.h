#pragma once

#include <string>
#include <string_view>

#include "tests/support/wan/link.h"

namespace outhaul::wan {

/// The two directions by name.
struct Links {
  Link& a_to_b;
  Link& b_to_a;
};

/// Obeys one line and returns the answer, one line of JSON without its end: {"error": "..."} if
/// the line was not understood, and then nothing has changed.
///
///   set DIRECTION NAME=VALUE...   DIRECTION: a_to_b, b_to_a or both; VALUE: a decimal number
///                                 delay_ms jitter_ms loss duplicate reorder rate_mbit queue_kib
///                                 mtu_hole black_hole
///   counters                      of both directions
std::string obey(std::string_view line, Links links);

}  // namespace outhaul::wan
