#include "edge/backup/command_table.h"

#include <string>

namespace outhaul::edge {

namespace {

const std::string file_group = "File";
const std::string storage_group = "Storage";

}  // namespace

options::Command backup_command(const std::vector<options::Option>& storage_options) {
  options::Command command{
      .path = "backup",
      .summary = "write all that a restore needs into one file",
      .description =
          "Directory, the edge's own authority with its key, and the addresses for tokens, as one "
          "tar archive of mode 0600, at one moment, while the edge runs or not. The file is a "
          "secret: who has ca.key can pose "
          "as this edge. The configuration and a certificate of your own are not in it.",
      .groups = {{file_group, {}}, {storage_group, {}}},
      .options = {{.name = "force",
                   .kind = options::OptionKind::boolean,
                   .help = "replace a file that exists",
                   .group = file_group,
                   .forms = options::OptionForms::flag_and_environment}},
      .positionals = {{"FILE", "where to write; - for standard output"}},
      .examples = {"outhaul-edge backup /var/backups/outhaul-edge.tar",
                   "outhaul-edge backup - | age -r $KEY > outhaul-edge.tar.age"},
  };
  command.options.insert(command.options.end(), storage_options.begin(), storage_options.end());
  command.reads_configuration = true;
  return command;
}

options::Command restore_command(const std::vector<options::Option>& storage_options) {
  options::Command command{
      .path = "restore",
      .summary = "put a backup into an empty data directory",
      .description =
          "No edge may run on it. Nothing is replaced: move the old files away first. Tokens and "
          "bindings are good as on "
          "the day of the backup, also those that were revoked since.",
      .groups = {{storage_group, {}}},
      .positionals = {{"FILE", "what outhaul-edge backup has written; - for standard input"}},
      .examples = {"outhaul-edge restore /var/backups/outhaul-edge.tar"},
  };
  command.options = storage_options;
  command.reads_configuration = true;
  return command;
}

}  // namespace outhaul::edge
