#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/http/h1_framing.h"
#include "common/http/h1_head.h"
#include "common/http/h1_writer.h"
#include "common/net/fd.h"
#include "common/net/socket_address.h"
#include "edge/admin/api_caller.h"

namespace outhaul::edge {

namespace {

constexpr std::chrono::seconds answer_time{30};
constexpr std::size_t answer_size = std::size_t{64} * 1024 * 1024;

std::string request_text(const ApiRequest& request) {
  http::RequestHead head;
  head.method = request.method;
  head.authority = "localhost";
  head.path = request.path + (request.query.empty() ? "" : "?" + request.query);
  http::Framing framing;
  framing.must_close = true;
  if (!request.body.empty()) {
    framing.kind = http::BodyKind::content_length;
    framing.length = request.body.size();
    head.fields.add("content-type", "application/json");
  }
  std::string text;
  http::append_request_head(text, head, framing);
  return text + request.body;
}

/// One call a connection, blocking: a command has nothing else to do.
class SocketCaller final : public ApiCaller {
 public:
  SocketCaller(net::SocketAddress address, net::Fd first)
      : address_(std::move(address)), connected_(std::move(first)) {}

  Result<ApiResponse> call(const ApiRequest& request) override;
  std::string note() const override { return {}; }

  static Result<net::Fd> connect(const net::SocketAddress& address);

 private:
  Result<void> send(std::string_view text);
  Result<std::string> receive();
  Error broken(int error_number) const {
    return system_error(error_number, "speak to the edge at " + address_.to_string());
  }

  net::SocketAddress address_;
  net::Fd connected_;
};

Result<net::Fd> SocketCaller::connect(const net::SocketAddress& address) {
  net::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_error(errno, "make a socket");
  const timeval limit{answer_time.count(), 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket.get(), address.native(), address.native_length()) == 0) return socket;
  if (errno == ENOENT) return Error{ErrorKind::not_found, "no " + address.to_string()};
  return system_error(errno, "connect to " + address.to_string());
}

Result<void> SocketCaller::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(connected_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return broken(errno);
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> SocketCaller::receive() {
  std::string text;
  std::array<char, 16 * 1024> block{};
  while (text.size() < answer_size) {
    const ssize_t got = ::read(connected_.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return broken(errno);
    if (got == 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

Result<ApiResponse> SocketCaller::call(const ApiRequest& request) {
  if (!connected_) {
    OUTHAUL_TRY(again, connect(address_));
    connected_ = std::move(again);
  }
  OUTHAUL_CHECK(send(request_text(request)));
  OUTHAUL_TRY(text, receive());
  connected_.reset();
  http::ResponseHeadParser parser;
  const http::HeadStep step = parser.feed(as_bytes(text));
  if (step.status != http::HeadStatus::complete) {
    return Error{ErrorKind::protocol, "the edge at " + address_.to_string() +
                                          " gave no complete answer; look into its log"};
  }
  ApiResponse response;
  response.status = parser.take_head().status;
  response.body = text.substr(step.consumed);
  return response;
}

}  // namespace

Result<std::unique_ptr<ApiCaller>> call_running_edge(const std::filesystem::path& admin_socket) {
  OUTHAUL_TRY(address, net::SocketAddress::unix_path(admin_socket.string()));
  OUTHAUL_TRY(socket, SocketCaller::connect(address));
  return std::unique_ptr<ApiCaller>(
      std::make_unique<SocketCaller>(std::move(address), std::move(socket)));
}

}  // namespace outhaul::edge
