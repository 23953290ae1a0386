#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/h2/session.h"
#include "tests/component/relay/relay_fixture.h"

namespace outhaul::testing {

/// An HTTP/2 origin without TLS on a real socket, that plays a script for each request.
class H2TestOrigin {
 public:
  /// Plays for a request on connection `connection` (from 0). Returning lets go of the stream.
  using Script = std::function<Task<void>(h2::Stream& stream, int connection)>;
  /// Plays instead of HTTP/2 on connection `index`; false: it does not.
  using Raw = std::function<Task<bool>(net::ByteStream& stream, int index)>;

  H2TestOrigin(Loop& loop, Script script, const h2::SessionOptions& options = {}, Raw raw = {});
  ~H2TestOrigin();

  std::uint16_t port() const { return origin_.port(); }
  int connections() const { return origin_.connections(); }
  /// Heads of all requests, in the order in which they came.
  const std::vector<http::RequestHead>& requests() const { return requests_; }
  /// The most requests at a time on one connection.
  std::size_t most_at_once() const { return most_at_once_; }
  /// The session of a connection that is there; null when it has ended.
  h2::Session* session(int connection);
  /// Ends a connection without a word.
  void cut(int connection);

 private:
  class Connection;
  Task<void> play(Loop& loop, net::ByteStream& stream, int index);

  Loop& loop_;
  Script script_;
  h2::SessionOptions options_;
  Raw raw_;
  std::vector<http::RequestHead> requests_;
  std::size_t most_at_once_ = 0;
  std::vector<Connection*> open_;
  ScriptedOrigin origin_;
};

/// Reads content to its end; "<cut>" is appended if it was cut off.
Task<std::string> read_content(h2::Stream& stream);
Task<void> write_content(h2::Stream& stream, std::string text);
/// Answers with status and content, and waits until that has left.
Task<void> answer_with(h2::Stream& stream, int status, std::string content);
/// Waits until the peer has reset the stream, or the connection is over.
Task<void> wait_until_failed(h2::Stream& stream);
/// Settings of a service whose origin speaks HTTP/2 only.
agent::ServiceSettings http2_only(const Limits& limits = default_limits);

}  // namespace outhaul::testing
