#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/memory_budget.h"
#include "common/base/result.h"
#include "common/h2/stream.h"
#include "common/http/message.h"
#include "common/net/byte_stream.h"

namespace outhaul::h2 {

/// Which HTTP/2 role this end plays; independent of who dialled the connection.
enum class Role : std::uint8_t { client, server };

/// What a session announces and enforces. Sizes in bytes, see protocol.md section 8.
struct SessionOptions {
  Role role = Role::server;
  /// Working limit of peer-opened streams. Twice as many are announced: nghttp2 1.52 ends the
  /// connection over an excess stream, while we want to answer REFUSED_STREAM. Client role: how
  /// many streams are open at most, however many the peer would take.
  std::uint32_t max_concurrent_streams = 256;
  std::uint32_t initial_stream_window = 64 * 1024;
  std::uint32_t connection_window = 1024 * 1024;
  /// What windows may grow out of, up to window_maximum; outlives the session and its streams.
  /// Null: they stay as they begin, and the path is not measured.
  MemoryBudget* memory = nullptr;
  std::uint32_t window_maximum = default_limits.window_maximum;
  std::uint32_t header_table_size = 16 * 1024;
  std::size_t max_header_list_size = 64 * 1024;
  std::size_t max_fields = 512;
  std::size_t max_field_size = 16 * 1024;
  std::size_t max_path_size = 8 * 1024;
  /// RFC 8441. Server role announces it.
  bool enable_connect_protocol = true;
  /// Server role: profile `rhttp`, where this end sends the client magic (protocol.md 2.2).
  bool send_client_magic_as_server = false;
  /// What a peer may send; over one of these the connection ends with GOAWAY(ENHANCE_YOUR_CALM).
  RateLimit ping_limit = default_limits.pings;
  RateLimit settings_limit = default_limits.settings;
  RateLimit empty_data_limit = default_limits.empty_data;
  /// Resets by the peer, and resets by us because of what the peer sent. Unset: without a limit.
  /// So on tunnels, where one client's cancels must not close everybody's connection and the cap
  /// on active streams bounds the work instead.
  std::optional<RateLimit> peer_reset_limit = {};
  std::optional<RateLimit> caused_reset_limit = {};
  /// From the first byte of a header block to its last; over it, likewise.
  std::chrono::seconds header_block_time = default_limits.header_block_time;
};

/// Why a session's owner is told about its end.
struct SessionEnd {
  /// closed: EOF after a GOAWAY without error or with no open stream; reset: EOF with open streams;
  /// protocol or limit: this side ended it with GOAWAY, or the peer said GOAWAY with an error;
  /// otherwise what broke the transport, or what abort() was given.
  Error reason;
  bool peer_sent_go_away = false;
};

/// Called by the session between nghttp2 calls, so any Session or Stream method may be used.
class SessionHandler {
 public:
  /// Server role: a request head is complete. Whoever drops the stream resets it.
  virtual void on_request(std::unique_ptr<Stream> stream) = 0;
  /// The peer's first SETTINGS arrived: the connection can be used.
  virtual void on_ready() {}
  /// The peer sent GOAWAY: open nothing more here.
  virtual void on_go_away() {}
  virtual void on_ping_acknowledged() {}

 protected:
  ~SessionHandler() = default;
};

/// Counters of one session, for logs and metrics.
struct SessionStatistics {
  std::uint64_t streams_opened = 0;
  std::uint64_t streams_refused = 0;
  std::uint64_t bytes_received = 0;  // HTTP/2 bytes, frames included
  std::uint64_t bytes_sent = 0;
  std::uint64_t invalid_frames = 0;
  std::uint64_t resets_received = 0;  // RST_STREAM frames of the peer
  std::uint64_t resets_caused = 0;    // streams that we reset because of what the peer sent
  std::uint64_t windows_grown = 0;    // receive windows of streams, each time counted
  std::uint64_t largest_window = 0;   // that a stream had here, in bytes
  std::uint64_t connection_window = 0;
  std::uint64_t stalls = 0;  // times that a stream to the peer stood because its window was used up
  /// The latest PING that was sent to measure the path, or the first SETTINGS.
  std::optional<Duration> round_trip = {};
};

/// An HTTP/2 connection (RFC 9113) in either role over any byte stream, on nghttp2.
///
///   Session session(loop, stream, options, handler);
///   const SessionEnd end = co_await session.run();   // reads and writes until the end
///
/// Received bytes go through the loop's buffer into nghttp2; what all streams have to say is
/// collected once per turn, at its end, and given to the stream in one write (64 KiB at most).
/// Connection window credit returns as soon as bytes have left the parser, stream credit when the
/// application consumes. With SessionOptions::memory, receive windows follow what the path carries
/// in a round trip (docs/back-pressure.md). PING and SETTINGS acknowledgements precede DATA.
///
/// Must outlive run(); must not be destroyed from inside a SessionHandler call. Streams may outlive
/// the session. The transport stays the owner's: run() neither shuts it down nor resets it.
class Session final {
 public:
  Session(Loop& loop, net::ByteStream& transport, const SessionOptions& options,
          SessionHandler& handler);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Sends SETTINGS (and the magic) and serves until the connection is over. Bytes that were read
  /// from the transport before (after the 101) are given as `early`. Once per session.
  Task<SessionEnd> run(std::string early = {});

  /// Client role: opens a stream with `head`; `has_body` false ends its request at once. closed:
  /// GOAWAY was sent or received, or the connection is over. limit: the peer's stream limit is
  /// reached, its SETTINGS have not come yet, or the head is larger than it allows. invalid:
  /// `head.protocol` is set but the peer does not offer extended CONNECT. A stream whose HEADERS
  /// have not left is dropped silently when destroyed.
  Result<std::unique_ptr<Stream>> open(const http::RequestHead& head, bool has_body);
  /// Client role: how many more streams the peer would take now; 0 before on_ready().
  std::size_t available_streams() const;

  /// Sends a PING; on_ping_acknowledged() answers.
  void ping();
  /// When the last byte of any kind arrived.
  TimePoint last_received() const;
  bool ready() const;
  bool go_away_received() const;

  /// Server role, first half of a drain: GOAWAY(2^31-1), so that the peer opens nothing new, then
  /// PING; streams that were under way are served, and after its ACK GOAWAY(last) is sent.
  void begin_drain();
  /// Sends GOAWAY(last processed stream, code) and nothing more may be opened. With NO_ERROR the
  /// open streams go on; any other code ends run() as soon as the frame has left.
  void go_away(ErrorCode code, std::string_view debug);
  /// Streams whose application has not let go of them yet.
  std::size_t active_streams() const;
  /// `co_await session.idle()`: set while active_streams() is 0.
  Readiness& idle();
  /// Everything that was submitted has been given to the transport.
  bool output_empty() const;

  /// Ends run() soon with `reason`, without ceremony.
  void abort(Error reason);

  const SessionStatistics& statistics() const;

 private:
  std::unique_ptr<SessionCore> core_;
};

}  // namespace outhaul::h2
