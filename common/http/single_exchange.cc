#include "common/http/single_exchange.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/http/h1_body_reader.h"
#include "common/http/h1_framing.h"
#include "common/http/h1_read_head.h"
#include "common/http/h1_writer.h"

namespace outhaul::http {

namespace {

constexpr std::chrono::seconds answer_time{30};
constexpr std::size_t answer_size = std::size_t{64} * 1024 * 1024;

/// The body, or as much of it as shows that it is too long.
Task<Result<std::string>> read_body(net::ByteStream& stream, ByteQueue& input, Framing framing,
                                    std::size_t maximum) {
  H1BodyReader body(stream, input, framing);
  std::string text;
  while (text.size() <= maximum) {
    const Bytes data = body.peek();
    text += as_text(data);
    if (!data.empty()) {
      body.consume(data.size());
      continue;
    }
    if (body.state() == BodyState::complete) break;
    if (body.state() == BodyState::failed) co_return body.error();
    co_await body.readable().wait();
  }
  co_return text;
}

Result<void> send_all(int socket, std::string_view text, const std::string& doing) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return system_error(errno, doing);
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> receive_all(int socket, const std::string& doing) {
  std::string text;
  std::array<char, 16 * 1024> block{};
  while (text.size() < answer_size) {
    const ssize_t got = ::read(socket, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(errno, doing);
    if (got == 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

Task<Result<WholeRequest>> read_whole_request(net::ByteStream& stream, std::size_t body_maximum) {
  RequestHeadParser parser;
  ByteQueue input;
  OUTHAUL_CO_TRY(read, co_await read_head(parser, stream, input));
  if (read == HeadRead::ended) co_return Error{ErrorKind::closed, "no request came"};
  if (read == HeadRead::refused) co_return request_error(parser.fault());
  WholeRequest request;
  request.head = parser.take_head();
  OUTHAUL_CO_TRY(framing,
                 request_framing(request.head.method, parser.version(), request.head.fields));
  OUTHAUL_CO_TRY(body, co_await read_body(stream, input, framing, body_maximum));
  request.body = std::move(body);
  co_return request;
}

std::string whole_response(int status, std::string_view content_type, std::string_view body) {
  ResponseHead head;
  head.status = status;
  head.fields.add("content-type", content_type);
  Framing framing;
  framing.kind = BodyKind::content_length;
  framing.length = body.size();
  framing.must_close = true;
  PooledText text;
  append_response_head(text, head, framing);
  return std::string(text).append(body);
}

Result<net::Fd> connect_blocking(const net::SocketAddress& address) {
  net::Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_error(errno, "make a socket");
  const timeval limit{answer_time.count(), 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket.get(), address.native(), address.native_length()) == 0) return socket;
  if (errno == ENOENT) return Error{ErrorKind::not_found, "no " + address.to_string()};
  return system_error(errno, "connect to " + address.to_string());
}

Result<WholeResponse> call_blocking(net::Fd connection, const WholeRequest& request,
                                    const std::string& peer) {
  Framing framing;
  framing.must_close = true;
  if (!request.body.empty()) {
    framing.kind = BodyKind::content_length;
    framing.length = request.body.size();
  }
  PooledText text;
  append_request_head(text, request.head, framing);
  text += request.body;
  const std::string doing = "speak to " + peer;
  OUTHAUL_CHECK(send_all(connection.get(), text, doing));
  OUTHAUL_TRY(received, receive_all(connection.get(), doing));
  ResponseHeadParser parser;
  const HeadStep step = parser.feed(as_bytes(received));
  if (step.status != HeadStatus::complete) {
    return Error{ErrorKind::protocol, peer + " gave no complete answer; look into its log"};
  }
  return WholeResponse{parser.take_head().status, received.substr(step.consumed)};
}

}  // namespace outhaul::http
