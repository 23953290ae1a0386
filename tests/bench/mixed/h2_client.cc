#include "tests/bench/mixed/h2_client.h"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace outhaul::bench {

namespace {

constexpr std::uint32_t window = std::uint32_t{1} << 30;

net::Fd connect_to(const net::SocketAddress& peer) {
  net::Fd socket(::socket(peer.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto failed = [](const char* what) {
    return std::system_error(errno, std::generic_category(), what);
  };
  if (!socket) throw failed("socket");
  if (::connect(socket.get(), peer.native(), peer.native_length()) != 0) throw failed("connect");
  const int yes = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return socket;
}

}  // namespace

H2Client::H2Client(const net::SocketAddress& peer, std::string descriptor, bool has_priorities)
    : socket_(connect_to(peer)), authority_(peer.to_string()), descriptor_(std::move(descriptor)) {
  session_ = make_client_session(on_header, on_data, on_close, this);
  nghttp2_session* const session = session_.get();
  const std::array<nghttp2_settings_entry, 3> settings = {
      {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
       {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, has_priorities ? 1U : 0U},
       {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}}};
  check(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size()),
        "settings");
  check(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, window), "window");
}

const H2Client::Download& H2Client::get(const std::string& path, const std::string& priority,
                                        std::function<void(const Download&)> ended) {
  std::vector<nghttp2_nv> head = {line(":method", "GET"), line(":scheme", "http"),
                                  line(":authority", authority_), line(":path", path)};
  if (!priority.empty()) head.push_back(line("priority", priority));
  if (!descriptor_.empty()) head.push_back(line("tunnel-service", descriptor_));
  const std::int32_t stream =
      nghttp2_submit_request(session_.get(), nullptr, head.data(), head.size(), nullptr, this);
  check(stream, "request");
  Download& download = downloads_[stream];
  download.began = Clock::now();
  download.ended = std::move(ended);
  return download;
}

void H2Client::turn() {
  flush();
  std::array<std::uint8_t, std::size_t{256} * 1024> input;
  const ssize_t got = ::recv(socket_.get(), input.data(), input.size(), 0);
  if (got <= 0) throw std::runtime_error("the peer ended the connection");
  const ssize_t used =
      nghttp2_session_mem_recv(session_.get(), input.data(), static_cast<std::size_t>(got));
  if (!fault_.empty()) throw std::runtime_error(fault_);
  check(used, "what the peer sent");
  flush();
}

void H2Client::flush() {
  for (;;) {
    const std::uint8_t* output = nullptr;
    ssize_t left = nghttp2_session_mem_send(session_.get(), &output);
    check(left, "sending");
    if (left == 0) return;
    while (left > 0) {
      const ssize_t sent =
          ::send(socket_.get(), output, static_cast<std::size_t>(left), MSG_NOSIGNAL);
      if (sent < 0) throw std::system_error(errno, std::generic_category(), "send");
      output += sent;
      left -= sent;
    }
  }
}

int H2Client::on_header(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                        const std::uint8_t* name, std::size_t name_length,
                        const std::uint8_t* value, std::size_t value_length, std::uint8_t /*flags*/,
                        void* self) {
  const std::string_view field(reinterpret_cast<const char*>(name), name_length);
  const std::string_view text(reinterpret_cast<const char*>(value), value_length);
  if (field != ":status" || text == "200") return 0;
  from(self).fault_ = "a request was answered with status " + std::string(text);
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int H2Client::on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t stream,
                      const std::uint8_t* /*data*/, std::size_t length, void* self) {
  H2Client& client = from(self);
  client.received_ += length;
  client.downloads_[stream].received += length;
  return 0;
}

int H2Client::on_close(nghttp2_session* /*session*/, std::int32_t stream, std::uint32_t code,
                       void* self) {
  H2Client& client = from(self);
  auto node = client.downloads_.extract(stream);
  if (code != NGHTTP2_NO_ERROR) {
    client.fault_ = "a stream was reset with code " + std::to_string(code);
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  node.mapped().ended(node.mapped());
  return 0;
}

}  // namespace outhaul::bench
