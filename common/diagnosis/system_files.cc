#include "common/diagnosis/system_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include <sys/stat.h>

#include "common/diagnosis/local_facts.h"

namespace outhaul::diagnosis {

namespace {

constexpr std::size_t file_maximum = std::size_t{1} << 20U;
constexpr std::size_t journal_maximum = std::size_t{4} << 20U;

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string read_some(std::FILE* file, std::size_t maximum) {
  std::string text;
  std::array<char, 4096> part{};
  while (text.size() < maximum) {
    const std::size_t size = std::fread(part.data(), 1, part.size(), file);
    if (size == 0) break;
    text.append(part.data(), size);
  }
  text.resize(std::min(text.size(), maximum));
  return text;
}

}  // namespace

Result<std::string> read_system_file(const std::string& path) {
  if (path.empty()) return Error{ErrorKind::not_found, "there is no such file"};
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "re"));
  if (!file) return system_error(errno, "read " + path);
  return read_some(file.get(), file_maximum);
}

Result<std::string> read_journal(const std::string& unit, const std::string& program) {
  const std::string command =
      "journalctl --unit " + unit + " --lines 2000 --no-pager --output short-iso 2>&1";
  std::FILE* output = ::popen(command.c_str(), "re");
  if (output == nullptr) return system_error(errno, "run journalctl");
  std::string text = read_some(output, journal_maximum);
  const int status = ::pclose(output);
  if (status == 0 && text.find("-- No entries --") == std::string::npos) return text;
  const std::string first = text.substr(0, text.find('\n'));
  return Error{ErrorKind::not_found, "journalctl: " + (first.empty() ? "no entries" : first) +
                                         "; send the log of the " + program +
                                         " along, from where its standard error goes"};
}

std::string directory_text(const std::string& path) {
  std::error_code problem;
  std::vector<std::string> lines;
  for (const auto& entry : std::filesystem::directory_iterator(path, problem)) {
    struct stat status{};
    if (::lstat(entry.path().c_str(), &status) != 0) continue;
    std::array<char, 64> start{};
    std::snprintf(start.data(), start.size(), "%06o %10lld ", status.st_mode,
                  static_cast<long long>(status.st_size));
    lines.push_back(start.data() + owner_text(status) + " " + entry.path().string() + "\n");
  }
  if (problem) return path + ": " + problem.message() + "\n";
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines)
    text += line;
  return text;
}

}  // namespace outhaul::diagnosis
