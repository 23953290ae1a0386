#pragma once

#include <string>

#include "agent/connections/connection_setup.h"
#include "common/base/error.h"

namespace outhaul::agent::setup {

// One sentence each on what to do about a step to an edge that failed; empty when the error itself
// says all there is.

/// `address` is the one that was dialled.
std::string advice_for_tcp(ErrorKind kind, const std::string& address);
/// `edge` as it is configured.
std::string advice_for_tls(const Error& error, const std::string& edge);
std::string advice_for_setup(const SetupRefusal& refusal);
std::string advice_for_http2();

}  // namespace outhaul::agent::setup
