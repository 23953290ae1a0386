#include "common/options/program.h"

namespace outhaul::options {

const Command* find_command(const Program& program, std::string_view path) {
  for (const Command& command : program.commands) {
    if (command.path == path) return &command;
  }
  return nullptr;
}

}  // namespace outhaul::options
