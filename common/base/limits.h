#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace outhaul {

/// How often something may happen: `burst` at once, refilled with `count` every `period`.
struct RateLimit {
  std::uint32_t burst;
  std::uint32_t count;
  std::chrono::seconds period;

  friend constexpr bool operator==(const RateLimit&, const RateLimit&) = default;
};

inline constexpr std::size_t kibibyte = 1024;
inline constexpr std::size_t mebibyte = 1024 * kibibyte;

/// Every limit of the protocol (docs/protocol.md sections 2.1, 6, 7 and 8) with its default. One
/// value travels by reference to whoever enforces one; options change it before start, nobody
/// after. Sizes are in bytes, times carry their unit in the type.
struct Limits {
  // --- Request and response heads (section 8) ---
  /// Sum over all fields of name + value + 32 (RFC 9113 section 6.5.2). Over it: 431, or 502.
  std::size_t header_list_size = 64 * kibibyte;
  /// One field value. Over it: 431.
  std::size_t field_value_size = 16 * kibibyte;
  /// One field name. Over it: 431.
  std::size_t field_name_size = 256;
  /// `:path` of a request. Over it: 414.
  std::size_t path_size = 8 * kibibyte;
  /// Field lines of a head or trailer section, pseudo-fields not counted.
  std::size_t field_count = 512;
  /// 1xx responses before the final one. Over it: 502.
  std::uint32_t interim_responses = 8;
  /// CONTINUATION frames of one header block. Over it: the connection closes.
  std::uint32_t continuation_frames = 8;
  /// From the first byte of a header block to its last.
  std::chrono::seconds header_block_time{10};

  // --- HTTP/1.1 bodies ---
  /// The size line of a chunk, extensions included. Over it: 502 or reset.
  std::size_t chunk_line_size = 4 * kibibyte;
  /// All chunk extensions of one body; they carry nothing, so a long stream of them is an attack.
  std::size_t chunk_extensions_size = 16 * kibibyte;
  /// The largest chunk that a size line may announce.
  std::uint64_t chunk_size = std::uint64_t{1} << 62;
  /// `Expect: 100-continue`: the body is sent after this silence of the origin.
  std::chrono::seconds expect_continue_wait{1};

  // --- Concurrency (section 8) ---
  /// Active streams of one tunnel connection; more are REFUSED_STREAM.
  std::uint32_t streams_per_connection = 256;
  /// Announced as SETTINGS_MAX_CONCURRENT_STREAMS: twice the working limit, because nghttp2 answers
  /// an excess over the announced one with a connection error (section 2.3).
  std::uint32_t announced_streams_per_connection = 512;
  /// Active streams of the whole agent; more are REFUSED_STREAM.
  std::uint32_t streams_per_agent = 1024;
  /// Plain CONNECT tunnels of one service; more are 503.
  std::uint32_t connect_per_service = 128;
  /// Tunnel connections of one agent, and the edge addresses they are spread over.
  std::uint32_t connections_per_agent = 4;
  std::uint32_t edge_addresses_wanted = 2;

  // --- Abuse of HTTP/2; over one of these: GOAWAY(ENHANCE_YOUR_CALM) ---
  /// Resets by the peer, per client connection and per binding. At the edge's listeners only.
  RateLimit peer_resets{1000, 100, std::chrono::seconds{1}};
  /// Our own resets that the peer caused (MadeYouReset). At the edge's listeners only.
  RateLimit caused_resets{100, 10, std::chrono::seconds{1}};
  /// Everywhere, tunnels included.
  RateLimit pings{50, 50, std::chrono::seconds{10}};
  RateLimit settings{10, 10, std::chrono::seconds{10}};
  RateLimit empty_data{100, 100, std::chrono::seconds{10}};

