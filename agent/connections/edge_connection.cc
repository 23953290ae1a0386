#include "agent/connections/edge_connection.h"

#include <algorithm>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "agent/connections/connection_up.h"
#include "common/async/combinators.h"
#include "common/async/sleep.h"
#include "common/async/timed_wait.h"
#include "common/http/syntax.h"
#include "common/net/io.h"
#include "common/net/tls_stream.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

namespace {

constexpr std::chrono::seconds closing_time{2};
/// What an edge closes sooner was not idle but unwanted.
constexpr std::chrono::seconds shortest_usual_life{1};

ConnectionEnd ended(std::string reason) {
  ConnectionEnd end;
  end.reason = std::move(reason);
  return end;
}

net::TcpOptions tunnel_tcp_options(const Limits& limits) {
  net::TcpOptions options;
  options.user_timeout = limits.tcp_user_timeout;
  options.keepalive = net::Keepalive{};
  options.unsent_bytes_low_water = limits.unsent_bytes_low_water;
  return options;
}

h2::SessionOptions session_options(const Limits& limits, const ConnectionSetup& setup,
                                   MemoryBudget* memory) {
  h2::SessionOptions options;
  options.role = h2::Role::server;
  options.send_client_magic_as_server = setup.sends_client_magic();
  options.max_concurrent_streams = limits.streams_per_connection;
  options.initial_stream_window = limits.stream_window;
  options.connection_window = limits.connection_window;
  options.window_maximum = limits.window_maximum;
  options.memory = memory;
  options.header_table_size = limits.header_table_size;
  options.max_header_list_size = limits.header_list_size;
  options.max_fields = limits.field_count;
  options.max_field_size = limits.field_value_size;
  options.max_path_size = limits.path_size;
  options.ping_limit = limits.pings;
  options.settings_limit = limits.settings;
  options.empty_data_limit = limits.empty_data;
  options.header_block_time = limits.header_block_time;
  return options;
}

/// Clears a pointer at the end of a scope, however that ends.
class PointerReset {
 public:
  explicit PointerReset(const net::TcpStream*& pointer) : pointer_(pointer) {}
  PointerReset(const PointerReset&) = delete;
  PointerReset& operator=(const PointerReset&) = delete;
  ~PointerReset() { pointer_ = nullptr; }

