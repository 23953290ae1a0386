#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outhaul::http::test {

// Reads one raw HTTP/1.1 message the way agent and edge do - head, framing, body - and writes what
// came of it as one line of text, so that corpora are tables and outcomes compare.
//
//   "GET / a.example body=hello left=3"   complete; `left` counts the bytes behind the message
//   "200 body=hello trailers=1"           likewise a response
//   "200 until-close"                     everything behind the head belongs to the body
//   "more"                                the message has not ended
//   "refused syntax"                      a FaultReason, or "framing"

using Pieces = std::vector<std::string_view>;

std::string probe_request(const Pieces& pieces);
std::string probe_response(std::string_view request_method, const Pieces& pieces);

/// Runs `probe(pieces)` over `bytes` whole, byte by byte, and cut in two at every position;
/// the first outcome that differs from the whole one, or else that one.
template <typename Probe>
std::string outcome_at_every_cut(std::string_view bytes, Probe probe) {
  const std::string whole = probe(Pieces{bytes});
  Pieces single_bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    single_bytes.push_back(bytes.substr(i, 1));
  if (const std::string outcome = probe(single_bytes); outcome != whole) {
    return "byte by byte: " + outcome + "; whole: " + whole;
  }
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::string outcome = probe(Pieces{bytes.substr(0, cut), bytes.substr(cut)});
    if (outcome != whole) {
      return "cut at " + std::to_string(cut) + ": " + outcome + "; whole: " + whole;
    }
  }
  return whole;
}

}  // namespace outhaul::http::test
