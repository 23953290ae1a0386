#include "common/options/option_range.h"

#include <limits>

#include "common/options/value_syntax.h"

namespace outhaul::options {

std::string format_amount(const Option& option, std::int64_t amount) {
  if (option.kind == OptionKind::duration) {
    return format_duration(std::chrono::milliseconds(amount));
  }
  if (option.kind == OptionKind::size) return format_size(amount);
  return std::to_string(amount);
}

std::string range_text(const Option& option) {
  const bool has_range = option.kind == OptionKind::integer ||
                         option.kind == OptionKind::duration || option.kind == OptionKind::size;
  if (!has_range) return {};
  const std::string low = format_amount(option, option.minimum);
  if (option.maximum == std::numeric_limits<std::int64_t>::max()) return "at least " + low;
  return low + " to " + format_amount(option, option.maximum);
}

}  // namespace outhaul::options