 private:
  const net::TcpStream*& pointer_;
};

/// The kernel's estimate; nothing before it has one.
std::optional<std::chrono::microseconds> round_trip_time(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  if (info.tcpi_rtt == 0) return std::nullopt;
  return std::chrono::microseconds(info.tcpi_rtt);
}

/// Only the edge can have sent the field: it removes those of its clients.
bool is_control_request(const http::RequestHead& head) {
  return head.fields.find(tunnel::control_field) == tunnel::field_true &&
         head.path.starts_with(tunnel::control_path_prefix);
}

/// The body of `drain`: whole seconds that the edge waits, at most an hour.
Task<Result<Duration>> read_deadline(http::BodyReader& body) {
  constexpr std::size_t longest = 4;
  std::string text;
  while (text.size() <= longest) {
    const Bytes data = body.peek();
    text += as_text(data);
    if (!data.empty()) {
      body.consume(data.size());
      continue;
    }
    if (body.state() != http::BodyState::open) break;
    co_await body.readable().wait();
  }
  const auto seconds = http::parse_decimal(text);
  if (text.size() > longest || !seconds || *seconds == 0 || *seconds > 3600) {
    co_return Error{ErrorKind::invalid, "the deadline is not 1 to 3600 seconds"};
  }
  co_return Duration(std::chrono::seconds(*seconds));
}

/// The edge has to have agreed on exactly the protocol that the profile wants.
Result<void> check_alpn(const net::TlsStream& stream, const ConnectionSetup& setup,
                        const tunnel::EdgeAddress& edge) {
  const std::string_view chosen = stream.alpn();
  if (chosen == setup.alpn()) return {};
  return Error{ErrorKind::tls_protocol,
               "alpn_mismatch: " + edge.to_string() + " chose " +
                   (chosen.empty() ? "no protocol" : "'" + std::string(chosen) + "'") +
                   " by ALPN, and this profile wants " + std::string(setup.alpn()) +
                   "; check --edge and --profile, and that nothing in between ends TLS"};
}

/// RFC 7301 section 3.2.
constexpr std::uint8_t no_application_protocol_alert = 120;

/// Until the edge has closed, too, or is silent. What it still sends (credit, say) would make the
/// kernel reset a closed socket and drop the end of our output, which may be megabytes.
Task<void> wait_for_close(Loop& loop, net::ByteStream& stream) {
  for (;;) {
    const net::IoResult got = stream.read(loop.receive_buffer());
    if (got.status == net::IoStatus::end || got.status == net::IoStatus::failed) co_return;
    if (got.status != net::IoStatus::would_block) continue;
    const bool woken = co_await wait_for(loop, stream.readable(), closing_time);
    if (!woken) co_return;
  }
}

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

EdgeConnection::EdgeConnection(ConnectionContext& context, tunnel::EdgeAddress edge,
                               const Uuid& instance, std::uint32_t slot,
                               ConnectionObserver& observer)
    : context_(context),
      edge_(std::move(edge)),
      target_(edge_),
      instance_(instance),
      slot_(slot),
      observer_(observer),
      name_(edge_.to_string()),
      ready_(context.loop),
      ping_acknowledged_(context.loop),
      replacement_known_(context.loop),
      requests_(context.loop),
      watchers_(context.loop) {}

EdgeConnection::~EdgeConnection() = default;

Task<ConnectionEnd> EdgeConnection::run(std::vector<EdgeRoute> routes) {
  began_ = context_.loop.now();
  auto secured = co_await secure(std::move(routes));
  if (!secured) {
    ConnectionEnd end = ended(std::move(secured.error().message));
    const ErrorKind kind = secured.error().kind;
    end.connection_refused =
        kind == ErrorKind::refused || kind == ErrorKind::reset || kind == ErrorKind::closed;
    co_return end;
  }
  net::TlsStream& stream = **secured;
  const PointerReset forget_tcp(tcp_);  // before the stream is gone

  tunnel::SessionRequest request;
  request.version = tunnel::protocol_version;
  request.instance = instance_;
  request.connection = slot_;
  request.connections = context_.limits.connections_per_agent;
  request.software_version = OUTHAUL_VERSION;
  request.features = {"http", "tcp", "ws"};
  request.zone = context_.zone;
  request.weight = context_.weight;
  SetupEnd setup = co_await context_.setup.set_up(stream, edge_, std::move(request));
  if (setup.refusal) {
    ConnectionEnd end = ended(setup.refusal->message);
    end.refusal = std::move(setup.refusal);
    co_return end;
  }
  session_names_ = *setup.session;
  name_ = edge_.to_string() + "/" + session_names_.connection_name;
  ConnectionEnd end = co_await serve(stream, std::move(setup));
  co_await close_politely(stream);
  co_return end;
}

Task<EdgeConnection::Secured> EdgeConnection::secure(std::vector<EdgeRoute> routes) {
  std::string failures;
  ErrorKind kind = ErrorKind::unreachable;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const RouteRule rule = routes[i].rule;
    std::optional<ReachStage> stage;
    Secured secured = co_await secure_by(std::move(routes[i]), stage);
    if (secured) co_return secured;
    kind = secured.error().kind;
    const bool go_on = rule == RouteRule::next_if_failed || (stage && is_about_the_edge(*stage));
    const bool only_one = i == 0 && (!go_on || routes.size() == 1);
    if (only_one) co_return secured;
    failures += (failures.empty() ? "" : "; ") + target_.to_string() + ": ";
    failures += secured.error().message;
    if (!go_on) break;
  }
  co_return Error{kind, std::move(failures)};
}

