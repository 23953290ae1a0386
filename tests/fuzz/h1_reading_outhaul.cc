#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/http/h1_chunked.h"
#include "common/http/h1_framing.h"
#include "common/http/h1_head.h"
#include "tests/fuzz/h1_reading.h"

namespace outhaul::fuzz {
namespace {

using Outcome = H1Reading::Outcome;

H1Reading::Lines lines_of(const http::Fields& fields) {
  H1Reading::Lines lines;
  for (const http::Field field : fields)
    lines.emplace_back(field.name, field.value);
  return lines;
}

void refuse(H1Reading& reading, std::string error) {
  reading.outcome = Outcome::refused;
  reading.error = std::move(error);
}

void read_chunks(H1Reading& reading, std::string_view rest) {
  http::ChunkedDecoder decoder;
  while (!rest.empty()) {
    const http::ChunkedDecoder::Step step = decoder.next(as_bytes(rest));
    if (step.status == http::ChunkedDecoder::Status::failed) {
      return refuse(reading, decoder.fault().message);
    }
    reading.body += as_text(step.payload);
    reading.end += step.consumed;
    rest.remove_prefix(step.consumed);
    if (step.status != http::ChunkedDecoder::Status::complete) continue;
    reading.trailers = lines_of(decoder.trailers());
    reading.outcome = Outcome::complete;
    return;
  }
}

void read_body(H1Reading& reading, const http::Framing& framing, std::string_view rest) {
  reading.framing_accepted = true;
  switch (framing.kind) {
    case http::BodyKind::none:
      reading.outcome = Outcome::complete;
      return;
    case http::BodyKind::until_close:
      reading.until_close = true;
      reading.body = rest;
      return;
    case http::BodyKind::chunked:
      return read_chunks(reading, rest);
    case http::BodyKind::content_length:
      reading.body = rest.substr(0, framing.length);
      reading.end += reading.body.size();
      if (reading.body.size() == framing.length) reading.outcome = Outcome::complete;
      return;
  }
}

/// False when the head is not complete; `reading` says whether it was refused.
template <typename Parser>
bool read_head(Parser& parser, H1Reading& reading, std::string_view bytes) {
  const http::HeadStep step = parser.feed(as_bytes(bytes));
  if (step.status == http::HeadStatus::failed) refuse(reading, parser.fault().message);
  if (step.status != http::HeadStatus::complete) return false;
  reading.end = step.consumed;
  reading.minor_version = parser.version() == http::H1Version::http11 ? 1 : 0;
  reading.head_complete = true;
  return true;
}

/// The target as it stood on the line. Host and an absolute-form's authority were merged, so the
/// line itself is the only place where it is still whole.
std::string target_of(std::string_view bytes) {
  if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  return std::string(line.substr(first + 1, last - first - 1));
}

std::string_view method_of(MessageKind kind) {
  if (kind == MessageKind::answer_to_head) return "HEAD";
  return kind == MessageKind::answer_to_connect ? "CONNECT" : "GET";
}

}  // namespace

H1Reading read_with_outhaul(MessageKind kind, std::string_view bytes) {
  H1Reading reading;
  if (kind == MessageKind::request) {
    http::RequestHeadParser parser;
    if (!read_head(parser, reading, bytes)) return reading;
    const http::H1Version version = parser.version();
    const http::RequestHead head = parser.take_head();
    reading.method = head.method;
    reading.target = target_of(bytes);
    reading.path = head.path;
    reading.authority = head.authority;
    reading.fields = lines_of(head.fields);
    const auto framing = http::request_framing(head.method, version, head.fields);
    if (framing) {
      read_body(reading, *framing, bytes.substr(reading.end));
    } else {
      refuse(reading, framing.error().message);
    }
    return reading;
  }
  http::ResponseHeadParser parser;
  if (!read_head(parser, reading, bytes)) return reading;
  const http::H1Version version = parser.version();
  const http::ResponseHead head = parser.take_head();
  reading.status = head.status;
  reading.fields = lines_of(head.fields);
  const auto framing = http::response_framing(method_of(kind), version, head.status, head.fields);
  if (framing) {
    read_body(reading, *framing, bytes.substr(reading.end));
  } else {
    refuse(reading, framing.error().message);
  }
  return reading;
}

}  // namespace outhaul::fuzz
