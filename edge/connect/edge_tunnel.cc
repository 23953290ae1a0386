#include "edge/connect/edge_tunnel.h"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/async/combinators.h"
#include "common/http/h1_body_reader.h"
#include "common/http/h1_head.h"
#include "common/http/h1_read_head.h"
#include "common/http/h1_writer.h"
#include "common/net/dial.h"
#include "common/net/io.h"
#include "edge/bindings/h1_tunnel_writer.h"

namespace outhaul::edge {

namespace {

/// The edge itself gives up before that.
constexpr std::chrono::seconds answer_time{120};
constexpr std::size_t longest_reason = 4096;
constexpr http::Framing raw_bytes{
    .kind = http::BodyKind::until_close, .length = 0, .must_close = true};

PooledText request_text(const ServiceAccess& access) {
  http::RequestHead head;
  head.method = "CONNECT";
  head.authority = access.service.to_string() + ".tcp.vpc:1";
  if (!access.token.empty()) {
    head.fields.add("x-vpc-service-id", access.service.to_string());
    head.fields.add("x-vpc-binding-token", access.token);
  }
  PooledText text;
  http::append_request_head(text, head, http::Framing{});
  return text;
}

/// The detail of a problem document, or nothing.
std::string reason_in(const std::string& body) {
  const auto document = nlohmann::json::parse(body, nullptr, false);
  if (!document.is_object()) return {};
  const auto detail = document.find("detail");
  const auto title = document.find("title");
  std::string reason;
  if (title != document.end() && title->is_string()) reason = title->get<std::string>();
  if (detail != document.end() && detail->is_string()) {
    reason += (reason.empty() ? "" : ": ") + detail->get<std::string>();
  }
  const auto id = document.find("request_id");
  if (id != document.end() && id->is_string()) {
    reason += " (request_id " + id->get<std::string>() + ")";
  }
  return reason;
}

Task<Result<void>> refused(http::ResponseHead head, http::H1Version version, EdgeTunnel& tunnel) {
  OUTHAUL_CO_TRY(framing, http::response_framing("CONNECT", version, head.status, head.fields));
  http::H1BodyReader body(*tunnel.stream, tunnel.early, framing);
  std::string text;
  while (text.size() < longest_reason) {
    const Bytes part = body.peek();
    text += as_text(part);
    body.consume(part.size());
    if (!part.empty()) continue;
    if (body.state() != http::BodyState::open) break;
    co_await body.readable().wait();
  }
  const std::string reason = reason_in(text);
  co_return Error{ErrorKind::denied, "the edge answered " + std::to_string(head.status) +
                                         (reason.empty() ? "" : ", " + reason)};
}

Task<Result<void>> ask(ServiceAccess access, EdgeTunnel& tunnel) {
  const PooledText request = request_text(access);
  OUTHAUL_CO_CHECK(sent, co_await net::write_all(*tunnel.stream, as_bytes(request)));
  http::ResponseHeadParser parser;
  for (;;) {
    OUTHAUL_CO_TRY(read, co_await http::read_head(parser, *tunnel.stream, tunnel.early));
    if (read != http::HeadRead::complete) {
      co_return Error{ErrorKind::protocol, "no HTTP answer; is --edge a binding listener?"};
    }
    http::ResponseHead head = parser.take_head();
    if (head.status >= 300) co_return co_await refused(std::move(head), parser.version(), tunnel);
    if (head.status >= 200) co_return Result<void>();
    parser.reset();
  }
}

Task<Result<void>> copy(Loop& loop, net::ByteStream& from, ByteQueue& early, net::ByteStream& to) {
  http::H1BodyReader reader(from, early, raw_bytes);
  H1TunnelWriter writer(to, PooledText());
  const http::PumpLimits unlimited;
  http::PumpEnd end;
  co_return co_await http::pump(loop, reader, writer, unlimited, end);
}

}  // namespace

Task<Result<EdgeTunnel>> open_edge_tunnel(Loop& loop, ServiceAccess access) {
  const std::string where = access.edge.to_string();
  std::vector<net::SocketAddress> addresses{access.edge};
  net::DialOptions options;
  options.tcp.keepalive = net::Keepalive{};
  auto dialled = co_await net::dial(loop, std::move(addresses), options);
  if (!dialled) {
    co_return Error{dialled.error().kind,
                    dialled.error().message + "; does outhaul-edge serve there (--edge)?"};
  }
  EdgeTunnel tunnel;
  tunnel.stream = std::move(*dialled);
  Task<Result<void>> asking = ask(std::move(access), tunnel);
  const Result<void> asked =
      co_await with_deadline(loop, std::move(asking), answer_time, "the answer of the edge");
  if (!asked) co_return Error{asked.error().kind, where + ": " + asked.error().message};
  co_return std::move(tunnel);
}

Task<Result<void>> carry(Loop& loop, net::ByteStream& program, EdgeTunnel& tunnel) {
  ByteQueue nothing;
  Task<Result<void>> up = copy(loop, program, nothing, *tunnel.stream);
  Task<Result<void>> down = copy(loop, *tunnel.stream, tunnel.early, program);
  const Result<void> carried = co_await both(std::move(up), std::move(down));
  if (!carried) {
    program.reset();
    tunnel.stream->reset();
  }
  co_return carried;
}

}  // namespace outhaul::edge