Task<EdgeConnection::Secured> EdgeConnection::secure_by(EdgeRoute route,
                                                        std::optional<ReachStage>& stage) {
  edge_ = route.edge;
  target_ = route.target;
  name_ = edge_.to_string();
  proxy_ = route.proxy ? route.proxy->to_string() : std::string();
  EdgeDialOptions options;
  options.stage_limit = context_.limits.setup_stage;
  options.tcp = tunnel_tcp_options(context_.limits);
  options.source = context_.reach.source ? &*context_.reach.source : nullptr;
  options.proxy_tls = context_.proxy_tls;
  EdgeDial dialled = co_await dial_edge(context_.loop, std::move(route), std::move(options));
  if (dialled.error) {
    stage = dialled.stage;
    co_return std::move(*dialled.error);
  }
  address_ = dialled.tcp->peer_address();
  const net::TlsTarget target{.name = edge_.host, .sni = {}};
  auto stream = std::make_unique<net::TlsStream>(std::move(dialled.stream), context_.tls, target);
  Task<Result<void>> handshake = stream->handshake();
  Result<void> done =
      co_await with_deadline(context_.loop, std::move(handshake), context_.limits.setup_stage,
                             "the TLS handshake with " + edge_.to_string());
  const bool agreed_on_nothing = stream->received_alert() == no_application_protocol_alert;
  if (done || agreed_on_nothing) done = check_alpn(*stream, context_.setup, edge_);
  if (!done) co_return done.error();
  if (const auto end = stream->peer_not_after(); end && context_.expiries != nullptr) {
    certificate_ = context_.expiries->hold("edge " + edge_.to_string(), *end);
  }
  tcp_ = dialled.tcp;
  co_return std::move(stream);
}

Task<ConnectionEnd> EdgeConnection::serve(net::TlsStream& stream, SetupEnd setup) {
  session_ = std::make_unique<h2::Session>(
      context_.loop, stream, session_options(context_.limits, context_.setup, context_.memory),
      *this);
  liveness_ = std::make_unique<h2::Liveness>(
      context_.loop, *session_,
      h2::LivenessLimits{.interval = std::min(setup.session->ping, context_.limits.ping_interval),
                         .answer = context_.limits.ping_answer,
                         .answer_after_jump = context_.limits.clock_jump});
  watchers_.spawn(watch());
  if (draining_) watchers_.spawn(finish_drain());
  const h2::SessionEnd session_end = co_await session_->run(std::move(setup.early));
  // Nobody is there to be told, and what stands in the way must not delay the next connection.
  if (session_end.reason.kind == ErrorKind::timed_out) stream.reset();
  watchers_.cancel_all();
  // The streams have failed, and nobody is left who could take an answer.
  requests_.cancel_all();
  liveness_.reset();
  session_.reset();
  ConnectionEnd end = ended(session_end.reason.message);
  if (!serving_since_) end.reason += context_.setup.advice_without_settings();
  // At least a moment: nothing at all means that it never served.
  if (serving_since_) {
    end.served = std::max<Duration>(context_.loop.now() - *serving_since_, Duration(1));
    const ErrorKind kind = session_end.reason.kind;
    end.closed_as_usual = context_.setup.edge_closes_idle() && end.served >= shortest_usual_life &&
                          (kind == ErrorKind::closed || kind == ErrorKind::reset);
  }
  co_return end;
}

void EdgeConnection::on_ready() {
  ready_.set();
  serving_since_ = context_.loop.now();
  ++context_.counters.established;
  log_connection_up(context_.log, {.edge = edge_.to_string(),
                                   .target = target_.to_string(),
                                   .edge_name = session_names_.edge_name,
                                   .connection = session_names_.connection_name,
                                   .slot = slot_,
                                   .address = address_->to_string(),
                                   .proxy = proxy_,
                                   .setup_ms = milliseconds(LoopClock::now() - began_)});
  observer_.on_connection_changed();
}

void EdgeConnection::on_request(std::unique_ptr<h2::Stream> stream) {
  if (context_.takes_control_requests && is_control_request(stream->request())) {
    requests_.spawn(serve_control(std::move(stream)));
    return;
  }
  if (!context_.server.has_room()) {
    stream->reset(h2::ErrorCode::refused_stream);
    return;
  }
  h2::Stream& served = *stream;
  Cancellable& task = requests_.spawn(context_.server.serve(name_, std::move(stream)));
  // The task has not begun, so the stream that it owns is still there.
  served.cancel_on_reset(&task);
}

void EdgeConnection::want_replacement() {
  if (replacement_wanted_ || draining_) return;
  replacement_wanted_ = true;
  observer_.on_connection_changed();
}

void EdgeConnection::answer_control(Replacement outcome) {
  replacement_ = outcome;
  replacement_known_.set();
}

Task<void> EdgeConnection::serve_control(std::unique_ptr<h2::Stream> stream) {
  http::ResponseHead head;
  head.status = co_await control_status(*stream);
  if (!stream->respond(head, false)) co_return;
  co_await end_of_turn(context_.loop);
  context_.log.info("control_request", {{"edge", name_},
                                        {"path", std::string_view(stream->request().path)},
                                        {"status", head.status}});
}

