#pragma once

#include <string>

#include "common/base/memory_pool.h"

namespace outhaul {

/// Text that every request makes and drops again, such as a head on its way out.
using PooledText = std::basic_string<char, std::char_traits<char>, PoolAllocator<char>>;

}  // namespace outhaul
