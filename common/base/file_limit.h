#pragma once

namespace outhaul {

/// Raises this process's soft limit of open file descriptors to its hard limit: each stream at an
/// agent and each client at an edge takes one, and the usual soft limit is 1024. Where it cannot
/// be raised, it stays.
void raise_file_limit();

}  // namespace outhaul
