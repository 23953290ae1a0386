#include "common/options/option.h"

#include <algorithm>

namespace outhaul::options {

std::string environment_name(const Option& option, std::string_view prefix) {
  if (!option.environment.empty()) return option.environment;
  std::string name(prefix);
  name.push_back('_');
  for (char c : option.name) {
    const bool lower = c >= 'a' && c <= 'z';
    name.push_back(c == '-' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

std::string configuration_key(const Option& option) {
  std::string key = option.name;
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

}  // namespace outhaul::options
