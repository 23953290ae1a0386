// A request from an HTTP/1.1 client through edge, HTTP/2 tunnel and agent to an HTTP/1.1 origin,
// and the response back, with nothing replaced but the transports. What the origin reads must be
// the one request that the client sent, what the client reads the response that the origin sent,
// but for the documented rewrites, which this target states on its own. A message that was cut must
// never look complete.
//
// An input is a byte whose bits are the members of PassagePlan in their order, then what the client
// sends, and behind the bytes 0x1e 0x1e what the origin answers.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/syntax.h"
#include "tests/fuzz/h1_reading.h"
#include "tests/fuzz/passage.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

using Lines = H1Reading::Lines;
using Outcome = H1Reading::Outcome;

constexpr std::string_view separator = "\x1e\x1e";

template <std::size_t size>
bool is_one_of(std::string_view name, const std::array<std::string_view, size>& names) {
  return std::ranges::find(names, name) != names.end();
}

/// Of one connection only, or written anew by each hop (protocol.md section 7).
bool belongs_to_a_hop(std::string_view name) {
  static constexpr std::array<std::string_view, 10> names = {"connection",     "proxy-connection",
                                                             "keep-alive",     "transfer-encoding",
                                                             "upgrade",        "te",
                                                             "http2-settings", "content-length",
                                                             "host",           "via"};
  return is_one_of(name, names) || name.starts_with("tunnel-");
}

/// What tells the origin who asks, or tells the edge who may: not the client's to send on.
bool belongs_to_the_edge(std::string_view name) {
  static constexpr std::array<std::string_view, 4> names = {"proxy-authorization", "x-cf-blob",
                                                            "forwarded", "x-request-id"};
  return is_one_of(name, names) || name.starts_with("x-vpc-") || name.starts_with("x-forwarded-");
}

std::vector<std::string> named_by_connection(const Lines& lines) {
  std::vector<std::string> names;
  for (const auto& [name, value] : lines) {
    if (name != "connection") continue;
    std::size_t begin = 0;
    while (begin <= value.size()) {
      const std::size_t end = std::min(value.find(',', begin), value.size());
      std::string option;
      for (const char c : value.substr(begin, end - begin)) {
        if (c == ' ' || c == '\t') continue;
        option += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      }
      names.push_back(option);
      begin = end + 1;
    }
  }
  return names;
}

/// The fields that have to come through as they are, in their order.
Lines lasting(const Lines& lines) {
  const std::vector<std::string> named = named_by_connection(lines);
  Lines result;
  for (const auto& [name, value] : lines) {
    if (belongs_to_a_hop(name) || belongs_to_the_edge(name) || name == "proxy-status") continue;
    if (std::ranges::find(named, name) != named.end()) continue;
    result.emplace_back(name, value);
  }
  return result;
}

/// Several cookie lines become one, the last, with "; " between (RFC 9113 section 8.2.3).
Lines with_joined_cookies(const Lines& lines) {
  const auto is_cookie = [](const auto& line) { return line.first == "cookie"; };
  if (std::ranges::count_if(lines, is_cookie) < 2) return lines;
  Lines result;
  std::string joined;
  for (const auto& line : lines) {
    if (!is_cookie(line)) {
      result.push_back(line);
    } else if (!line.second.empty()) {
      joined += (joined.empty() ? "" : "; ") + line.second;
    }
  }
  result.emplace_back("cookie", joined);
  return result;
}

std::string text_of_lines(const Lines& lines) {
  std::string text;
  for (const auto& [name, value] : lines)
    text.append(name).append(": ").append(value).append("\n");
  return text;
}

void require_equal(std::string_view sent, std::string_view received, std::string_view what) {
  if (sent == received) return;
  require(false, std::string(what) + "; sent: [" + std::string(sent) + "], received: [" +
                     std::string(received) + "]");
}

