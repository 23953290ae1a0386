#include "common/http/h1_chunked.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "common/http/syntax.h"

namespace outhaul::http {
namespace {

Fault syntax_fault(std::string message) {
  return {.reason = FaultReason::syntax, .message = std::move(message)};
}

void skip_whitespace(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
}

bool skip_token(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_tchar);
  const auto length = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(length);
  return length > 0;
}

/// quoted-string of RFC 9110 section 5.6.4; `text` begins with its DQUOTE.
bool skip_quoted_string(std::string_view& text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (!has_only_field_characters(text.substr(i, 1))) return false;
    if (text[i] == '\\') {
      ++i;
      if (i == text.size() || !has_only_field_characters(text.substr(i, 1))) return false;
    } else if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

/// chunk-ext = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ). Whitespace that
/// no extension follows is refused: it has served to hide a second chunk size.
bool is_chunk_extension(std::string_view text) {
  while (!text.empty()) {
    skip_whitespace(text);
    if (!text.starts_with(';')) return false;
    text.remove_prefix(1);
    skip_whitespace(text);
    if (!skip_token(text)) return false;
    std::string_view after_space = text;
    skip_whitespace(after_space);
    if (!after_space.starts_with('=')) continue;
    text = after_space.substr(1);
    skip_whitespace(text);
    if (text.starts_with('"') ? !skip_quoted_string(text) : !skip_token(text)) return false;
  }
  return true;
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::next(Bytes input) {
  std::size_t consumed = 0;
  while (state_ != State::done && consumed < input.size()) {
    const Bytes rest = input.subspan(consumed);
    Step step;
    switch (state_) {
      case State::size_line:
        step = next_size_line(rest);
        break;
      case State::payload:
        step = next_payload(rest);
        break;
      case State::payload_cr:
      case State::payload_lf: {
        const char expected = state_ == State::payload_cr ? '\r' : '\n';
        if (as_text(rest).front() != expected) {
          return fail(syntax_fault("chunk is not followed by CRLF"));
        }
        state_ = state_ == State::payload_cr ? State::payload_lf : State::size_line;
        step.consumed = 1;
        break;
      }
      case State::trailers:
        step = next_trailers(rest);
        break;
      case State::done:
        break;
    }
    if (step.status == Status::failed) return step;
    consumed += step.consumed;
    if (step.status != Status::need_more) {
      step.consumed = consumed;
      return step;
    }
  }
  return {.status = state_ == State::done ? Status::complete : Status::need_more,
          .consumed = consumed};
}

ChunkedDecoder::Step ChunkedDecoder::next_size_line(Bytes input) {
  const LineReader::Step step = lines_.next(input, limits_.max_size_line_bytes);
  switch (step.status) {
    case LineReader::Status::need_more:
      break;
    case LineReader::Status::line:
      if (!read_size_line(step.line)) return {.status = Status::failed};
      break;
    case LineReader::Status::too_long:
      return fail({.reason = FaultReason::head_too_large,
                   .message = "chunk-size line is longer than " +
                              std::to_string(limits_.max_size_line_bytes) + " bytes"});
    case LineReader::Status::bare_lf:
      return fail(syntax_fault("chunk-size line ends with a bare LF: lines end with CRLF"));
  }
  return {.consumed = step.consumed};
}

bool ChunkedDecoder::read_size_line(std::string_view line) {
  const std::size_t digits = std::min(line.find_first_of("; \t"), line.size());
  const std::optional<std::uint64_t> size = parse_hexadecimal(line.substr(0, digits));
  if (!size) {
    fault_ = syntax_fault("chunk size is not 1 to 16 hexadecimal digits, below 2^63");
    return false;
  }
  const std::string_view extension = line.substr(digits);
  if (!is_chunk_extension(extension)) {
    fault_ = syntax_fault("chunk size is followed by something that is no chunk extension");
    return false;
  }
  extension_bytes_ += extension.size();
  if (extension_bytes_ > payload_bytes_ &&
      extension_bytes_ - payload_bytes_ > limits_.max_excess_extension_bytes) {
    fault_ = {.reason = FaultReason::head_too_large,
              .message = "chunk extensions are larger than the body that they come with"};
    return false;
  }
  chunk_left_ = *size;
  state_ = *size > 0 ? State::payload : State::trailers;
  return true;
}

ChunkedDecoder::Step ChunkedDecoder::next_payload(Bytes input) {
  const std::size_t taken = std::min<std::uint64_t>(chunk_left_, input.size());
  chunk_left_ -= taken;
  payload_bytes_ += taken;
  if (chunk_left_ == 0) state_ = State::payload_cr;
  return {.status = Status::payload, .consumed = taken, .payload = input.first(taken)};
}

ChunkedDecoder::Step ChunkedDecoder::next_trailers(Bytes input) {
  const HeadStep step = trailer_parser_.feed(input, trailers_);
  if (step.status == HeadStatus::failed) return fail(trailer_parser_.fault());
  if (step.status == HeadStatus::complete) {
    state_ = State::done;
    return {.status = Status::complete, .consumed = step.consumed};
  }
  return {.consumed = step.consumed};
}

ChunkedDecoder::Step ChunkedDecoder::fail(Fault fault) {
  fault_ = std::move(fault);
  return {.status = Status::failed};
}

ChunkHeader::ChunkHeader(std::uint64_t size) {
  assert(size > 0);
  constexpr std::string_view digits = "0123456789abcdef";
  std::size_t at = buffer_.size();
  buffer_[--at] = '\n';
  buffer_[--at] = '\r';
  for (std::uint64_t rest = size; rest > 0; rest >>= 4U) {
    buffer_[--at] = digits[rest & 0xfU];
  }
  begin_ = at;
}

void append_last_chunk(PooledText& out, const Fields& trailers) {
  out += "0\r\n";
  for (const Field field : trailers) {
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out += "\r\n";
}

}  // namespace outhaul::http
