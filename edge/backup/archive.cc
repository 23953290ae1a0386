#include "edge/backup/archive.h"

#include <array>
#include <cstddef>
#include <ctime>
#include <system_error>
#include <utility>

#include "common/base/tar_archive.h"
#include "common/net/certificate_authority.h"
#include "common/net/pem.h"
#include "edge/data_dir.h"
#include "edge/directory/schema.h"
#include "edge/identity/private_file.h"

namespace outhaul::edge {

namespace {

using std::filesystem::path;

constexpr std::string_view folder = "outhaul-edge-backup/";
constexpr std::size_t small_file = std::size_t{64} * 1024;

/// Beside the database, in the order of the archive.
constexpr std::array<std::string_view, 3> small_files{"ca.pem", "ca.key", "addresses"};

std::optional<std::string>* member_of(Backup& backup, std::string_view name) {
  if (name == "ca.pem") return &backup.authority_pem;
  if (name == "ca.key") return &backup.authority_key_pem;
  if (name == "addresses") return &backup.addresses;
  return nullptr;
}

Error no_backup(const std::string& why) {
  return Error{ErrorKind::invalid, why + "; name a file that outhaul-edge backup has written"};
}

Result<void> check_empty(const path& data_dir) {
  for (const char* name : {"directory.db", "directory.db-wal", "ca.pem", "ca.key"}) {
    std::error_code failure;
    if (!std::filesystem::exists(data_dir / name, failure)) continue;
    return Error{ErrorKind::denied, (data_dir / name).string() +
                                        " is there already, and a restore replaces nothing: move "
                                        "it away, or name another --data-dir"};
  }
  return {};
}

/// Before anything is written.
Result<void> check_authority(const Backup& backup) {
  if (!backup.authority_pem) return {};
  net::KeyPair pair;
  pair.chain_pem = *backup.authority_pem;
  pair.key_pem = *backup.authority_key_pem;
  pair.chain_name = "ca.pem";
  pair.key_name = "ca.key";
  OUTHAUL_CHECK(net::CertificateAuthority::load(pair));
  return {};
}

Result<void> write_files(const path& data_dir, const Backup& backup) {
  const auto write = [&](std::string_view name, const std::optional<std::string>& contents) {
    if (!contents) return Result<void>();
    return write_private_file(data_dir / name, *contents, FileOwner::directory);
  };
  OUTHAUL_CHECK(write("ca.key", backup.authority_key_pem));
  OUTHAUL_CHECK(write("ca.pem", backup.authority_pem));
  return write("addresses", backup.addresses);
}

}  // namespace

Result<std::string> pack_backup(const path& data_dir, std::string_view database) {
  TarArchive archive(std::time(nullptr));
  archive.add(std::string(folder) + "directory.db", database);
  for (const std::string_view name : small_files) {
    const std::string file = (data_dir / name).string();
    const auto contents = net::read_file(file, small_file);
    // A given certificate stands elsewhere, and is its owner's to keep.
    if (!contents && contents.error().kind == ErrorKind::not_found) continue;
    if (!contents) return contents;
    archive.add(std::string(folder).append(name), *contents);
  }
  return std::move(archive).finish();
}

Result<Backup> unpack_backup(std::string_view archive) {
  auto members = read_tar(archive);
  if (!members) return no_backup(members.error().message);
  Backup backup;
  for (TarMember& member : *members) {
    const std::string_view name = member.name;
    if (name == "outhaul-edge-backup/directory.db") {
      backup.database = std::move(member.contents);
      continue;
    }
    std::optional<std::string>* place =
        name.starts_with(folder) ? member_of(backup, name.substr(folder.size())) : nullptr;
    if (place == nullptr) return no_backup("the archive has " + member.name);
    *place = std::move(member.contents);
  }
  if (backup.database.empty()) return no_backup("the archive has no directory.db");
  if (backup.authority_pem.has_value() != backup.authority_key_pem.has_value()) {
    return no_backup("the archive has only one of ca.pem and ca.key");
  }
  return backup;
}

Result<void> restore_backup(const path& data_dir, const Backup& backup) {
  OUTHAUL_CHECK(check_authority(backup));
  OUTHAUL_CHECK(make_private_directory(data_dir));
  OUTHAUL_TRY(lock, DataLock::take(data_dir));
  OUTHAUL_CHECK(check_empty(data_dir));
  const path unproved = data_dir / "restored.db";
  OUTHAUL_CHECK(write_private_file(unproved, backup.database, FileOwner::directory));
  std::error_code failure;
  if (const auto schema = directory_schema(unproved.string()); !schema) {
    std::filesystem::remove(unproved, failure);
    return schema.error();
  }
  OUTHAUL_CHECK(write_files(data_dir, backup));
  // Last: what has a database is whole.
  std::filesystem::rename(unproved, directory_file(data_dir), failure);
  if (failure) return system_error(failure.value(), "make " + directory_file(data_dir).string());
  return {};
}

}  // namespace outhaul::edge
