#include "tests/bench/relay/memory_origin.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace outhaul::bench {

namespace {

constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::string_view length_field = "content-length: ";

std::size_t content_length(std::string_view head) {
  const std::size_t at = head.find(length_field);
  std::size_t length = 0;
  if (at == std::string_view::npos) return length;
  const std::string_view value = head.substr(at + length_field.size());
  std::from_chars(value.data(), value.data() + value.size(), length);
  return length;
}

}  // namespace

MemoryOrigin::MemoryOrigin(Loop& loop, std::size_t body_bytes) : loop_(loop) {
  response_ =
      "HTTP/1.1 200 OK\r\nserver: nginx\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
      "content-type: application/octet-stream\r\ncontent-length: " +
      std::to_string(body_bytes) +
      "\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nconnection: keep-alive\r\n"
      "etag: \"68a1b2c3-400\"\r\naccept-ranges: bytes\r\n\r\n";
  response_.append(body_bytes, 'x');
}

Task<Result<agent::ConnectedOrigin>> MemoryOrigin::connect(
    std::vector<net::SocketAddress> addresses, agent::OriginTls, const agent::ServiceSettings&) {
  net::MemoryStream::Pair pair = net::MemoryStream::make_pair(loop_, {});
  connections_.push_back({std::move(pair.second), {}, 0, 0});
  agent::ConnectedOrigin connected;
  connected.address = addresses.front();
  connected.connection = std::make_unique<agent::OriginConnection>(std::move(pair.first),
                                                                   connected.address.to_string());
  co_return connected;
}

void MemoryOrigin::step() {
  for (Connection& connection : connections_) {
    read(connection);
    write(connection);
  }
}

void MemoryOrigin::read(Connection& connection) {
  std::array<std::byte, 16384> chunk;
  for (;;) {
    const net::IoResult got = connection.stream->read(chunk);
    if (got.status == net::IoStatus::would_block) return;
    if (got.status != net::IoStatus::done) {
      throw std::runtime_error("the relay closed an origin connection");
    }
    take(connection, as_text(Bytes(chunk).first(got.bytes)));
  }
}

/// One request at a time: the relay does not pipeline.
void MemoryOrigin::take(Connection& connection, std::string_view input) {
  if (connection.request_body_left == 0) {
    connection.head.append(input);
    const std::size_t end = connection.head.find(head_end);
    if (end == std::string::npos) return;
    const std::string_view head = std::string_view(connection.head).substr(0, end);
    connection.request_body_left = content_length(head);
    input = input.substr(input.size() - (connection.head.size() - end - head_end.size()));
    connection.head.clear();
  }
  connection.request_body_left -= std::min(connection.request_body_left, input.size());
  if (connection.request_body_left == 0) connection.unsent = response_.size();
}

void MemoryOrigin::write(Connection& connection) {
  while (connection.unsent > 0) {
    const Bytes rest = as_bytes(response_).last(connection.unsent);
    const net::IoResult put = connection.stream->write(std::span(&rest, 1));
    if (put.status != net::IoStatus::done) return;
    connection.unsent -= put.bytes;
  }
}

}  // namespace outhaul::bench
