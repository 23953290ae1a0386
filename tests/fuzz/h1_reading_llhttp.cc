#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include <llhttp/llhttp.h>

#include "tests/fuzz/h1_reading.h"

namespace outhaul::fuzz {
namespace {

using Outcome = H1Reading::Outcome;

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return text;
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Collects what the callbacks report. Spans of one token may come in pieces.
struct Collector {
  llhttp_t parser{};
  MessageKind kind = MessageKind::request;
  H1Reading reading;
  std::string name;
  std::string value;

  static Collector& of(llhttp_t* parser) { return *static_cast<Collector*>(parser->data); }
  void end_field() {
    if (name.empty()) return;
    (reading.head_complete ? reading.trailers : reading.fields)
        .emplace_back(lower_case(name), trimmed(value));
    name.clear();
    value.clear();
  }
};

int on_url(llhttp_t* parser, const char* at, std::size_t size) {
  Collector::of(parser).reading.target.append(at, size);
  return 0;
}

int on_field(llhttp_t* parser, const char* at, std::size_t size) {
  Collector::of(parser).name.append(at, size);
  return 0;
}

int on_value(llhttp_t* parser, const char* at, std::size_t size) {
  Collector::of(parser).value.append(at, size);
  return 0;
}

int on_value_complete(llhttp_t* parser) {
  Collector::of(parser).end_field();
  return 0;
}

int on_body(llhttp_t* parser, const char* at, std::size_t size) {
  Collector::of(parser).reading.body.append(at, size);
  return 0;
}

/// 1: there is no body; 2: neither a body nor another message, the connection is a tunnel now.
int on_headers_complete(llhttp_t* parser) {
  Collector& collector = Collector::of(parser);
  H1Reading& reading = collector.reading;
  reading.head_complete = true;
  reading.minor_version = parser->http_minor;
  if (collector.kind == MessageKind::request) {
    reading.method = llhttp_method_name(static_cast<llhttp_method_t>(parser->method));
    return 0;
  }
  reading.status = parser->status_code;
  if (collector.kind == MessageKind::answer_to_head) return 1;
  const bool opens_tunnel = collector.kind == MessageKind::answer_to_connect &&
                            reading.status >= 200 && reading.status < 300;
  if (opens_tunnel) return 2;
  reading.until_close = llhttp_message_needs_eof(parser) != 0;
  return 0;
}

int on_message_complete(llhttp_t* parser) {
  Collector::of(parser).reading.outcome = Outcome::complete;
  return HPE_PAUSED;
}

}  // namespace

H1Reading read_with_llhttp(MessageKind kind, std::string_view bytes) {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_url = on_url;
  settings.on_header_field = on_field;
  settings.on_header_value = on_value;
  settings.on_header_value_complete = on_value_complete;
  settings.on_headers_complete = on_headers_complete;
  settings.on_body = on_body;
  settings.on_message_complete = on_message_complete;
  Collector collector;
  llhttp_init(&collector.parser, kind == MessageKind::request ? HTTP_REQUEST : HTTP_RESPONSE,
              &settings);
  collector.parser.data = &collector;
  collector.kind = kind;
  const llhttp_errno_t error = llhttp_execute(&collector.parser, bytes.data(), bytes.size());
  H1Reading& reading = collector.reading;
  if (reading.outcome == Outcome::complete) {
    const char* stop = llhttp_get_error_pos(&collector.parser);
    reading.end = stop ? static_cast<std::size_t>(stop - bytes.data()) : bytes.size();
  } else if (error == HPE_OK) {
    reading.end = bytes.size();
  } else {
    reading.outcome = Outcome::refused;
    reading.error = llhttp_errno_name(error);
    if (const char* reason = llhttp_get_error_reason(&collector.parser)) {
      reading.error += std::string(": ") + reason;
    }
  }
  return std::move(reading);
}

}  // namespace outhaul::fuzz
