#include "common/http/h1_line.h"

namespace outhaul::http {

LineReader::Step LineReader::next(Bytes input, std::size_t max_line_bytes) {
  if (held_is_delivered_) reset();
  const std::string_view text = as_text(input);
  const std::size_t line_feed = text.find('\n');
  const bool whole = line_feed != std::string_view::npos;
  const std::string_view piece = whole ? text.substr(0, line_feed) : text;
  // The CR counts as part of the piece here, hence one byte more than the line may have.
  if (held_.size() + piece.size() > max_line_bytes + 1) return {.status = Status::too_long};
  if (!whole) {
    held_.append(piece);
    return {.status = Status::need_more, .consumed = piece.size()};
  }
  std::string_view line = piece;
  if (!held_.empty()) {
    held_.append(piece);
    held_is_delivered_ = true;
    line = held_;
  }
  if (!line.ends_with('\r')) return {.status = Status::bare_lf};
  line.remove_suffix(1);
  return {.status = Status::line, .consumed = piece.size() + 1, .line = line};
}

void LineReader::reset() {
  held_.clear();
  held_is_delivered_ = false;
}

}  // namespace outhaul::http
