#pragma once

#include <cstddef>
#include <optional>

#include "common/base/bytes.h"
#include "common/http/fault.h"
#include "common/http/h1_field_block.h"
#include "common/http/h1_line.h"
#include "common/http/h1_start_line.h"
#include "common/http/head_limits.h"
#include "common/http/message.h"

namespace outhaul::http {

// Strict incremental HTTP/1.1 head parsers (RFC 9112 sections 2 to 5).
//
//   const HeadStep step = parser.feed(input);
//   input = input.subspan(step.consumed);        // what is left belongs to the body
//   switch (step.status) {
//     case HeadStatus::need_more: read more; break;
//     case HeadStatus::complete:  use parser.take_head(); break;
//     case HeadStatus::failed:    answer request_status(parser.fault().reason), close; break;
//   }
//
// The verdict, reason included, is the same wherever the input was cut. Each line is parsed where
// it lies; only a line that was cut is copied first. After `failed` a parser must not be fed
// again; after `complete` reset() makes it ready for the next message of the connection.

/// Heads of requests. At most one empty line is accepted before the request line (section 2.2).
///
/// Host (section 3.2): exactly one line, for HTTP/1.0 too. Two exceptions: an absolute-form or a
/// CONNECT may come without any. When both are there they must be equal but for case, since a
/// difference is the tool of request smuggling. Host ends up in `authority`, not in `fields`.
class RequestHeadParser {
 public:
  explicit RequestHeadParser(const HeadLimits& limits = {}) : limits_(limits), block_(limits) {}

  HeadStep feed(Bytes input);
  /// Only after `complete`, once.
  RequestHead take_head();
  /// Only after `complete`.
  H1Version version() const { return line_.version; }
  TargetForm form() const { return line_.form; }
  /// Only after `failed`.
  const Fault& fault() const { return fault_; }
  /// True when no byte of a message has come yet: an EOF here is a clean end of the connection.
  bool at_start() const { return !first_byte_seen_; }
  void reset();

 private:
  HeadStep fail(Fault fault);
  HeadStep feed_fields(Bytes input, std::size_t consumed);
  std::optional<Fault> settle_host();

  HeadLimits limits_;
  LineReader lines_;
  FieldBlockParser block_;
  RequestLine line_;
  RequestHead head_;
  Fault fault_;
  bool first_byte_seen_ = false;
  bool empty_line_seen_ = false;
  bool start_line_done_ = false;
};

/// Heads of responses, 1xx included.
class ResponseHeadParser {
 public:
  explicit ResponseHeadParser(const HeadLimits& limits = {}) : limits_(limits), block_(limits) {}

  HeadStep feed(Bytes input);
  /// Only after `complete`, once.
  ResponseHead take_head();
  /// Only after `complete`.
  H1Version version() const { return version_; }
  /// Only after `failed`.
  const Fault& fault() const { return fault_; }
  /// True when no byte of a message has come yet.
  bool at_start() const { return prefix_seen_ == 0; }
  void reset();

 private:
  HeadStep fail(Fault fault);

  HeadLimits limits_;
  LineReader lines_;
  FieldBlockParser block_;
  ResponseHead head_;
  H1Version version_ = H1Version::http11;
  Fault fault_;
  std::size_t prefix_seen_ = 0;
  bool start_line_done_ = false;
};

}  // namespace outhaul::http
