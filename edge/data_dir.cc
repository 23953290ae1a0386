#include "edge/data_dir.h"

#include <cerrno>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>

#include "common/net/pem.h"
#include "edge/identity/private_file.h"

namespace outhaul::edge {

namespace {

constexpr std::string_view edge_key = "edge ";
constexpr std::string_view pin_key = "pin ";
constexpr std::size_t addresses_size = std::size_t{16} * 1024;

std::filesystem::path addresses_file(const std::filesystem::path& data_dir) {
  return data_dir / "addresses";
}

Result<void> read_line(std::string_view line, EdgeAddresses& addresses) {
  if (line.starts_with(edge_key)) {
    OUTHAUL_TRY(edge, tunnel::EdgeAddress::parse(line.substr(edge_key.size())));
    addresses.edges.push_back(edge);
  } else if (line.starts_with(pin_key)) {
    OUTHAUL_TRY(pin, tunnel::Pin::parse(line.substr(pin_key.size())));
    addresses.pins.push_back(pin);
  }
  return {};
}

}  // namespace

Result<DataLock> DataLock::take(const std::filesystem::path& data_dir) {
  const std::string path = (data_dir / "lock").string();
  net::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return system_error(errno, "open " + path);
  give_to_owner(file.get(), data_dir);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(errno, "lock " + path);
    return Error{ErrorKind::denied, "the data directory " + data_dir.string() +
                                        " is in use by another outhaul-edge: stop that one, or "
                                        "give this one its own --data-dir"};
  }
  return DataLock(std::move(file));
}

std::filesystem::path directory_file(const std::filesystem::path& data_dir) {
  return data_dir / "directory.db";
}

Result<void> save_addresses(const std::filesystem::path& data_dir, const EdgeAddresses& addresses) {
  std::string text;
  for (const tunnel::EdgeAddress& edge : addresses.edges)
    text.append(edge_key).append(edge.to_string()).append("\n");
  for (const tunnel::Pin& pin : addresses.pins)
    text.append(pin_key).append(pin.to_string()).append("\n");
  return write_private_file(addresses_file(data_dir), text, FileOwner::directory);
}

Result<EdgeAddresses> load_addresses(const std::filesystem::path& data_dir) {
  const std::string path = addresses_file(data_dir).string();
  OUTHAUL_TRY(text, net::read_file(path, addresses_size));
  EdgeAddresses addresses;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (auto line = read_line(rest.substr(0, end), addresses); !line) {
      return Error{ErrorKind::invalid, path + ": " + line.error().message};
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return addresses;
}

}  // namespace outhaul::edge
