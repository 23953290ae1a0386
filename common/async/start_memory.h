#pragma once

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/log.h"

namespace outhaul {

/// Lets go of what only the start of a program has used. An idle agent with 4 connections goes from
/// 13.5 to 4 MiB of resident memory, and stays below 9 MiB when it works again a little.
///
/// Heap: free pages that lie between used ones go back to the kernel.
///
/// Code and constants of the program and its libraries: reading the configuration, certificates
/// and the first handshakes have mapped nearly all of it, and most is never used again. The pages
/// are unmapped; those in use come back at their next use, 16 at a time, out of the page cache. The
/// machine does not win them at once, as other processes may use the same pages, but they do not
/// count as in use any more, so the kernel may take them first when it is short. What a debugger
/// has written into code before, a breakpoint, is gone.
void release_start_memory();

/// The same, once the start is probably over. Log: `start_memory_released` (debug).
Task<void> release_start_memory_soon(Loop& loop, Log& log);

}  // namespace outhaul
