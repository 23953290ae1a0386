#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/dns/answer.h"

namespace outhaul::dns {

enum class Edns : std::uint8_t { off, on };

/// The bytes of a recursive query (RFC 1035 section 4.1), with an OPT record (RFC 6891) if asked
/// for. Error kind `invalid` for a name that does not fit, which canonical_name() excludes.
Result<std::vector<unsigned char>> build_query(const Question& question, std::uint16_t id,
                                               Edns edns);

/// The meaning of a response to `question`. Only records whose owner is the name asked, or what a
/// chain of at most 8 CNAME records makes of it, count; all else a server put in is ignored.
/// SRV records whose target is not a host name are ignored like addresses of the wrong size.
/// A failure code gives kind `failure`. A message that is malformed, no response, for another
/// question, truncated, or with a CNAME loop is an error of kind `protocol`.
/// `server` of the answer is left for the caller to fill in.
Result<Answer> read_reply(Bytes message, const Question& question);

}  // namespace outhaul::dns
