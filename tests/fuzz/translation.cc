// A request of the tunnel on its way to an HTTP/1.1 origin: the origin must parse exactly one
// request, which is the one that was sent but for the documented rewrites (protocol.md section 7).
//
// An input is a list of items, each ended by byte 0x1e: body flag ("b" or anything else), :method,
// :scheme, :authority, :path, :protocol, and then one item a field, its name and value parted by
// byte 0x1f. Neither byte is legal anywhere in a head, so nothing legal is out of reach.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/relay/origin_request.h"
#include "common/base/pooled_text.h"
#include "common/http/h1_framing.h"
#include "common/http/h1_head.h"
#include "common/http/h1_writer.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

constexpr char item_end = '\x1e';
constexpr char value_begin = '\x1f';

std::string_view take_item(std::string_view& rest) {
  const std::string_view item = rest.substr(0, rest.find(item_end));
  rest.remove_prefix(std::min(rest.size(), item.size() + 1));
  return item;
}

http::RequestHead read_head(std::string_view& rest) {
  http::RequestHead head;
  for (PooledText* part :
       {&head.method, &head.scheme, &head.authority, &head.path, &head.protocol}) {
    *part = take_item(rest);
  }
  while (!rest.empty()) {
    const std::string_view item = take_item(rest);
    const std::size_t name_end = std::min(item.find(value_begin), item.size());
    const std::string_view value = item.substr(std::min(item.size(), name_end + 1));
    head.fields.add(item.substr(0, name_end), value);
  }
  return head;
}

using Lines = std::vector<std::pair<std::string, std::string>>;

/// What does not travel as it stands: hop-by-hop, framing, routing, and the tunnel's own.
bool is_rewritten(std::string_view name) {
  constexpr std::array<std::string_view, 9> names = {
      "connection",     "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "te",
      "http2-settings", "content-length",   "host"};
  return std::find(names.begin(), names.end(), name) != names.end() || name.starts_with("tunnel-");
}

/// The fields that the origin should see, by the text of the protocol and not by the code's
/// filters.
Lines expected_lines(const http::Fields& sent) {
  const bool joins_cookies = sent.count("cookie") > 1;
  Lines lines;
  std::string cookies;
  for (const http::Field field : sent) {
    if (is_rewritten(field.name)) continue;
    if (field.name == "cookie" && joins_cookies) {
      if (!cookies.empty() && !field.value.empty()) cookies += "; ";
      cookies += field.value;
      continue;
    }
    lines.emplace_back(field.name, field.value);
  }
  if (joins_cookies) lines.emplace_back("cookie", cookies);
  lines.emplace_back("via", "2 " + std::string(agent::via_pseudonym));
  return lines;
}

Lines received_lines(const http::Fields& received) {
  Lines lines;
  for (const http::Field field : received) {
    if (field.name == "content-length" || field.name == "transfer-encoding") continue;
    lines.emplace_back(field.name, field.value);
  }
  return lines;
}

std::string sent_authority(const http::RequestHead& sent) {
  if (!sent.authority.empty()) return std::string(sent.authority);
  return std::string(sent.fields.find("host").value_or(""));
}

void check_framing(const http::RequestHead& received, const http::Framing& written,
                   const http::RequestHead& sent, bool has_body) {
  const auto framing =
      http::request_framing(received.method, http::H1Version::http11, received.fields);
  require(framing.has_value(), "the origin understands the framing");
  require(!framing->must_close, "the origin may keep the connection");
  const bool declared = sent.fields.contains("content-length");
  if (declared) {
    require(framing->kind == http::BodyKind::content_length && framing->length == written.length,
            "a declared length is passed on");
  } else if (has_body) {
    require(framing->kind == http::BodyKind::chunked, "a body of unknown length is chunked");
  } else {
    require(framing->kind == http::BodyKind::none ||
                (framing->kind == http::BodyKind::content_length && framing->length == 0),
            "no body stays no body");
  }
}

void check_origin(const http::RequestHead& sent, const agent::OriginRequest& request,
                  bool has_body) {
  PooledText text;
  http::append_request_head(text, request.head, request.framing);
  http::RequestHeadParser origin({.max_head_bytes = 1U << 20U, .max_fields = 4096});
  const http::HeadStep step = origin.feed(as_bytes(text));
  require(step.status == http::HeadStatus::complete, "the origin accepts the request head");
  require(step.consumed == text.size(), "nothing is left that could be a second request");
  require(
      origin.form() == (sent.path == "*" ? http::TargetForm::asterisk : http::TargetForm::origin),
      "the target is in origin-form");
  const http::RequestHead received = origin.take_head();
  require(received.method == sent.method, "the method is the one sent");
  require(received.path == sent.path, "the path is the one sent, byte for byte");
  require(std::string_view(received.authority) == sent_authority(sent), "the host is the one sent");
  require(received_lines(received.fields) == expected_lines(sent.fields),
          "the fields are the ones sent, in their order");
  check_framing(received, request.framing, sent, has_body);
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul;
  std::string_view rest = fuzz::text_of(data, size);
  const bool has_body = fuzz::take_item(rest) == "b";
  const http::RequestHead sent = fuzz::read_head(rest);
  const agent::PreparedRequest prepared = agent::prepare_origin_request(sent, has_body, {});
  if (prepared.fault) {
    fuzz::require(!prepared.fault->message.empty(), "a refusal says why");
    return 0;
  }
  // CONNECT never becomes an ordinary request: TCP and WebSocket have relays of their own.
  if (sent.method != "CONNECT") fuzz::check_origin(sent, prepared.request, has_body);
  return 0;
}