Task<int> EdgeConnection::control_status(h2::Stream& stream) {
  const std::string_view action =
      std::string_view(stream.request().path).substr(tunnel::control_path_prefix.size());
  if (action == "health") co_return stream.request().method == "GET" ? 200 : 405;
  if (action != "drain") co_return 404;
  if (stream.request().method != "POST") co_return 405;
  replacement_ = Replacement::awaited;
  replacement_known_.clear();
  want_replacement();
  if (draining_) co_return 503;
  Task<Result<Duration>> reading = read_deadline(stream.body());
  const Result<Duration> deadline = co_await with_deadline(
      context_.loop, std::move(reading), context_.limits.setup_stage, "the body of the request");
  if (!deadline) co_return 400;
  co_await wait_for(context_.loop, replacement_known_, *deadline);
  co_return replacement_ == Replacement::serving ? 204 : 503;
}

Task<void> EdgeConnection::watch() {
  const bool ready = co_await wait_for(context_.loop, ready_, context_.limits.setup_stage);
  if (!ready) {
    session_->abort(Error{ErrorKind::timed_out, "the edge sent no HTTP/2 SETTINGS in time"});
    co_return;
  }
  co_await liveness_->until_silent();
  session_->abort(Error{ErrorKind::timed_out, "the edge was silent and did not answer a PING"});
}

void EdgeConnection::clock_jumped() {
  if (liveness_) liveness_->clock_jumped();
}

ConnectionFigures EdgeConnection::figures() const {
  ConnectionFigures figures;
  figures.slot = slot_;
  figures.edge = edge_.to_string();
  figures.name = name_;
  figures.proxy = proxy_;
  figures.state = ConnectionState::connecting;
  if (serving_since_ && session_) {
    figures.state = draining_ ? ConnectionState::draining : ConnectionState::serving;
    figures.serving_for = context_.loop.now() - *serving_since_;
  }
  figures.active_requests = requests_.size();
  if (tcp_) {
    figures.address = tcp_->peer_address().to_string();
    figures.round_trip = round_trip_time(tcp_->native_handle());
  }
  if (session_) {
    figures.requests = session_->statistics().streams_opened;
    figures.bytes_received = session_->statistics().bytes_received;
    figures.bytes_sent = session_->statistics().bytes_sent;
    figures.stalls = session_->statistics().stalls;
    figures.connection_window = session_->statistics().connection_window;
    figures.stream_window = session_->statistics().largest_window;
  }
  return figures;
}

void EdgeConnection::drain() {
  if (draining_) return;
  draining_ = true;
  if (replacement_ == Replacement::awaited) not_replaced();
  if (session_) watchers_.spawn(finish_drain());
}

void EdgeConnection::cut() {
  requests_.cancel_all();
}

Task<void> EdgeConnection::finish_drain() {
  if (!session_->ready()) {
    session_->abort(Error{ErrorKind::closed, "drained before it was used"});
    co_return;
  }
  // GOAWAY(2^31-1) and a PING: what the edge sent before it knew is still served (RFC 9113
  // section 6.8).
  ping_acknowledged_.clear();
  session_->begin_drain();
  // Its answer comes right after the one to the drain's own PING, which is not reported.
  session_->ping();
  co_await wait_for(context_.loop, ping_acknowledged_, context_.limits.ping_answer);
  co_await session_->idle().wait();
  session_->go_away(h2::ErrorCode::no_error, "the agent is shutting down");
  while (!session_->output_empty())
    co_await sleep_for(context_.loop, std::chrono::milliseconds(1));
  session_->abort(Error{ErrorKind::closed, "drained"});
}

Task<void> EdgeConnection::close_politely(net::TlsStream& stream) {
  Task<Result<void>> closing = net::shutdown(stream);
  // A peer that is gone, or does not read, is not waited for.
  const Result<void> closed = co_await with_deadline(context_.loop, std::move(closing),
                                                     closing_time, "closing the connection");
  if (!closed) {
    stream.reset();
  } else if (draining_) {
    co_await wait_for_close(context_.loop, stream);
  }
}

}  // namespace outhaul::agent
