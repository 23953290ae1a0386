#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/h2/session.h"
#include "common/http/message.h"

namespace outhaul::h2 {

/// Collects the header block that is arriving; HTTP/2 never interleaves two, and its stream may go
/// away meanwhile. What goes over a limit is noted and not stored, so the memory of a block is
/// bounded by the limits.
class HeadReceiver {
 public:
  explicit HeadReceiver(const SessionOptions& options) : options_(options) {}

  enum class Kind : std::uint8_t { request, response, trailers };
  void begin(Kind kind);

  /// Takes one field line, pseudo-fields included. False when the block is so far over the limits
  /// (four times) that decoding the rest of it is no use either.
  bool add(std::string_view name, std::string_view value);

  /// The block is over, complete or not.
  void finish() { receiving_ = false; }
  bool receiving() const { return receiving_; }

  /// The last block's contents, to be moved out after finish().
  http::RequestHead& request() { return request_; }
  http::ResponseHead& response() { return response_; }
  http::Fields& trailers() { return trailers_; }
  /// About the block since the last begin().
  std::optional<Oversize> oversized() const { return oversized_; }
  bool has_priority() const { return has_priority_; }

 private:
  void oversize(Oversize reason);
  http::Fields& fields();
  void add_pseudo(std::string_view name, std::string_view value);

  const SessionOptions& options_;
  Kind kind_ = Kind::request;
  http::RequestHead request_;
  http::ResponseHead response_;
  http::Fields trailers_;
  std::size_t list_size_ = 0;
  std::size_t lines_ = 0;
  std::optional<Oversize> oversized_;
  bool receiving_ = false;
  bool has_priority_ = false;
};

}  // namespace outhaul::h2
