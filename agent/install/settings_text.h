#pragma once

#include <string>
#include <string_view>

/// Changes single keys in the text of a configuration file and leaves everything else, comments
/// too, as its owner wrote it. Only keys before the first table, one a line, as in the packaged
/// outhaul.toml.
namespace outhaul::agent {

/// Sets `key = value`; `value` is TOML. The line that sets the key is replaced, else the first one
/// that has it commented out ("#key = ..."), else a line is put at the beginning.
std::string set_setting(std::string_view text, std::string_view key, std::string_view value);

/// Comments the key's line out.
std::string unset_setting(std::string_view text, std::string_view key);

/// As TOML writes it, in double quotes.
std::string toml_text(std::string_view text);

}  // namespace outhaul::agent
