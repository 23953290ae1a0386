#pragma once

#include <string_view>

#include "tests/fuzz/h1_reading.h"

namespace outhaul::fuzz {

// Where llhttp 8.1 and this project's parsers are known to judge a message differently, each rule
// with its reason. A difference that none of them covers is a finding.

/// llhttp accepts `bytes`, and this project refuses them or still waits for the message's end:
/// llhttp is laxer than RFC 9112 there, or leaves the rule to its user.
bool may_only_llhttp_accept(std::string_view bytes, const H1Reading& ours, const H1Reading& theirs);

/// The reverse.
bool may_only_outhaul_accept(MessageKind kind, const H1Reading& ours, const H1Reading& theirs);

/// A response that has no body by its status, whatever its fields say (RFC 9112 section 6.3 rule
/// 1): llhttp reads one where they announce it.
bool only_llhttp_reads_a_body(const H1Reading& ours);

}  // namespace outhaul::fuzz
