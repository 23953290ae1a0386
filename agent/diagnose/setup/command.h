#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "common/options/command_line.h"
#include "common/options/program.h"

namespace outhaul::agent::setup {

/// The group of set_up_options() on help pages.
inline constexpr std::string_view set_up_group = "What to check, instead of the configuration";

/// The options of `run` that say who the agent is and where its edges are, and those named besides,
/// as another command takes them: none is required.
std::vector<options::Option> set_up_options(std::span<const options::Option> run_options,
                                            std::initializer_list<std::string_view> besides = {});

/// The command `check`, for the program's table. Takes the options of `run` that say who the agent
/// is and where its edges are.
options::Command check_command(std::span<const options::Option> run_options);

/// Carries it out and prints the page; on a terminal standard error shows meanwhile what is being
/// looked at. The exit code is exit_ok, also with warnings, or exit_check_failed.
int run_check(const options::Invocation& invocation);

}  // namespace outhaul::agent::setup
