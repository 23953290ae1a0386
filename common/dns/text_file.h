#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace outhaul::dns {

/// The whole of a small text file; error kind `limit` over 1 MiB, else as the system says.
Result<std::string> read_text_file(const std::string& path);

/// Calls `visit(words)` for each line that has words, separated by blanks; a comment, from one of
/// `comment_marks` on, is no word.
template <typename Visitor>
void for_each_line(std::string_view text, std::string_view comment_marks, Visitor visit) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line = line.substr(0, line.find_first_of(comment_marks));
    std::vector<std::string_view> words;
    while (true) {
      constexpr std::string_view blanks = " \t\r\v\f";
      const std::size_t begin = line.find_first_not_of(blanks);
      if (begin == std::string_view::npos) break;
      line.remove_prefix(begin);
      const std::size_t length = line.find_first_of(blanks);
      words.push_back(line.substr(0, length));
      line.remove_prefix(words.back().size());
    }
    if (!words.empty()) visit(words);
  }
}

}  // namespace outhaul::dns
