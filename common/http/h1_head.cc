#include "common/http/h1_head.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "common/http/syntax.h"
#include "common/http/translation.h"

namespace outhaul::http {
namespace {

constexpr std::size_t crlf_bytes = 2;

Fault syntax_fault(std::string message) {
  return {.reason = FaultReason::syntax, .message = std::move(message)};
}

Fault start_line_fault(LineReader::Status status, const HeadLimits& limits) {
  if (status == LineReader::Status::bare_lf) {
    return syntax_fault("start line ends with a bare LF: lines end with CRLF");
  }
  return {.reason = FaultReason::target_too_long,
          .message = "start line is longer than " + std::to_string(limits.max_start_line_bytes) +
                     " bytes"};
}

}  // namespace

HeadStep RequestHeadParser::feed(Bytes input) {
  std::size_t consumed = 0;
  while (!start_line_done_) {
    if (!first_byte_seen_ && !input.empty()) {
      first_byte_seen_ = true;
      // Something that is not HTTP, a TLS handshake say, is refused before it sends a line end.
      const char first = static_cast<char>(input.front());
      if (!is_tchar(first) && first != '\r') {
        return fail(syntax_fault("request does not begin with a method"));
      }
    }
    const LineReader::Step step =
        lines_.next(input.subspan(consumed), limits_.max_start_line_bytes);
    consumed += step.consumed;
    if (step.status == LineReader::Status::need_more) return {.consumed = consumed};
    if (step.status != LineReader::Status::line) {
      return fail(start_line_fault(step.status, limits_));
    }
    if (step.line.empty() && !empty_line_seen_) {
      empty_line_seen_ = true;
      continue;
    }
    if (auto fault = parse_request_line(step.line, line_, head_)) return fail(std::move(*fault));
    start_line_done_ = true;
    block_.reset(step.line.size() + crlf_bytes);
  }
  return feed_fields(input, consumed);
}

HeadStep RequestHeadParser::feed_fields(Bytes input, std::size_t consumed) {
  HeadStep step = block_.feed(input.subspan(consumed), head_.fields);
  if (step.status == HeadStatus::failed) return fail(block_.fault());
  step.consumed += consumed;
  if (step.status == HeadStatus::complete) {
    if (auto fault = settle_host()) return fail(std::move(*fault));
  }
  return step;
}

std::optional<Fault> RequestHeadParser::settle_host() {
  if (auto fault = merge_host(head_)) return fault;
  if (head_.authority.empty()) return syntax_fault("Host is missing: send exactly one");
  return std::nullopt;
}

RequestHead RequestHeadParser::take_head() {
  return std::move(head_);
}

void RequestHeadParser::reset() {
  lines_.reset();
  block_.reset();
  line_ = {};
  head_ = {};
  first_byte_seen_ = false;
  empty_line_seen_ = false;
  start_line_done_ = false;
}

HeadStep RequestHeadParser::fail(Fault fault) {
  fault_ = std::move(fault);
  return {.status = HeadStatus::failed};
}

HeadStep ResponseHeadParser::feed(Bytes input) {
  // An origin that speaks something else (TLS, SSH) is noticed at its first byte, not when the
  // head times out.
  constexpr std::string_view prefix = "HTTP/";
  const std::string_view text = as_text(input);
  for (const char c : text.substr(0, std::min(text.size(), prefix.size() - prefix_seen_))) {
    if (c != prefix[prefix_seen_++]) {
      return fail(syntax_fault("response does not begin with HTTP/"));
    }
  }
  std::size_t consumed = 0;
  if (!start_line_done_) {
    const LineReader::Step step = lines_.next(input, limits_.max_start_line_bytes);
    consumed = step.consumed;
    if (step.status == LineReader::Status::need_more) return {.consumed = consumed};
    if (step.status != LineReader::Status::line) {
      return fail(start_line_fault(step.status, limits_));
    }
    StatusLine line;
    if (auto fault = parse_status_line(step.line, line)) return fail(std::move(*fault));
    version_ = line.version;
    head_.status = line.status;
    start_line_done_ = true;
    block_.reset(step.line.size() + crlf_bytes);
  }
  HeadStep step = block_.feed(input.subspan(consumed), head_.fields);
  if (step.status == HeadStatus::failed) return fail(block_.fault());
  step.consumed += consumed;
  return step;
}

ResponseHead ResponseHeadParser::take_head() {
  return std::move(head_);
}

void ResponseHeadParser::reset() {
  lines_.reset();
  block_.reset();
  head_ = {};
  version_ = H1Version::http11;
  prefix_seen_ = 0;
  start_line_done_ = false;
}

HeadStep ResponseHeadParser::fail(Fault fault) {
  fault_ = std::move(fault);
  return {.status = HeadStatus::failed};
}

}  // namespace outhaul::http
