#include "agent/diagnose/setup/edge_probe.h"

#include <array>
#include <utility>
#include <vector>

#include "agent/diagnose/setup/edge_advice.h"
#include "agent/reach/edge_dial.h"
#include "common/async/combinators.h"
#include "common/async/scope.h"
#include "common/async/sleep.h"
#include "common/async/timed_wait.h"
#include "common/h2/session.h"
#include "common/http/date.h"
#include "common/net/io.h"
#include "common/net/tls_stream.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent::setup {

namespace {

enum Stage : std::size_t { tcp, tls, introduction, http2, ping };
constexpr std::array stage_names{"tcp", "tls", "setup", "http2", "ping"};

constexpr std::chrono::seconds closing_time{1};
constexpr std::chrono::hours soon = std::chrono::hours(24) * 7;

class Probe final : public h2::SessionHandler {
 public:
  Probe(ProbeContext& context, tunnel::EdgeAddress edge, AddressReport& report)
      : context_(context),
        edge_(std::move(edge)),
        report_(report),
        ready_(context.loop),
        acknowledged_(context.loop),
        tasks_(context.loop) {}

  Task<void> run(EdgeRoute route) {
    const bool secured = co_await secure(std::move(route));
    if (!secured) co_return;
    SetupEnd end = co_await introduce();
    if (end.session) co_await talk(std::move(end.early));
    Task<Result<void>> closing = net::shutdown(*stream_);
    const Result<void> closed = co_await with_deadline(context_.loop, std::move(closing),
                                                       closing_time, "closing the connection");
    if (!closed) stream_->reset();
  }

 private:
  // An edge that does not know `probe` may send one.
  void on_request(std::unique_ptr<h2::Stream> stream) override {
    stream->reset(h2::ErrorCode::refused_stream);
  }
  void on_ready() override { ready_.set(); }
  void on_ping_acknowledged() override { acknowledged_.set(); }

  Step& step(Stage stage) { return report_.steps.at(stage); }
  void begin() { began_ = LoopClock::now(); }
  void succeed(Stage stage, std::string detail) {
    step(stage).state = State::ok;
    step(stage).time = LoopClock::now() - began_;
    step(stage).detail = std::move(detail);
  }
  void fail(Stage stage, std::string detail, std::string advice) {
    step(stage).state = State::failed;
    step(stage).time = LoopClock::now() - began_;
    step(stage).detail = std::move(detail);
    if (!advice.empty()) step(stage).advice.push_back(std::move(advice));
  }

  Task<bool> secure(EdgeRoute route);
  Task<SetupEnd> introduce();
  Task<void> talk(std::string early);
  Task<void> look(h2::Session& session);
  void report_tls();
  void note_time(const std::string& date);

