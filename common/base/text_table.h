#pragma once

#include <string>
#include <vector>

namespace outhaul {

using TableRow = std::vector<std::string>;

/// Columns side by side, each as wide as its widest cell, two spaces between them; the first row
/// is the heading. Bytes that would upset a terminal become '?'.
std::string format_table(const std::vector<TableRow>& rows);

}  // namespace outhaul
