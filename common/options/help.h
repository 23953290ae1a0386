#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/options/program.h"

/// Help pages: plain text of at most 80 columns that ends with a line end.
namespace outhaul::options {

/// Columns of every page.
inline constexpr std::size_t help_width = 80;

/// The commands; with a prefix ("tunnel") only those below it.
std::string program_help(const Program& program, std::string_view prefix = {});

/// A command's own page.
std::string command_help(const Program& program, const Command& command);

/// The topics of a command's groups, in order.
std::vector<std::string> help_topics(const Command& command);

/// The page of one topic of a command.
std::string topic_help(const Program& program, const Command& command, std::string_view topic);

}  // namespace outhaul::options
