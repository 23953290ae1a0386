#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::agent {

/// The /status page of an agent as text for people. Error kind `protocol`: it is no such page.
Result<std::string> status_text(std::string_view page);

}  // namespace outhaul::agent
