#pragma once

#include <string>

namespace outhaul {

/// Appends a text that is read back as the same number: "12.5", "0.0001", "1e-09". As short as a
/// measurement needs; NaN and infinities as "nan", "inf" and "-inf". libstdc++'s to_chars() does
/// the same, with 128 KB of tables that nothing else here needs.
void append_number(std::string& text, double value);

}  // namespace outhaul
