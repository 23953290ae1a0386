#include "common/http/h1_field_block.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/http/syntax.h"

namespace outhaul::http {
namespace {

constexpr std::size_t crlf_bytes = 2;

Fault syntax_fault(std::string message) {
  return {.reason = FaultReason::syntax, .message = std::move(message)};
}

/// Parses `line` (not empty, without CRLF) into `fields`, or says what is wrong with it.
std::optional<Fault> parse_field_line(std::string_view line, const HeadLimits& limits,
                                      Fields& fields) {
  if (line.front() == ' ' || line.front() == '\t') {
    return syntax_fault("field line begins with whitespace: line folding is not allowed");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return syntax_fault("field line without a colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_whitespace(line.substr(colon + 1));
  if (name.size() > limits.max_name_bytes && is_token(name)) {
    return Fault{
        .reason = FaultReason::field_too_large,
        .message = "field name is longer than " + std::to_string(limits.max_name_bytes) + " bytes"};
  }
  if (fields.add(name, value)) return std::nullopt;
  if (!is_token(name)) {
    if (name.ends_with(' ') || name.ends_with('\t')) {
      return syntax_fault("field name is followed by whitespace: put the colon right behind it");
    }
    return syntax_fault("field name is empty or has a character that names cannot have");
  }
  return syntax_fault("field " + std::string(name) + ": value has a control character");
}

}  // namespace

HeadStep FieldBlockParser::feed(Bytes input, Fields& fields) {
  std::size_t consumed = 0;
  for (;;) {
    const std::size_t left = limits_.max_head_bytes - bytes_used_;
    const std::size_t left_for_line = left > crlf_bytes ? left - crlf_bytes : 0;
    const bool head_is_full = left_for_line < limits_.max_field_bytes;
    const LineReader::Step step =
        lines_.next(input.subspan(consumed), std::min(left_for_line, limits_.max_field_bytes));
    consumed += step.consumed;
    if (step.status == LineReader::Status::need_more) {
      return {.status = HeadStatus::need_more, .consumed = consumed};
    }
    if (step.status != LineReader::Status::line) return fail_line(step.status, head_is_full);
    // Less than a CRLF was left: a blank line passed the reader, but not the limit.
    if (step.line.size() + crlf_bytes > left) {
      return fail_line(LineReader::Status::too_long, head_is_full);
    }
    bytes_used_ += step.line.size() + crlf_bytes;
    if (step.line.empty()) return {.status = HeadStatus::complete, .consumed = consumed};
    if (++lines_seen_ > limits_.max_fields) {
      return fail({.reason = FaultReason::too_many_fields,
                   .message = "more than " + std::to_string(limits_.max_fields) + " fields"});
    }
    if (std::optional<Fault> fault = parse_field_line(step.line, limits_, fields)) {
      return fail(std::move(*fault));
    }
  }
}

void FieldBlockParser::reset(std::size_t bytes_used) {
  lines_.reset();
  bytes_used_ = std::min(bytes_used, limits_.max_head_bytes);
  lines_seen_ = 0;
}

HeadStep FieldBlockParser::fail(Fault fault) {
  fault_ = std::move(fault);
  return {.status = HeadStatus::failed};
}

HeadStep FieldBlockParser::fail_line(LineReader::Status status, bool head_is_full) {
  if (status == LineReader::Status::bare_lf) {
    return fail(syntax_fault("field line ends with a bare LF: lines end with CRLF"));
  }
  if (head_is_full) {
    return fail({.reason = FaultReason::head_too_large,
                 .message = "header section is larger than " +
                            std::to_string(limits_.max_head_bytes) + " bytes"});
  }
  return fail(
      {.reason = FaultReason::field_too_large,
       .message = "field is larger than " + std::to_string(limits_.max_field_bytes) + " bytes"});
}

}  // namespace outhaul::http
