#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/http/fault.h"
#include "common/http/h1_chunked.h"
#include "common/http/h1_line.h"
#include "common/http/head_limits.h"
#include "tests/common/http/h1_probe.h"
#include "tests/fuzz/cuts.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {

using Pieces = http::test::Pieces;

/// Small enough that short inputs reach every limit.
inline constexpr http::HeadLimits narrow_head_limits{.max_head_bytes = 96,
                                                     .max_field_bytes = 24,
                                                     .max_name_bytes = 8,
                                                     .max_fields = 3,
                                                     .max_path_bytes = 12,
                                                     .max_start_line_bytes = 40};

/// What a head parser with narrow limits says: "more", "complete" and where, or the fault's reason.
template <typename Parser>
std::string narrow_head_verdict(const Pieces& pieces) {
  Parser parser(narrow_head_limits);
  std::size_t taken = 0;
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      const http::HeadStep step = parser.feed(as_bytes(piece));
      require(step.consumed <= piece.size(), "a head parser takes no more than it was given");
      taken += step.consumed;
      piece.remove_prefix(step.consumed);
      if (step.status == http::HeadStatus::complete) return "complete " + std::to_string(taken);
      if (step.status == http::HeadStatus::failed) {
        return "failed " + std::to_string(static_cast<int>(parser.fault().reason));
      }
      require(piece.empty(), "a head parser that wants more has taken everything");
    }
  }
  return "more";
}

/// The same of the chunked decoder, with the body it delivered.
inline std::string narrow_chunked_verdict(const Pieces& pieces) {
  http::ChunkedDecoder decoder(
      {.max_size_line_bytes = 12, .max_excess_extension_bytes = 8, .trailers = narrow_head_limits});
  std::string body;
  std::size_t taken = 0;
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      const auto step = decoder.next(as_bytes(piece));
      require(step.consumed <= piece.size(), "the decoder takes no more than it was given");
      taken += step.consumed;
      piece.remove_prefix(step.consumed);
      body += as_text(step.payload);
      if (step.status == http::ChunkedDecoder::Status::failed) {
        return "failed " + std::to_string(static_cast<int>(decoder.fault().reason)) + " " + body;
      }
      if (step.status == http::ChunkedDecoder::Status::complete) {
        return "complete " + std::to_string(taken) + " " +
               std::to_string(decoder.trailers().size()) + " " + body;
      }
      if (step.status == http::ChunkedDecoder::Status::payload) {
        require(!step.payload.empty(), "a payload step has a payload");
      } else {
        require(piece.empty(), "a decoder that wants more has taken everything");
      }
    }
  }
  return "more " + body;
}

/// Asks `verdict(pieces)` for the message whole, as the input cuts it, and byte by byte.
template <typename Verdict>
void require_same_verdict(const CutMessage& message, Verdict verdict) {
  constexpr std::size_t longest_byte_by_byte = 512;
  const std::string whole = verdict(Pieces{message.whole});
  require(verdict(message.pieces) == whole, "the verdict does not depend on the cuts");
  if (message.whole.size() > longest_byte_by_byte) return;
  Pieces single_bytes;
  for (std::size_t i = 0; i < message.whole.size(); ++i)
    single_bytes.push_back(message.whole.substr(i, 1));
  require(verdict(single_bytes) == whole, "byte by byte the verdict is the same");
}

}  // namespace outhaul::fuzz
