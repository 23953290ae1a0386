#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/common/h2/harness.h"

namespace outhaul::h2::testing {

namespace frame {
inline constexpr std::uint8_t data = 0, headers = 1, rst_stream = 3, settings = 4, ping = 6,
                              go_away = 7, window_update = 8, continuation = 9;
inline constexpr std::uint8_t end_stream = 1, acknowledge = 1, end_headers = 4, padded = 8;
}  // namespace frame

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::int32_t stream = 0;
  std::string payload;
  /// The 32-bit number at `offset` of the payload.
  std::uint32_t number(std::size_t offset = 0) const;
};

std::string number32(std::uint32_t value);
std::string encode(std::uint8_t type, std::uint8_t flags, std::int32_t stream,
                   std::string_view payload);
/// HPACK: literals without indexing and without Huffman coding (RFC 7541 section 6.2.2).
std::string hpack(std::initializer_list<std::pair<std::string_view, std::string_view>> lines);
/// A minimal GET.
std::string get_block(std::string_view path = "/");

/// The other end of a session's transport, speaking frames that a test builds by hand.
class RawPeer {
 public:
  explicit RawPeer(const SessionOptions& options, const net::MemoryStreamOptions& transport = {});
  ~RawPeer() { scope.cancel_all(); }
  /// Sends the client magic and empty SETTINGS.
  void greet();
  void send(std::string_view bytes);
  void send(std::uint8_t type, std::uint8_t flags, std::int32_t stream, std::string_view payload) {
    send(encode(type, flags, stream, payload));
  }
  /// Takes in what has come, after letting everybody run.
  void receive(int turns = 10);
  std::vector<Frame> of_type(std::uint8_t type) const;
  const Frame* find(std::uint8_t type, std::int32_t stream) const;
  /// The code of the GOAWAY that came, or -1.
  std::int64_t go_away_code() const;
  /// The code of the RST_STREAM that came for `stream`, or -1.
  std::int64_t reset_code(std::int32_t stream) const;

  Loop loop;
  net::MemoryStream::Pair ends;
  Scope scope{loop};
  Peer peer;
  bool strip_magic = false;  // the session sends the client magic first
  std::string received;      // not parsed yet
  std::vector<Frame> frames;
};

}  // namespace outhaul::h2::testing
