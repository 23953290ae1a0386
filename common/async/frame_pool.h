#pragma once

#include <cstddef>

namespace outhaul {

/// Memory for coroutine frames: a free list per size class and thread. A relay starts the same few
/// coroutines for every request, so after warm-up a frame costs no trip to the allocator.
/// Under AddressSanitizer every frame comes from the allocator, so that stale use is found.
void* allocate_frame(std::size_t size);
void release_frame(void* frame, std::size_t size) noexcept;

}  // namespace outhaul
