#include "tests/bench/relay/h2_peer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/h2_library.h"

namespace outhaul::bench {

namespace {

constexpr std::uint32_t window = std::uint32_t{1} << 24;

/// Eight digits, so that every request is as long as the others.
std::string request_id(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return "bench-" + std::string(8 - std::min<std::size_t>(8, digits.size()), '0') + digits;
}

}  // namespace

H2Peer::H2Peer(net::MemoryStream& transport, const Workload& workload, std::string tunnel_service)
    : transport_(transport), workload_(workload), tunnel_service_(std::move(tunnel_service)) {
  session_ = make_client_session(on_header, on_data, on_close, this);
  nghttp2_session* const session = session_.get();
  const std::array<nghttp2_settings_entry, 2> settings = {
      {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}, {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}}};
  check(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size()),
        "settings");
  check(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, window), "window");
}

H2Peer::~H2Peer() = default;

void H2Peer::step() {
  read();
  while (exchanges_.size() < workload_.streams)
    submit();
  write();
}

void H2Peer::submit() {
  const std::string id = request_id(submitted_++);
  const std::string length = std::to_string(workload_.request_bytes);
  std::vector<nghttp2_nv> head = {
      line(":method", workload_.request_bytes > 0 ? "POST" : "GET"),
      line(":scheme", "http"),
      line(":authority", "internal-host.com"),
      line(":path", "/file/1k.bin"),
      line("user-agent", "Mozilla/5.0 (X11; Linux x86_64) bench"),
      line("accept", "*/*"),
      line("accept-encoding", "gzip, br"),
      line("x-forwarded-proto", "https"),
      line("tunnel-service", tunnel_service_),
      line("tunnel-request-id", id),
  };
  nghttp2_data_provider body{};
  body.read_callback = read_body;
  const bool has_body = workload_.request_bytes > 0;
  if (has_body) head.push_back(line("content-length", length));
  const std::int32_t stream = nghttp2_submit_request(session_.get(), nullptr, head.data(),
                                                     head.size(), has_body ? &body : nullptr, this);
  check(stream, "submit");
  exchanges_[stream].unsent = workload_.request_bytes;
}

void H2Peer::read() {
  std::array<std::byte, 65536> chunk;
  for (;;) {
    const net::IoResult got = transport_.read(chunk);
    if (got.status == net::IoStatus::would_block) return;
    if (got.status != net::IoStatus::done) {
      throw std::runtime_error("the relay ended the connection");
    }
    const ssize_t used = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(chunk.data()), got.bytes);
    check(static_cast<int>(used), "receive");
  }
}

void H2Peer::write() {
  for (;;) {
    if (unsent_.empty()) {
      const std::uint8_t* data = nullptr;
      const ssize_t length = nghttp2_session_mem_send(session_.get(), &data);
      check(static_cast<int>(length), "send");
      if (length == 0) return;
      unsent_.assign(reinterpret_cast<const char*>(data), static_cast<std::size_t>(length));
    }
    const Bytes rest = as_bytes(unsent_);
    const net::IoResult put = transport_.write(std::span(&rest, 1));
    if (put.status != net::IoStatus::done) return;
    unsent_.erase(0, put.bytes);
  }
}

void H2Peer::finish(std::int32_t stream, std::uint32_t code) {
  const auto found = exchanges_.find(stream);
  const Exchange& exchange = found->second;
  if (code != NGHTTP2_NO_ERROR || !exchange.accepted ||
      exchange.received != workload_.response_bytes) {
    throw std::runtime_error("a response was wrong: code " + std::to_string(code) + ", " +
                             std::to_string(exchange.received) + " bytes");
  }
  exchanges_.erase(found);
  ++completed_;
}

int H2Peer::on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_length, const std::uint8_t* value, std::size_t value_length,
                      std::uint8_t, void* self) {
  const std::string_view field(reinterpret_cast<const char*>(name), name_length);
  const std::string_view text(reinterpret_cast<const char*>(value), value_length);
  if (field == ":status") from(self).exchanges_[frame->hd.stream_id].accepted = text == "200";
  return 0;
}

int H2Peer::on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t*,
                    std::size_t length, void* self) {
  from(self).exchanges_[stream].received += length;
  return 0;
}

int H2Peer::on_close(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* self) {
  from(self).finish(stream, code);
  return 0;
}

ssize_t H2Peer::read_body(nghttp2_session*, std::int32_t stream, std::uint8_t* buffer,
                          std::size_t length, std::uint32_t* flags, nghttp2_data_source*,
                          void* self) {
  std::size_t& unsent = from(self).exchanges_[stream].unsent;
  const std::size_t count = std::min(length, unsent);
  std::memset(buffer, 'x', count);
  unsent -= count;
  if (unsent == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

}  // namespace outhaul::bench
