#include "agent/diag/tar_archive.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace outhaul::agent {

namespace {

constexpr std::size_t block_size = 512;
constexpr std::size_t stored_maximum = 0xffff;

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
  // The sum counts its own field as blanks.
  header.replace(148, 8, "        ");
  std::uint64_t sum = 0;
  for (const char byte : header)
    sum += static_cast<unsigned char>(byte);
  put_octal(header, 148, 6, sum);
  header[154] = '\0';
  bytes_ += header;
  bytes_ += contents;
  bytes_.append((block_size - contents.size() % block_size) % block_size, '\0');
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

}  // namespace outhaul::agent