/// Trailers may be left out, by filter_trailers' rules; none is changed, added or moved.
void require_trailers(const Lines& sent, const Lines& received) {
  std::size_t next = 0;
  for (const auto& line : received) {
    while (next < sent.size() && sent[next] != line)
      ++next;
    require(next++ < sent.size(), "a trailer is one of those sent, in their order");
  }
  const auto is_plain = [](const auto& line) { return line.first.starts_with("x-end"); };
  require(std::ranges::count_if(sent, is_plain) == std::ranges::count_if(received, is_plain),
          "a trailer of no special meaning comes through");
}

/// CONNECT and upgrades have no message to compare: what follows is bytes.
bool asks_for_tunnel(const H1Reading& request) {
  return request.method == "CONNECT" || std::ranges::any_of(request.fields, [](const auto& line) {
           return line.first == "upgrade";
         });
}

/// RFC 9112 section 3.2.4 and protocol.md section 7: the origin gets origin-form or an asterisk.
void check_request(const H1Reading& sent, const Passed& passed) {
  if (passed.origin_received.empty() || asks_for_tunnel(sent)) return;
  require(sent.head_complete, "the origin sees nothing of a request that was refused");
  const H1Reading received = read_with_outhaul(MessageKind::request, passed.origin_received);
  require(received.outcome != Outcome::refused, "the origin accepts the request");
  if (!received.head_complete) return;
  require_equal(sent.method, received.method, "the method is the one sent");
  require_equal(sent.path, received.path, "the path is the one sent, byte for byte");
  require_equal(sent.authority, received.authority, "the host is the one sent");
  Lines fields = with_joined_cookies(lasting(sent.fields));
  // In HTTP/1.0 an expectation means nothing (RFC 9110 section 10.1.1): it goes no further.
  if (sent.minor_version == 0) {
    std::erase_if(fields, [](const auto& line) { return line.first == "expect"; });
  }
  require_equal(text_of_lines(fields), text_of_lines(lasting(received.fields)),
                "the fields are the ones sent");
  if (received.outcome == Outcome::more) {
    require(sent.body.starts_with(received.body), "what came of the content is its beginning");
    return;
  }
  require(sent.outcome == Outcome::complete, "a request that was cut does not look complete");
  require(received.end == passed.origin_received.size(), "the origin sees no second request");
  require_equal(sent.body, received.body, "the content is the one sent");
  require_trailers(sent.trailers, received.trailers);
}

/// The heads of one answer: any number of interim ones and the final one.
struct Answer {
  std::vector<H1Reading> interim;
  std::optional<H1Reading> final;
  bool refused = false;

  /// `ended`: a clean end followed the bytes.
  bool complete(bool ended) const {
    if (!final) return false;
    return final->outcome == Outcome::complete || (final->until_close && ended);
  }
};

Answer read_answer(MessageKind kind, std::string_view bytes) {
  Answer answer;
  for (;;) {
    H1Reading reading = read_with_outhaul(kind, bytes);
    answer.refused = reading.outcome == Outcome::refused;
    // A good head with a bad body is an answer too: it may have left before the fault was read.
    if (!reading.framing_accepted) return answer;
    if (reading.status >= 200) {
      answer.final = std::move(reading);
      return answer;
    }
    bytes.remove_prefix(reading.end);
    answer.interim.push_back(std::move(reading));
  }
}

/// Whether agent or edge made this answer: the edge's Proxy-Status member carries an error then.
bool is_made_on_the_way(const H1Reading& head) {
  for (const auto& [name, value] : head.fields) {
    if (name == "proxy-status" && value.find("\"edge-fuzz\";error=") != std::string::npos)
      return true;
  }
  return false;
}

