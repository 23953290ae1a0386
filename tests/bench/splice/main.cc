// Stands in for an edge: takes agents with either setup profile over TLS and joins each one to a
// plaintext HTTP/2 client, byte for byte, so that h2load or a protocol suite can drive the agent
// alone. It makes its own tunnel, key and certificate; the agent gets them from the token file.
// With --dial it joins the clients to a forward proxy instead, so that both are measured alike.

#include <csignal>
#include <memory>
#include <utility>

#include <unistd.h>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/signals.h"
#include "common/base/log.h"
#include "common/net/listener.h"
#include "tests/bench/arguments.h"
#include "tests/bench/splice/agent_accept.h"
#include "tests/bench/splice/credentials.h"
#include "tests/bench/splice/forward_proxy.h"
#include "tests/bench/splice/pairing.h"

namespace outhaul::bench {

namespace {

constexpr std::string_view usage =
    "usage: splice --listen ADDRESS:PORT --client-listen ADDRESS:PORT --token-out FILE\n"
    "  --listen         for agents (TLS)\n"
    "  --client-listen  for plaintext HTTP/2 clients; they give Tunnel-Service themselves\n"
    "  --token-out      where the agent's token goes (mode 0600), for profile ptth\n"
    "  --profile rhttp --credentials-out PREFIX\n"
    "                   instead: PREFIX.pem and PREFIX.pem.key for the agent, PREFIX.ca of the "
    "edge\n"
    "or:    splice --dial ADDRESS:PORT --client-listen ADDRESS:PORT\n"
    "  --dial           a forward proxy (TLS, HTTP/2), dialled for each client";

Task<void> take_agent(Loop& loop, Log& log, std::unique_ptr<net::TcpStream> tcp,
                      const Credentials& credentials, Pairing& pairing) {
  Task<Result<SplicedAgent>> accepting = accept_agent(loop, std::move(tcp), credentials);
  auto agent = co_await accepting;
  if (agent) {
    pairing.add_agent(std::move(*agent));
  } else {
    log.warn("agent_refused", {{"reason", agent.error().message}});
  }
}

Task<void> take_agents(Loop& loop, Log& log, net::Listener& listener,
                       const Credentials& credentials, Pairing& pairing) {
  Scope setups(loop);
  for (;;) {
    auto accepted = co_await listener.accept();
    if (!accepted) break;
    setups.spawn(take_agent(loop, log, std::move(*accepted), credentials, pairing));
  }
  log.error("agent_listener_failed");
  loop.stop();
}

Task<void> take_clients(Loop& loop, Log& log, net::Listener& listener, Pairing& pairing) {
  for (;;) {
    auto accepted = co_await listener.accept();
    if (!accepted) break;
    pairing.add_client(std::move(*accepted));
  }
  log.error("client_listener_failed");
  loop.stop();
}

Task<void> take_clients_of_proxy(Loop& loop, Log& log, net::Listener& listener,
                                 net::SocketAddress proxy,
                                 std::shared_ptr<const net::TlsClientContext> tls) {
  Scope joints(loop);
  for (;;) {
    auto accepted = co_await listener.accept();
    if (!accepted) break;
    joints.spawn(join_to_proxy(loop, log, std::move(*accepted), proxy, tls));
  }
  log.error("client_listener_failed");
  loop.stop();
}

Result<void> run_before_proxy(Loop& loop, Log& log, const Arguments& arguments) {
  OUTHAUL_TRY(clients, net::Listener::open(loop, arguments.endpoint("client-listen"), {}));
  OUTHAUL_TRY(tls, forward_proxy_tls());
  log.info("listening", {{"clients", clients->address().to_string()}});
  Scope accepting(loop);
  accepting.spawn(take_clients_of_proxy(loop, log, *clients, arguments.endpoint("dial"), tls));
  loop.run();
  return {};
}

Result<void> write_credentials(const Credentials& credentials, const Arguments& arguments) {
  if (credentials.profile == Profile::ptth) {
    return write_private_file(arguments.text("token-out"), credentials.token);
  }
  const std::string prefix = arguments.text("credentials-out");
  OUTHAUL_CHECK(write_private_file(prefix + ".pem", credentials.agent_pair.chain_pem));
  OUTHAUL_CHECK(write_private_file(prefix + ".pem.key", credentials.agent_pair.key_pem));
  return write_private_file(prefix + ".ca", credentials.authority_pem);
}

Result<void> run_as_edge(Loop& loop, Log& log, const Arguments& arguments) {
  OUTHAUL_TRY(agents, net::Listener::open(loop, arguments.endpoint("listen"), {}));
  OUTHAUL_TRY(clients, net::Listener::open(loop, arguments.endpoint("client-listen"), {}));
  const bool rhttp = arguments.text_or("profile", "ptth") == "rhttp";
  OUTHAUL_TRY(credentials,
              make_credentials(agents->address(), rhttp ? Profile::rhttp : Profile::ptth));
  OUTHAUL_CHECK(write_credentials(credentials, arguments));
  log.info("listening", {{"agents", agents->address().to_string()},
                         {"clients", clients->address().to_string()},
                         {"tunnel", credentials.tunnel_id.to_string()}});
  Pairing pairing(loop, log);
  Scope accepting(loop);
  accepting.spawn(take_agents(loop, log, *agents, credentials, pairing));
  accepting.spawn(take_clients(loop, log, *clients, pairing));
  loop.run();
  return {};
}

Result<void> run(const Arguments& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  Loop loop;
  SignalWatch signals(loop, {SIGTERM, SIGINT}, [&loop](int) { loop.stop(); });
  StreamLogSink sink(STDERR_FILENO, choose_log_style(LogFormat::automatic, STDERR_FILENO));
  Log log(sink);
  if (arguments.text_or("dial", "").empty()) return run_as_edge(loop, log, arguments);
  return run_before_proxy(loop, log, arguments);
}

}  // namespace

}  // namespace outhaul::bench

int main(int argument_count, char** arguments) {
  using namespace outhaul::bench;
  return run_program("splice", argument_count, arguments, usage, run);
}
