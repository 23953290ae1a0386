#include "edge/agents/agent_listener.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "common/async/combinators.h"
#include "common/net/io.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::edge {

/// Counts a connection as half open, from its acceptance by the kernel until it ends or is an
/// agent's.
class HalfOpen {
 public:
  explicit HalfOpen(std::size_t& count) : count_(count) { ++count_; }
  ~HalfOpen() { --count_; }
  HalfOpen(const HalfOpen&) = delete;
  HalfOpen& operator=(const HalfOpen&) = delete;

 private:
  std::size_t& count_;
};

namespace {

constexpr std::chrono::seconds closing_time{2};
/// For SETTINGS, PING and GOAWAY, each with its own limit at the agent.
constexpr std::chrono::seconds probe_time{15};

Result<tunnel::ExporterOutput> export_from(const net::TlsStream& stream, Bytes context) {
  tunnel::ExporterOutput output{};
  OUTHAUL_TRY(material, stream.export_keying_material(tunnel::concealed_exporter_label, context,
                                                      output.size()));
  std::ranges::copy(material, output.begin());
  return output;
}

/// For a connection that no registry knows.
class NoObserver final : public ConnectionObserver {
 public:
  void on_usable_changed(AgentConnection& /*connection*/) override {}
  void on_suspect_changed(AgentConnection& /*connection*/) override {}
};

Task<Result<std::string>> run_to_end(AgentConnection& connection, net::TlsStream& stream) {
  co_return co_await connection.run(stream);
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

net::ListenOptions agent_listen_options(const Limits& limits) {
  net::ListenOptions options;
  options.tcp.user_timeout = limits.tcp_user_timeout;
  options.tcp.keepalive = net::Keepalive{};
  options.tcp.unsent_bytes_low_water = limits.unsent_bytes_low_water;
  return options;
}

AgentListener::AgentListener(AgentContext& context, std::unique_ptr<net::Listener> listener)
    : context_(context),
      listener_(std::move(listener)),
      accepting_(context.loop),
      connections_(context.loop) {}

void AgentListener::start() {
  accepting_.spawn(accept_all());
}

void AgentListener::stop() {
  stopped_ = true;
  accepting_.cancel_all();
  listener_.reset();
}

Task<void> AgentListener::accept_all() {
  for (;;) {
    auto accepted = co_await listener_->accept();
    if (!accepted) {
      context_.log.error("agent_listener_failed", {{"address", listener_->address().to_string()},
                                                   {"message", accepted.error().message}});
      co_return;
    }
    if (context_.half_open >= context_.agent_limits.half_open) {
      context_.log.warn(
          "agent_turned_away",
          {{"address", (*accepted)->peer_address().to_string(), LogFieldRole::peer_address},
           {"message", "too many connections are being set up"}});
      (*accepted)->reset();
      continue;
    }
    // Counted now: the task begins later, when more connections may have been taken.
    auto half_open = std::make_unique<HalfOpen>(context_.half_open);
    connections_.spawn(serve(std::move(*accepted), std::move(half_open)));
  }
}

Task<void> AgentListener::serve(std::unique_ptr<net::TcpStream> tcp,
                                std::unique_ptr<HalfOpen> half_open) {
  const std::string address = tcp->peer_address().to_string();
  net::TlsStreamOptions tls_options;
  tls_options.truncation = net::Truncation::tolerated;
  net::TlsStream stream(std::move(tcp), context_.identity.tls(), tls_options);
  auto agent = co_await set_up(stream);
  // A probe goes on counting as half open, which bounds the number of them.
  if (!agent || !agent->session.probe) half_open.reset();
  if (!agent) {
    context_.log.warn("agent_refused", {{"address", address, LogFieldRole::peer_address},
                                        {"reason", agent.error().message}});
  } else if (agent->session.probe && !stopped_) {
    co_await serve_probe(stream, std::move(*agent), address);
  } else if (!stopped_) {
    co_await serve_agent(stream, std::move(*agent), address);
  }
  co_await close_politely(stream);
}

Task<Result<AcceptedAgent>> AgentListener::set_up(net::TlsStream& stream) {
  Task<Result<void>> handshake = stream.handshake();
  OUTHAUL_CO_CHECK(secured,
                   co_await with_deadline(context_.loop, std::move(handshake),
                                          context_.limits.setup_stage, "the TLS handshake"));
  const tunnel::Exporter exporter = [&stream](Bytes context) {
    return export_from(stream, context);
  };
  Task<Result<AcceptedAgent>> accepting = accept_agent(
      context_.loop, stream, exporter, context_.rules, context_.snapshot, context_.limits);
  co_return co_await accepting;
}

Task<void> AgentListener::serve_agent(net::TlsStream& stream, AcceptedAgent agent,
                                      std::string address) {
  const std::string tunnel = agent.tunnel_id.to_string();
  const tunnel::SessionRequest session = agent.session;
  const std::string name = agent.connection_name;
  context_.log.info("agent_up", {{"tunnel", tunnel},
                                 {"connection", name},
                                 {"address", address},
                                 {"instance", session.instance.to_string()},
                                 {"slot", session.connection},
                                 {"version", session.software_version}});
  const TimePoint began = context_.loop.now();
  AgentConnection connection(context_.loop, context_.limits, std::move(agent), context_.registry,
                             context_.memory, context_.agent_limits);
  const AgentEntry entry(context_.registry, connection);
  const std::string reason = co_await connection.run(stream);
  context_.log.info("agent_down", {{"tunnel", tunnel},
                                   {"connection", name},
                                   {"slot", session.connection},
                                   {"reason", reason},
                                   {"served_s", seconds(context_.loop.now() - began)}});
}

Task<void> AgentListener::serve_probe(net::TlsStream& stream, AcceptedAgent agent,
                                      std::string address) {
  const std::string tunnel = agent.tunnel_id.to_string();
  const tunnel::SessionRequest session = agent.session;
  const std::string name = agent.connection_name;
  const TimePoint began = context_.loop.now();
  NoObserver nobody;
  AgentConnection connection(context_.loop, context_.limits, std::move(agent), nobody);
  Task<Result<std::string>> running = run_to_end(connection, stream);
  const Result<std::string> end =
      co_await with_deadline(context_.loop, std::move(running), probe_time, "the probe");
  context_.log.info("agent_probe", {{"tunnel", tunnel},
                                    {"connection", name},
                                    {"address", address, LogFieldRole::peer_address},
                                    {"instance", session.instance.to_string()},
                                    {"version", session.software_version},
                                    {"reason", end ? *end : end.error().message},
                                    {"served_s", seconds(context_.loop.now() - began)}});
}

Task<void> AgentListener::close_politely(net::TlsStream& stream) {
  Task<Result<void>> closing = net::shutdown(stream);
  // A peer that is gone, or does not read, is not waited for.
  const Result<void> closed = co_await with_deadline(context_.loop, std::move(closing),
                                                     closing_time, "closing the connection");
  if (!closed) stream.reset();
}

}  // namespace outhaul::edge