void check_interim(const H1Reading& request, const Answer& sent, const Answer& received) {
  const bool expects =
      std::ranges::any_of(request.fields, [](const auto& line) { return line.first == "expect"; });
  // Nothing to continue with: a 100 comes through or does not (RFC 9110 section 10.1.1).
  const bool ignores_100 = expects && request.body.empty();
  std::vector<const H1Reading*> expected;
  for (const H1Reading& head : sent.interim) {
    const bool asked = head.status != 100 || (expects && !ignores_100);
    if (asked && request.minor_version == 1) expected.push_back(&head);
  }
  std::vector<const H1Reading*> came;
  for (const H1Reading& head : received.interim) {
    if (head.status != 100 || !ignores_100) came.push_back(&head);
  }
  require(came.size() <= expected.size(), "no interim response is made up");
  require(came.size() == expected.size() || !received.final,
          "every interim response that was asked for comes through");
  for (std::size_t i = 0; i < came.size(); ++i) {
    require(came[i]->status == expected[i]->status, "interim responses come in their order");
    require_equal(text_of_lines(lasting(expected[i]->fields)),
                  text_of_lines(lasting(came[i]->fields)),
                  "the fields of an interim response are the ones sent");
  }
}

void check_final(const PassagePlan& plan, const Answer& sent, const Answer& received,
                 const Passed& passed) {
  require(sent.final.has_value(), "no response is made up");
  const H1Reading& from_origin = *sent.final;
  const H1Reading& at_client = *received.final;
  require_equal(std::to_string(from_origin.status), std::to_string(at_client.status),
                "the status is the one sent");
  require_equal(text_of_lines(lasting(from_origin.fields)),
                text_of_lines(lasting(at_client.fields)),
                "the response's fields are the ones sent");
  require(from_origin.body.starts_with(at_client.body),
          "what came of the content is its beginning");
  const bool origin_ended = passed.origin_has_answered && plan.origin_closes && !plan.origin_resets;
  if (received.complete(passed.client_saw_end && !passed.client_saw_reset)) {
    require(sent.complete(origin_ended), "a response that was cut does not look complete");
    require_equal(from_origin.body, at_client.body, "the content is the one sent");
    // An HTTP/1.0 client's response has no place for them.
    if (!at_client.until_close) require_trailers(from_origin.trailers, at_client.trailers);
  } else if (sent.complete(origin_ended) && !plan.origin_resets) {
    require(false, "a complete response comes through completely");
  }
}

void check_response(const PassagePlan& plan, const H1Reading& request, std::string_view answer,
                    const Passed& passed) {
  if (asks_for_tunnel(request)) return;
  const MessageKind kind =
      request.method == "HEAD" ? MessageKind::answer_to_head : MessageKind::answer_to_get;
  const Answer received = read_answer(kind, passed.client_received);
  require(!received.refused, "the client understands its response");
  if (!received.final) {
    require(request.outcome != Outcome::complete || passed.origin_received.size() > 0,
            "a request that goes nowhere is answered");
    return;
  }
  if (is_made_on_the_way(*received.final)) {
    require(received.final->status >= 400, "an answer of this project's own is a failure");
    require(received.complete(passed.client_saw_end), "an answer of this project's own is whole");
    return;
  }
  const Answer sent = read_answer(kind, answer);
  check_interim(request, sent, received);
  check_final(plan, sent, received, passed);
}

void run(const PassagePlan& plan, std::string_view input) {
  const std::size_t end = std::min(input.find(separator), input.size());
  const std::string_view answer = input.substr(std::min(end + separator.size(), input.size()));
  // One request: the client stops behind its first message.
  std::string_view client = input.substr(0, end);
  const H1Reading sent = read_with_outhaul(MessageKind::request, client);
  if (sent.outcome == Outcome::complete) client = client.substr(0, sent.end);
  const Passed passed = pass(plan, client, answer);
  check_request(sent, passed);
  check_response(plan, sent, answer, passed);
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul::fuzz;
  if (size == 0) return 0;
  const unsigned bits = data[0];
  PassagePlan plan;
  plan.short_pieces = (bits & 1U) != 0;
  plan.origin_closes = (bits & 2U) != 0;
  plan.origin_resets = (bits & 4U) != 0;
  plan.origin_answers_at_once = (bits & 8U) != 0;
  plan.narrow_streams = (bits & 16U) != 0;
  run(plan, text_of(data + 1, size - 1));
  return 0;
}
