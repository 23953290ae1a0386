#include "tests/common/h2/raw_peer.h"

namespace outhaul::h2::testing {
namespace {

std::uint32_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<std::uint8_t>(text.at(index));
}

void append_integer(std::string& out, std::size_t value) {
  // 7-bit prefix (RFC 7541 section 5.1).
  if (value < 127) {
    out += static_cast<char>(value);
    return;
  }
  out += static_cast<char>(127);
  value -= 127;
  while (value >= 128) {
    out += static_cast<char>(value % 128 + 128);
    value /= 128;
  }
  out += static_cast<char>(value);
}

}  // namespace

std::uint32_t Frame::number(std::size_t offset) const {
  return byte_at(payload, offset) << 24U | byte_at(payload, offset + 1) << 16U |
         byte_at(payload, offset + 2) << 8U | byte_at(payload, offset + 3);
}

std::string number32(std::uint32_t value) {
  std::string text;
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    text += static_cast<char>(value >> shift & 0xffU);
  return text;
}

std::string encode(std::uint8_t type, std::uint8_t flags, std::int32_t stream,
                   std::string_view payload) {
  std::string text = number32(static_cast<std::uint32_t>(payload.size())).substr(1);
  text += static_cast<char>(type);
  text += static_cast<char>(flags);
  text += number32(static_cast<std::uint32_t>(stream));
  text += payload;
  return text;
}

std::string hpack(std::initializer_list<std::pair<std::string_view, std::string_view>> lines) {
  std::string block;
  for (const auto& [name, value] : lines) {
    block += '\0';
    append_integer(block, name.size());
    block += name;
    append_integer(block, value.size());
    block += value;
  }
  return block;
}

std::string get_block(std::string_view path) {
  return hpack(
      {{":method", "GET"}, {":scheme", "https"}, {":authority", "a.test"}, {":path", path}});
}

RawPeer::RawPeer(const SessionOptions& options, const net::MemoryStreamOptions& transport)
    : ends(net::MemoryStream::make_pair(loop, transport)),
      peer(loop, scope, *ends.second, options),
      strip_magic(options.role == Role::client || options.send_client_magic_as_server) {}

void RawPeer::greet() {
  send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  send(frame::settings, 0, 0, "");
}

void RawPeer::send(std::string_view bytes) {
  int attempts = 0;
  while (!bytes.empty()) {
    REQUIRE(++attempts < 100000);
    const Bytes part = as_bytes(bytes);
    const net::IoResult result = ends.first->write(std::span(&part, 1));
    if (result.status == net::IoStatus::failed) return;
    if (result.status == net::IoStatus::done) bytes.remove_prefix(result.bytes);
    if (!bytes.empty()) receive(1);
  }
}

void RawPeer::receive(int turns) {
  for (int turn = 0; turn < turns; ++turn) {
    loop.run_turn(Duration::zero());
    std::string buffer(std::size_t{64} * 1024, '\0');
    const net::IoResult got = ends.first->read(std::as_writable_bytes(std::span(buffer)));
    if (got.status == net::IoStatus::done) received += buffer.substr(0, got.bytes);
  }
  if (strip_magic && received.size() >= 24) {
    REQUIRE(received.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    received.erase(0, 24);
    strip_magic = false;
  }
  while (!strip_magic && received.size() >= 9) {
    const std::size_t size =
        byte_at(received, 0) << 16U | byte_at(received, 1) << 8U | byte_at(received, 2);
    if (received.size() < 9 + size) break;
    Frame next;
    next.type = static_cast<std::uint8_t>(received[3]);
    next.flags = static_cast<std::uint8_t>(received[4]);
    next.payload = received.substr(5, 4);
    next.stream = static_cast<std::int32_t>(next.number());
    next.payload = received.substr(9, size);
    received.erase(0, 9 + size);
    frames.push_back(std::move(next));
  }
}

std::vector<Frame> RawPeer::of_type(std::uint8_t type) const {
  std::vector<Frame> result;
  for (const Frame& each : frames) {
    if (each.type == type) result.push_back(each);
  }
  return result;
}

const Frame* RawPeer::find(std::uint8_t type, std::int32_t stream) const {
  for (const Frame& each : frames) {
    if (each.type == type && each.stream == stream) return &each;
  }
  return nullptr;
}

std::int64_t RawPeer::go_away_code() const {
  const Frame* found = find(frame::go_away, 0);
  return found != nullptr ? std::int64_t{found->number(4)} : -1;
}

std::int64_t RawPeer::reset_code(std::int32_t stream) const {
  const Frame* found = find(frame::rst_stream, stream);
  return found != nullptr ? std::int64_t{found->number()} : -1;
}

}  // namespace outhaul::h2::testing
