#include "agent/relay/http_relay.h"

#include <optional>
#include <utility>
#include <vector>

#include "agent/relay/access_record.h"
#include "agent/relay/failure_response.h"
#include "agent/relay/http_exchange.h"
#include "agent/relay/origin_request.h"
#include "common/tunnel/descriptor.h"
#include "common/tunnel/proxy_status.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

namespace {

class HttpRelay {
 public:
  HttpRelay(RelayContext& context, std::string_view edge, h2::Stream& stream)
      : context_(context),
        stream_(stream),
        record_(context.log, edge, stream.request(), stream.id()),
        is_head_(stream.request().method == "HEAD") {}

  Task<void> run();

 private:
  std::optional<RelayFailure> admit();
  std::optional<RelayFailure> check_size() const;
  std::optional<RelayFailure> read_descriptor();
  Task<std::optional<RelayFailure>> exchange();
  /// An idle connection, or a new one. Null with `failure_` set when there is none to be had.
  Task<std::unique_ptr<OriginConnection>> connect(bool fresh);
  OriginKey key_for(const net::SocketAddress& address) const;
  Task<void> answer(const RelayFailure& failure);

  RelayContext& context_;
  h2::Stream& stream_;
  AccessRecord record_;
  const bool is_head_;
  tunnel::Descriptor descriptor_;
  OriginRequest request_;
  Target target_;
  OriginKey key_;
  std::optional<RelayFailure> failure_;
  bool touched_ = false;  // a byte of the request was handed to an origin
};

Task<void> HttpRelay::run() {
  std::optional<RelayFailure> failure = admit();
  if (!failure) failure = co_await exchange();
  if (failure) co_await answer(*failure);
}

/// Everything that can be said without asking anybody: the descriptor, the request's own rules.
std::optional<RelayFailure> HttpRelay::admit() {
  if (auto failure = check_size()) return failure;
  if (auto failure = read_descriptor()) return failure;
  const bool has_body = stream_.body().state() == http::BodyState::open;
  http::HeadLimits limits;
  limits.max_head_bytes = context_.limits.header_list_size;
  limits.max_field_bytes = context_.limits.field_value_size;
  limits.max_fields = context_.limits.field_count;
  limits.max_path_bytes = context_.limits.path_size;
  PreparedRequest prepared = prepare_origin_request(std::move(stream_.request()), has_body, limits);
  if (prepared.fault) {
    return RelayFailure{failure_of_request(prepared.fault->reason), prepared.fault->message};
  }
  request_ = std::move(prepared.request);
  return std::nullopt;
}

std::optional<RelayFailure> HttpRelay::check_size() const {
  if (!stream_.oversized()) return std::nullopt;
  if (*stream_.oversized() == h2::Oversize::path) {
    return RelayFailure{tunnel::Failure::path_too_long, ":path: longer than this agent takes"};
  }
  return RelayFailure{tunnel::Failure::request_headers_too_big,
                      "the header fields are larger or more than this agent takes"};
}

std::optional<RelayFailure> HttpRelay::read_descriptor() {
  const http::Fields& fields = stream_.request().fields;
  if (const auto id = fields.find(tunnel::request_id_field)) record_.request_id = *id;
  std::vector<std::string_view> lines;
  for (const http::Field field : fields) {
    if (field.name == tunnel::service_field) lines.push_back(field.value);
  }
  if (lines.empty()) {
    return RelayFailure{tunnel::Failure::no_route,
                        "the edge sent no Tunnel-Service field, and no local route is configured"};
  }
  auto parsed = tunnel::parse_descriptor_lines(lines);
  if (!parsed) return RelayFailure{tunnel::Failure::bad_descriptor, parsed.error().message};
  descriptor_ = *std::move(parsed);
  record_.service = descriptor_.id.to_string();
  if (descriptor_.net != context_.tunnel_id) {
    return RelayFailure{tunnel::Failure::other_tunnel,
                        "net: names the network of another tunnel; the edge sent this request to "
                        "the wrong agent"};
  }
  if (stream_.request().method == "CONNECT") {
    return RelayFailure{tunnel::Failure::not_implemented,
                        "this agent serves HTTP requests only, no CONNECT and no WebSocket"};
  }
  if (descriptor_.type != tunnel::ServiceType::http) {
    return RelayFailure{tunnel::Failure::bad_request,
                        "type: a tcp service is reached by CONNECT only"};
  }
  return std::nullopt;
}

Task<std::optional<RelayFailure>> HttpRelay::exchange() {
  target_ = co_await context_.locator.locate(descriptor_);
  record_.mark_dns();
  if (target_.failure) co_return std::move(target_.failure);
  bool fresh = false;
  for (;;) {
    std::unique_ptr<OriginConnection> connection = co_await connect(fresh);
    if (!connection) co_return std::move(failure_);
    HttpExchange exchange(context_, stream_, request_, *connection, record_);
    const ExchangeEnd end = co_await exchange.run();
    touched_ = touched_ || end.touched;
    if (end.keep_connection) context_.pool.give_back(key_, std::move(connection));
    if (!end.failure) co_return std::nullopt;
    // The origin may have closed an idle connection while the request was under way. Once, and
    // only where a second delivery would do no harm (RFC 9110 section 9.2.2).
    if (!end.may_repeat || fresh) co_return std::move(end.failure);
    fresh = true;
  }
}

OriginKey HttpRelay::key_for(const net::SocketAddress& address) const {
  OriginKey key;
  key.service = descriptor_.id;
  key.scheme = descriptor_.scheme;
  key.address = address.ip();
  key.port = address.port();
  if (descriptor_.scheme == tunnel::ServiceScheme::https) {
    key.server_name = server_name(descriptor_, request_.head.authority);
    key.verification = descriptor_.tls;
  }
  return key;
}

Task<std::unique_ptr<OriginConnection>> HttpRelay::connect(bool fresh) {
  if (!fresh) {
    for (const net::SocketAddress& address : target_.addresses) {
      key_ = key_for(address);
      auto connection = context_.pool.take(key_);
      if (!connection) continue;
      record_.address = connection->address();
      record_.reused = true;
      co_return connection;
    }
  }
  record_.reused = false;
  OriginTls tls;
  if (descriptor_.scheme == tunnel::ServiceScheme::https) {
    tls.wanted = true;
    tls.server_name = server_name(descriptor_, request_.head.authority);
    tls.verification = descriptor_.tls;
  }
  auto connected = co_await context_.connector.connect(target_.addresses, std::move(tls));
  record_.mark_connect();
  if (!connected) {
    failure_ = RelayFailure{failure_of_connecting(connected.error().kind),
                            std::move(connected.error().message)};
    co_return nullptr;
  }
  key_ = key_for(connected->address);
  record_.address = connected->connection->address();
  co_return std::move(connected->connection);
}

Task<void> HttpRelay::answer(const RelayFailure& failure) {
  const FailureResponse response = make_failure_response(failure, context_.tunnel_id, !touched_);
  record_.status = response.head.status;
  record_.error = tunnel::to_string(tunnel::answer_of(failure.failure).error);
  record_.detail = failure.detail;
  // The rest of a request body is declined, not awaited (RFC 9113 section 8.1).
  stream_.abandon_with(h2::ErrorCode::no_error);
  const bool has_body = !is_head_;
  if (!stream_.respond(response.head, has_body)) co_return;
  http::BodyWriter& writer = stream_.writer();
  if (has_body) {
    Bytes rest = as_bytes(response.body);
    while (!rest.empty() && !writer.failed()) {
      rest = rest.subspan(writer.write(rest));
      if (!rest.empty()) co_await writer.writable().wait();
    }
    writer.finish({});
  }
  while (!writer.drained() && !writer.failed())
    co_await writer.writable().wait();
}

}  // namespace

Task<void> relay_http(RelayContext& context, std::string edge, std::unique_ptr<h2::Stream> stream) {
  HttpRelay relay(context, edge, *stream);
  co_await relay.run();
}

}  // namespace outhaul::agent
