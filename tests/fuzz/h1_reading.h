#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outhaul::fuzz {

/// How a reader understood one HTTP/1.1 message, in terms that two readers can be compared in.
struct H1Reading {
  enum class Outcome : std::uint8_t {
    more,      ///< undecided: the message has not ended
    complete,  ///< accepted; bytes from `end` on belong to what follows
    refused,   ///< `error` says why
  };
  using Lines = std::vector<std::pair<std::string, std::string>>;

  Outcome outcome = Outcome::more;
  /// Of this project's reader the fault's message, of llhttp the name of its error.
  std::string error;
  /// Responses: 0 in a request.
  int status = 0;
  /// Requests: empty in a response.
  std::string method;
  std::string target;
  /// What the parser made of target and Host; by this project's reader only.
  std::string path;
  std::string authority;
  int minor_version = 1;
  /// Names in lower case, values without outer whitespace.
  Lines fields;
  Lines trailers;
  std::string body;
  /// Of a message that has not ended, llhttp has read everything.
  std::size_t end = 0;
  /// A response whose body ends with the connection; it never is complete.
  bool until_close = false;
  /// The head was accepted, whatever became of the body.
  bool head_complete = false;
  /// The head says how long the body is: what is refused from here on is the body.
  bool framing_accepted = false;
};

/// What a message answers or is.
enum class MessageKind : std::uint8_t { request, answer_to_get, answer_to_head, answer_to_connect };

/// Reads one message with the parsers of common/http, as agent and edge do.
H1Reading read_with_outhaul(MessageKind kind, std::string_view bytes);

/// Reads one message with llhttp, without any of its lenient flags.
H1Reading read_with_llhttp(MessageKind kind, std::string_view bytes);

}  // namespace outhaul::fuzz
