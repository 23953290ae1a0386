#pragma once

#include <cstddef>
#include <string>

namespace outhaul::edge {

/// `bytes` random bytes in hexadecimal, for names of requests and connections in logs. Throws
/// std::runtime_error without entropy.
std::string random_name(std::size_t bytes);

}  // namespace outhaul::edge
