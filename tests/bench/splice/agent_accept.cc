#include "tests/bench/splice/agent_accept.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "common/async/combinators.h"
#include "common/base/byte_queue.h"
#include "common/base/limits.h"
#include "common/http/h1_head.h"
#include "common/http/h1_read_head.h"
#include "common/net/io.h"
#include "common/tunnel/concealed_authentication.h"
#include "common/tunnel/ptth_names.h"
#include "common/tunnel/session_fields.h"
#include "tests/bench/splice/client_magic.h"

namespace outhaul::bench {

namespace {

constexpr std::string_view not_found =
    "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

std::vector<std::string_view> lines_of(const http::Fields& fields, std::string_view name) {
  std::vector<std::string_view> lines;
  for (const http::Field field : fields) {
    if (field.name == name) lines.push_back(field.value);
  }
  return lines;
}

Result<tunnel::SessionRequest> verify(const http::RequestHead& head, const net::TlsStream& stream,
                                      const Credentials& credentials) {
  OUTHAUL_TRY(host, tunnel::parse_host(head.authority));
  const auto authorization = lines_of(head.fields, tunnel::authorization_field);
  const tunnel::ConcealedRequest request{
      .path = head.path, .authorization = authorization, .host = host};
  const tunnel::Exporter exporter = [&stream](Bytes context) -> Result<tunnel::ExporterOutput> {
    tunnel::ExporterOutput output{};
    OUTHAUL_TRY(material, stream.export_keying_material(tunnel::concealed_exporter_label, context,
                                                        output.size()));
    std::ranges::copy(material, output.begin());
    return output;
  };
  const tunnel::KeyLookup keys = [&credentials](const Uuid& id) {
    return id == credentials.tunnel_id ? std::vector{credentials.agent_key}
                                       : std::vector<tunnel::PublicKey>{};
  };
  OUTHAUL_CHECK(tunnel::verify_concealed(request, exporter, keys));
  const auto session = lines_of(head.fields, tunnel::session_field);
  if (session.size() != 1) {
    return Error{ErrorKind::invalid, "Tunnel-Session must be there once"};
  }
  return tunnel::parse_session_request(session.front());
}

std::string switching_protocols() {
  tunnel::SessionResponse session;
  session.connection_name = "splice";
  session.edge_name = "splice";
  std::string text = "HTTP/1.1 101 Switching Protocols\r\n";
  const auto line = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  line("Connection", tunnel::connection_upgrade);
  line("Upgrade", tunnel::ptth_upgrade_token);
  line("ALPN", tunnel::ptth_inner_alpn);
  line("Tunnel-Session", tunnel::serialize(session));
  return text + "\r\n";
}

Task<Result<http::RequestHead>> read_setup(net::TlsStream& stream) {
  http::RequestHeadParser parser;
  ByteQueue input;
  OUTHAUL_CO_TRY(read, co_await http::read_head(parser, stream, input));
  if (read != http::HeadRead::complete || !input.empty()) {
    co_return Error{ErrorKind::protocol, "no well-formed setup request"};
  }
  co_return parser.take_head();
}

}  // namespace

Task<Result<SplicedAgent>> accept_agent(Loop& loop, std::unique_ptr<net::TcpStream> tcp,
                                        const Credentials& credentials) {
  SplicedAgent agent;
  const std::string address = tcp->peer_address().to_string();
  net::TlsStreamOptions options;
  options.truncation = net::Truncation::tolerated;
  agent.stream = std::make_unique<net::TlsStream>(std::move(tcp), credentials.tls, options);
  Task<Result<void>> handshake = agent.stream->handshake();
  OUTHAUL_CO_CHECK(secured, co_await with_deadline(loop, std::move(handshake),
                                                   default_limits.setup_stage, "TLS handshake"));
  if (credentials.profile == Profile::rhttp) {
    Task<Result<std::vector<std::byte>>> taking = take_client_magic(*agent.stream);
    OUTHAUL_CO_TRY(early, co_await with_deadline(loop, std::move(taking),
                                                 default_limits.setup_stage, "client magic"));
    agent.sends_client_magic = true;
    agent.early = std::move(early);
    agent.name = address;
    co_return std::move(agent);
  }
  Task<Result<http::RequestHead>> reading = read_setup(*agent.stream);
  OUTHAUL_CO_TRY(head, co_await with_deadline(loop, std::move(reading), default_limits.setup_stage,
                                              "setup request"));
  auto session = verify(head, *agent.stream, credentials);
  const std::string answer = session ? switching_protocols() : std::string(not_found);
  OUTHAUL_CO_CHECK(answered, co_await net::write_all(*agent.stream, as_bytes(answer)));
  if (!session) co_return std::move(session.error());
  agent.name = "slot " + std::to_string(session->connection) + " of " + address;
  co_return std::move(agent);
}

}  // namespace outhaul::bench