  // --- Memory and flow control (section 8) ---
  /// First receive window of a stream and of a connection.
  std::uint32_t stream_window = 64 * kibibyte;
  std::uint32_t connection_window = 1 * mebibyte;
  /// Windows grow up to this, out of the process's budget.
  std::uint32_t window_maximum = 16 * mebibyte;
  /// Budget of the process for grown windows: the smaller of this and a share of the cgroup limit.
  std::size_t memory_budget = 256 * mebibyte;
  std::size_t memory_budget_cgroup_divisor = 4;
  /// Bytes of one download that wait inside the process.
  std::size_t staging_size = 64 * kibibyte;
  /// SETTINGS_HEADER_TABLE_SIZE on tunnels.
  std::uint32_t header_table_size = 16 * kibibyte;
  /// TCP_NOTSENT_LOWAT on tunnels.
  std::uint32_t unsent_bytes_low_water = 128 * kibibyte;
  /// Bytes that one connection may move in one turn of the loop.
  std::size_t bytes_per_turn = 64 * kibibyte;
  /// TLS 1.3 records between key updates (AES-GCM, RFC 8446 section 5.5).
  std::uint64_t tls_records_per_key = std::uint64_t{1} << 23;

  // --- Origins (section 8) ---
  std::chrono::seconds origin_connect{10};
  std::chrono::seconds origin_tls{10};
  /// From the end of the request to the end of the response head.
  std::chrono::seconds origin_first_byte{60};
  /// One resolution in all, and one try of it.
  std::chrono::seconds dns_total{5};
  std::chrono::seconds dns_try{1};
  std::uint32_t dns_tries = 3;
  /// No byte of a response body. TCP and WebSocket have no such limit.
  std::chrono::seconds origin_idle_read{300};
  /// No byte of a request body accepted by the origin.
  std::chrono::seconds upload_stall{60};
  /// TCP and WebSocket: 0 means none as long as keepalive answers.
  std::chrono::seconds tcp_idle{0};

  // --- Setup of a tunnel connection (sections 2.1 and 6) ---
  /// Each of: TCP connect, TLS handshake, 101, first SETTINGS.
  std::chrono::seconds setup_stage{10};
  /// The head of the setup request and of its answer.
  std::size_t setup_head_size = 16 * kibibyte;
  /// A token or a credentials file.
  std::size_t token_size = 16 * kibibyte;
  /// The value of Tunnel-Service.
  std::size_t descriptor_size = 1024;

  // --- Liveness (section 6) ---
  /// Silence before a PING; the edge sets it, clamped to the bounds.
  std::chrono::seconds ping_interval{20};
  std::chrono::seconds ping_interval_minimum{5};
  std::chrono::seconds ping_interval_maximum{300};
  /// Silence after that PING before the connection is given up.
  std::chrono::seconds ping_answer{10};
  /// TCP_USER_TIMEOUT on tunnels.
  std::chrono::seconds tcp_user_timeout{30};
  /// A larger jump of the clock means PING every connection.
  std::chrono::seconds clock_jump{5};
  /// Age at which the agent replaces a connection, and its lower bound.
  std::chrono::seconds connection_life{86400};
  std::chrono::seconds connection_life_minimum{60};
  /// The agent varies the age by this share either way.
  std::uint32_t connection_life_jitter_percent = 10;

  // --- Back-off of the agent (sections 2.1 and 6) ---
  std::chrono::milliseconds first_retry_jitter{100};
  std::chrono::seconds backoff_minimum{1};
  std::chrono::seconds backoff_maximum{60};
  /// A connection that lived so long resets the back-off.
  std::chrono::minutes backoff_reset_after{5};
  /// After 410 (deleted): between these two.
  std::chrono::minutes deleted_retry_minimum{10};
  std::chrono::minutes deleted_retry_maximum{60};
  /// 404 answers in a row before the loud log line.
  std::uint32_t rejections_before_warning = 3;

  // --- Drain and retry (section 6 and the edge) ---
  /// In-flight work may finish for so long after SIGTERM.
  std::chrono::seconds grace_period{30};
  /// The edge holds requests of a tunnel without a connection.
  std::chrono::seconds hold_time{5};
  std::size_t held_requests_per_tunnel = 256;
  /// Request bodies kept for one retry: a request, and all of them.
  std::size_t replay_body_size = 64 * kibibyte;
  std::size_t replay_total_size = 16 * mebibyte;
};

inline constexpr Limits default_limits{};

}  // namespace outhaul
