#include "common/http/h1_writer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <optional>
#include <string>

namespace outhaul::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr auto phrases = std::to_array<Phrase>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
});

void append_field(PooledText& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// One allocation for the whole head: lines are at most 32 bytes more than list_size() counts.
void reserve_for(PooledText& out, const Fields& fields, std::size_t start_line_bytes) {
  constexpr std::size_t own_fields_bytes = 96;
  out.reserve(out.size() + start_line_bytes + fields.list_size() + own_fields_bytes);
}

char* put(char* out, std::string_view text) {
  return std::copy(text.begin(), text.end(), out);
}

/// In one piece: four appends a line, each with its own check, cost 2 000 instructions a head.
void append_fields(PooledText& out, const Fields& fields) {
  constexpr std::string_view separator = ": ";
  constexpr std::string_view line_end = "\r\n";
  constexpr FieldTraits framing = field_traits::restricted | field_traits::hop_by_hop;
  const std::size_t before = out.size();
  out.resize(before + fields.list_size());  // which counts 32 bytes for the 4 of a line
  char* end = out.data() + before;
  for (const Field field : fields) {
    if (field.has(framing) && (field.name == "content-length" ||
                               field.name == "transfer-encoding" || field.name == "host")) {
      continue;
    }
    end = put(put(put(put(end, field.name), separator), field.value), line_end);
  }
  out.resize(static_cast<std::size_t>(end - out.data()));
}

void append_framing(PooledText& out, const Framing& framing) {
  if (framing.kind == BodyKind::content_length) {
    append_field(out, "content-length", std::to_string(framing.length));
  } else if (framing.kind == BodyKind::chunked) {
    append_field(out, "transfer-encoding", "chunked");
  }
}

bool method_expects_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

void append_request_head(PooledText& out, const RequestHead& head, const Framing& framing) {
  assert(framing.kind != BodyKind::until_close);
  reserve_for(out, head.fields, head.method.size() + head.path.size() + 2 * head.authority.size());
  const bool plain_connect = head.method == "CONNECT" && head.protocol.empty();
  out.append(head.method).append(" ");
  out.append(plain_connect ? head.authority : head.path).append(" HTTP/1.1\r\n");
  append_field(out, "host", head.authority);
  append_fields(out, head.fields);
  if (framing.kind == BodyKind::none && method_expects_body(head.method)) {
    append_field(out, "content-length", "0");
  } else {
    append_framing(out, framing);
  }
  out += "\r\n";
}

void append_response_head(PooledText& out, const ResponseHead& head, const Framing& framing) {
  const std::string_view phrase = reason_phrase(head.status);
  reserve_for(out, head.fields, phrase.size());
  out.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ");
  out.append(phrase).append("\r\n");
  append_fields(out, head.fields);
  append_framing(out, framing);
  if (framing.kind == BodyKind::none && head.status >= 200 && head.status != 204) {
    const std::optional<std::string_view> length = head.fields.find("content-length");
    if (length) append_field(out, "content-length", *length);
  }
  if (framing.kind == BodyKind::until_close || framing.must_close) {
    append_field(out, "connection", "close");
  }
  out += "\r\n";
}

std::string_view reason_phrase(int status) {
  const auto found =
      std::lower_bound(phrases.begin(), phrases.end(), status,
                       [](const Phrase& phrase, int wanted) { return phrase.status < wanted; });
  return found != phrases.end() && found->status == status ? found->text : std::string_view{};
}

}  // namespace outhaul::http
