#pragma once

#include <string>
#include <vector>

#include "common/options/program.h"

/// Manual pages in the man(7) language, from the option table.
namespace outhaul::options {

/// What a page has to say beyond the table.
struct ManPage {
  /// Day of the release: "2026-11-24".
  std::string date = {};
  /// Paragraphs.
  std::vector<std::string> description = {};
  struct File {
    std::string path = {};
    std::string help = {};
  };
  std::vector<File> files = {};
  /// "outhaul-edge(1)"
  std::vector<std::string> see_also = {};
};

/// Section 1: the program with all its commands.
std::string program_man_page(const Program& program, const ManPage& page);

/// Section 5: the configuration file of one command, "outhaul.toml".
std::string configuration_man_page(const Program& program, const Command& command,
                                   const std::string& file_name, const ManPage& page);

}  // namespace outhaul::options
