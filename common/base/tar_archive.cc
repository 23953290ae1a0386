#include "common/base/tar_archive.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace outhaul {

namespace {

constexpr std::size_t block_size = 512;
constexpr std::size_t stored_maximum = 0xffff;
/// Where a header has its checksum: six digits, NUL, blank.
constexpr std::size_t sum_at = 148;

void put_octal(std::string& block, std::size_t at, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i-- > 0; value /= 8)
    block[at + i] = static_cast<char>('0' + value % 8);
}

void put_little_endian(std::string& to, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i, value >>= 8U)
    to.push_back(static_cast<char>(value & 0xffU));
}

/// RFC 1952 section 8.
std::uint32_t crc32(std::string_view bytes) {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t n = 0; n < table.size(); ++n) {
    std::uint32_t c = n;
    for (int bit = 0; bit < 8; ++bit)
      c = (c & 1U) != 0 ? 0xedb88320U ^ (c >> 1U) : c >> 1U;
    table.at(n) = c;
  }
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes)
    crc = table.at((crc ^ static_cast<unsigned char>(byte)) & 0xffU) ^ (crc >> 8U);
  return crc ^ 0xffffffffU;
}

/// The sum of a header's bytes, in which its own field counts as blanks.
std::uint64_t checksum(std::string_view header) {
  std::uint64_t sum = 8 * std::uint64_t{' '};
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i < sum_at || i >= sum_at + 8) sum += static_cast<unsigned char>(header[i]);
  }
  return sum;
}

/// Nothing when it is no number in octal digits, which a blank or NUL ends.
std::optional<std::uint64_t> octal(std::string_view field) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  for (const char c : field) {
    if (c >= '0' && c <= '7') {
      value = value * 8 + static_cast<std::uint64_t>(c - '0');
      ++digits;
    } else if (c == '\0' || (c == ' ' && digits > 0)) {
      break;
    } else if (c != ' ') {
      return std::nullopt;
    }
  }
  if (digits == 0) return std::nullopt;
  return value;
}

std::size_t padded_size(std::size_t size) {
  return (size + block_size - 1) / block_size * block_size;
}

Error damaged(std::string_view what) {
  return Error{ErrorKind::invalid, "this is no whole tar archive (" + std::string(what) + ")"};
}

}  // namespace

void TarArchive::add(std::string_view name, std::string_view contents) {
  assert(name.size() < 100);
  std::string header(block_size, '\0');
  header.replace(0, name.size(), name);
  put_octal(header, 100, 7, 0600);
  put_octal(header, 108, 7, 0);
  put_octal(header, 116, 7, 0);
  put_octal(header, 124, 11, contents.size());
  put_octal(header, 136, 11, static_cast<std::uint64_t>(time_));
  header[156] = '0';
  header.replace(257, 5, "ustar");
  header.replace(263, 2, "00");
  put_octal(header, sum_at, 6, checksum(header));
  header[sum_at + 7] = ' ';
  bytes_ += header;
  bytes_ += contents;
  bytes_.append(padded_size(contents.size()) - contents.size(), '\0');
}

std::string TarArchive::finish() && {
  bytes_.append(2 * block_size, '\0');
  return std::move(bytes_);
}

std::string TarArchive::finish_gzip() && {
  bytes_.append(2 * block_size, '\0');
  std::string file("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  for (std::size_t at = 0; at < bytes_.size();) {
    const std::size_t size = std::min(stored_maximum, bytes_.size() - at);
    file.push_back(at + size == bytes_.size() ? '\1' : '\0');
    put_little_endian(file, static_cast<std::uint32_t>(size), 2);
    put_little_endian(file, static_cast<std::uint32_t>(~size & 0xffffU), 2);
    file.append(bytes_, at, size);
    at += size;
  }
  put_little_endian(file, crc32(bytes_), 4);
  put_little_endian(file, static_cast<std::uint32_t>(bytes_.size() & 0xffffffffU), 4);
  return file;
}

Result<std::vector<TarMember>> read_tar(std::string_view archive) {
  std::vector<TarMember> members;
  while (archive.size() >= block_size) {
    const std::string_view header = archive.substr(0, block_size);
    archive.remove_prefix(block_size);
    if (header.find_first_not_of('\0') == std::string_view::npos) return members;
    if (octal(header.substr(sum_at, 8)) != checksum(header)) return damaged("a wrong checksum");
    const auto size = octal(header.substr(124, 12));
    if (!size || *size > archive.size()) return damaged("cut short");
    const std::string_view name = header.substr(0, header.substr(0, 100).find('\0'));
    const char type = header[156];
    if (type == '0' || type == '\0') {
      members.push_back({std::string(name), std::string(archive.substr(0, *size))});
    } else if (type != '5') {
      return damaged("a member that is no file");
    }
    archive.remove_prefix(std::min(padded_size(*size), archive.size()));
  }
  return damaged("without an end");
}

}  // namespace outhaul