  ProbeContext& context_;
  const tunnel::EdgeAddress edge_;
  AddressReport& report_;
  TimePoint began_{};
  std::unique_ptr<net::TlsStream> stream_;
  Readiness ready_;
  Readiness acknowledged_;
  Scope tasks_;
};

Task<bool> Probe::secure(EdgeRoute route) {
  EdgeDialOptions options;
  options.stage_limit = context_.limits.setup_stage;
  options.source = context_.source;
  options.proxy_tls = context_.proxy_tls;
  const std::shared_ptr<const Proxy> proxy = route.proxy;
  const std::string where = proxy ? proxy->to_string() : route.addresses.front().to_string();
  begin();
  EdgeDial dialled = co_await dial_edge(context_.loop, std::move(route), std::move(options));
  if (dialled.error) {
    fail(tcp, dialled.error->message, proxy ? "" : advice_for_tcp(dialled.error->kind, where));
    co_return false;
  }
  succeed(tcp, proxy ? "a tunnel through " + where : "connected");
  const net::TlsTarget target{.name = edge_.host, .sni = {}};
  stream_ = std::make_unique<net::TlsStream>(std::move(dialled.stream), context_.tls, target);
  begin();
  Task<Result<void>> handshake = stream_->handshake();
  const Result<void> done =
      co_await with_deadline(context_.loop, std::move(handshake), context_.limits.setup_stage,
                             "the TLS handshake with " + edge_.to_string());
  if (!done) {
    fail(tls, done.error().message, advice_for_tls(done.error(), edge_.to_string()));
    co_return false;
  }
  report_tls();
  co_return true;
}

void Probe::report_tls() {
  std::string detail =
      std::string(stream_->version()) + ", " + stream_->peer_subject() + ", " + context_.trust;
  const auto end = stream_->peer_not_after();
  if (!end) return succeed(tls, std::move(detail));
  const auto left = *end - std::chrono::system_clock::now();
  const auto days = std::chrono::duration_cast<std::chrono::hours>(left).count() / 24;
  succeed(tls, detail + ", " + std::to_string(days) + " days left");
  if (left >= soon) return;
  step(tls).state = State::warning;
  step(tls).advice.emplace_back(
      "the edge's certificate ends soon: outhaul-edge renews its own by itself, a certificate of "
      "yours has to be replaced there");
}

Task<SetupEnd> Probe::introduce() {
  tunnel::SessionRequest request;
  request.version = tunnel::protocol_version;
  request.instance = context_.instance;
  request.connection = 0;
  request.connections = 1;
  request.software_version = OUTHAUL_VERSION;
  request.probe = true;
  begin();
  SetupEnd end = co_await context_.profile.set_up(*stream_, edge_, std::move(request));
  note_time(end.date);
  if (end.refusal) {
    fail(introduction, end.refusal->message, advice_for_setup(*end.refusal));
  } else {
    succeed(introduction,
            "101, edge " + end.session->edge_name + ", connection " + end.session->connection_name);
  }
  co_return end;
}

void Probe::note_time(const std::string& date) {
  const auto time = http::parse_date(date);
  if (!time || context_.edge_time) return;
  context_.edge_time = time;
  context_.edge_time_read_at = std::chrono::system_clock::now();
}

/// Says what there is to say beside Session::run(), and ends that.
Task<void> Probe::look(h2::Session& session) {
  begin();
  const bool ready = co_await wait_for(context_.loop, ready_, context_.limits.setup_stage);
  if (!ready) {
    fail(http2, "the edge sent no HTTP/2 SETTINGS in time", advice_for_http2());
    session.abort(Error{ErrorKind::timed_out, "no SETTINGS"});
    co_return;
  }
  succeed(http2, "SETTINGS exchanged");
  begin();
  session.ping();
  const bool acknowledged =
      co_await wait_for(context_.loop, acknowledged_, context_.limits.setup_stage);
  if (!acknowledged) {
    fail(ping, "the edge did not answer a PING in time", advice_for_http2());
  } else {
    succeed(ping, "one round trip");
  }
  session.go_away(h2::ErrorCode::no_error, "this was a check");
  // The edge closes now, which ends the session and this task.
  co_await sleep_for(context_.loop, closing_time);
  session.abort(Error{ErrorKind::closed, "done"});
}

Task<void> Probe::talk(std::string early) {
  h2::SessionOptions options;
  options.role = h2::Role::server;
  h2::Session session(context_.loop, *stream_, options, *this);
  tasks_.spawn(look(session));
  const h2::SessionEnd end = co_await session.run(std::move(early));
  tasks_.cancel_all();
  for (const Stage stage : {http2, ping}) {
    if (step(stage).state != State::skipped) continue;
    fail(stage, "the connection ended: " + end.reason.message, advice_for_http2());
    break;
  }
}

}  // namespace

AddressReport unprobed(const EdgeRoute& route) {
  AddressReport report;
  report.address = route.proxy ? route.target.to_string() + " through " + route.proxy->to_string()
                               : route.addresses.front().to_string();
  for (const char* name : stage_names)
    report.steps.push_back(Step{.name = name});
  if (route.proxy) report.steps.front().name = "proxy";
  return report;
}

Task<void> probe_edge(ProbeContext& context, EdgeRoute route, AddressReport& report) {
  Probe probe(context, route.edge, report);
  co_await probe.run(std::move(route));
}

}  // namespace outhaul::agent::setup
