#include "edge/backup/command.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "common/net/pem.h"
#include "edge/admin/answer_text.h"
#include "edge/admin/api_caller.h"
#include "edge/backup/archive.h"
#include "edge/exit_codes.h"
#include "edge/identity/private_file.h"
#include "edge/options.h"

namespace outhaul::edge {

namespace {

/// A hundred thousand services are some 50 MB.
constexpr std::size_t archive_maximum = std::size_t{1} << 30U;

options::Finish fail(const Error& error) {
  return options::failure(error.kind == ErrorKind::system ? exit_internal : exit_configuration,
                          error.message);
}

std::string kilobytes(std::size_t bytes) {
  return std::to_string((bytes + 1023) / 1024) + " KiB";
}

/// Before the work: nothing is asked of an edge for a file that cannot be.
Result<void> check_target(const std::string& file, bool force) {
  if (file == "-") {
    if (::isatty(STDOUT_FILENO) != 1) return {};
    return Error{ErrorKind::invalid,
                 "an archive is nothing for a terminal: name a file, or lead standard output to a "
                 "program that encrypts it"};
  }
  std::error_code failure;
  if (force || !std::filesystem::exists(file, failure)) return {};
  return Error{ErrorKind::invalid,
               file + " exists and is not written over: name another file, or give --force"};
}

Result<std::string> fetch_archive(const options::Values& values) {
  AdminCommand command;
  command.data_dir = values.path("data-dir");
  command.admin_socket = admin_socket_path(values);
  OUTHAUL_TRY(api, find_api(command));
  ApiRequest request;
  request.method = "GET";
  request.path = "/v1/backup";
  OUTHAUL_TRY(response, api->call(request));
  if (response.status == 200) return std::move(response.body);
  return Error{ErrorKind::system, failure_message(response)};
}

Result<std::string> read_archive(const std::string& file) {
  if (file != "-") return net::read_file(file, archive_maximum);
  return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
}

std::string contents_text(const Backup& backup) {
  std::string text = "directory.db (" + kilobytes(backup.database.size()) + ")";
  if (backup.authority_pem) text += ", ca.pem, ca.key";
  if (backup.addresses) text += ", addresses";
  return text;
}

}  // namespace

options::Finish run_backup(const options::Invocation& invocation) {
  const std::string& file = invocation.positionals.front();
  if (const auto target = check_target(file, invocation.values.boolean("force")); !target) {
    return fail(target.error());
  }
  auto archive = fetch_archive(invocation.values);
  if (!archive) return fail(archive.error());
  // What cannot be read back is none.
  const auto backup = unpack_backup(*archive);
  if (!backup) return fail(backup.error());
  if (file == "-") {
    std::cout.write(archive->data(), static_cast<std::streamsize>(archive->size())).flush();
    if (std::cout.good()) return {exit_ok, {}, {}};
    return fail({ErrorKind::system, "standard output takes no more: the archive is not whole"});
  }
  if (const auto written = write_private_file(file, *archive, FileOwner::writer); !written) {
    return fail(written.error());
  }
  std::string text = "wrote " + file + ": " + contents_text(*backup) + "\n";
  text += backup->authority_pem
              ? "not in it: the configuration\n"
              : "not in it: the configuration, and the certificate of your own with its key\n";
  return {exit_ok, std::move(text), {}};
}

options::Finish run_restore(const options::Invocation& invocation) {
  const std::filesystem::path data_dir = invocation.values.path("data-dir");
  const auto archive = read_archive(invocation.positionals.front());
  if (!archive) return fail(archive.error());
  const auto backup = unpack_backup(*archive);
  if (!backup) return fail(backup.error());
  if (const auto restored = restore_backup(data_dir, *backup); !restored) {
    return fail(restored.error());
  }
  return {exit_ok, "restored into " + data_dir.string() + ": " + contents_text(*backup) + "\n", {}};
}

}  // namespace outhaul::edge
