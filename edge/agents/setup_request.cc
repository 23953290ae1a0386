#include "edge/agents/setup_request.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "common/base/structured_fields.h"
#include "common/http/date.h"
#include "common/http/h1_framing.h"
#include "common/http/h1_writer.h"
#include "common/tunnel/ptth_names.h"
#include "edge/random_name.h"

namespace outhaul::edge {

namespace {

/// With 503: by then an agent that was replaced has gone.
constexpr int retry_after_s = 10;

SetupVerdict refuse(int status, std::string reason) {
  SetupVerdict verdict;
  verdict.status = status;
  verdict.reason = std::move(reason);
  return verdict;
}

std::vector<std::string_view> lines_of(const http::Fields& fields, std::string_view name) {
  std::vector<std::string_view> lines;
  for (const http::Field field : fields) {
    if (field.name == name) lines.push_back(field.value);
  }
  return lines;
}

/// Rules that hold before it is known who asks. Empty when all are kept.
std::string broken_form(const SetupRequest& request) {
  if (request.malformed) return "the request head is malformed";
  if (request.head.method != "GET") return "the method is not GET";
  if (request.form != http::TargetForm::origin) return "the request target is not a path";
  if (request.version != http::H1Version::http11) return "the request is not HTTP/1.1";
  return {};
}

struct Authenticated {
  Uuid tunnel_id;
  PublicKey key{};
  tunnel::HostAndPort host;
};

Result<Authenticated> authenticate(const SetupRequest& request, const tunnel::Exporter& exporter,
                                   const Snapshot& snapshot) {
  const std::vector<std::string_view> authorization =
      lines_of(request.head.fields, tunnel::authorization_field);
  const std::string form = broken_form(request);
  const auto host = tunnel::parse_host(request.head.authority);
  tunnel::ConcealedRequest concealed;
  concealed.path = request.head.path;
  concealed.authorization = authorization;
  concealed.host = host ? *host : tunnel::HostAndPort{"invalid", tunnel::https_port};
  // Tombstones count: their agents are to learn that the tunnel was deleted.
  const auto keys = [&snapshot](const Uuid& id) {
    const Tunnel* tunnel = snapshot.tunnel(id);
    return tunnel ? tunnel->public_keys : std::vector<PublicKey>{};
  };
  // Done in any case, so that every refusal costs the same time.
  const Result<Uuid> identity = tunnel::verify_concealed(concealed, exporter, keys);
  if (!form.empty()) return Error{ErrorKind::invalid, form};
  if (!host) return Error{ErrorKind::invalid, "Host: " + host.error().message};
  if (!identity) return identity.error();
  OUTHAUL_TRY(credentials, tunnel::parse_concealed(authorization.front()));
  return Authenticated{*identity, credentials.key, *host};
}

bool has_content(const SetupRequest& request) {
  const auto framing =
      http::request_framing(request.head.method, request.version, request.head.fields);
  return !framing || (framing->kind != http::BodyKind::none) ||
         request.head.fields.contains("content-length") || request.extra_bytes;
}

/// Whether exactly one line has exactly this value, but for case.
bool says(const http::Fields& fields, std::string_view name, std::string_view value) {
  return fields.count(name) == 1 && http::equals_ignoring_case(*fields.find(name), value);
}

/// The version that the agent speaks at most, if the field says one at all.
std::optional<std::int64_t> version_of(std::string_view session) {
  const auto fields = structured::parse_dictionary(session);
  if (!fields) return std::nullopt;
  const structured::Member* member = fields->find("v");
  const auto* version = member ? structured::as<std::int64_t>(*member) : nullptr;
  return version ? std::optional(*version) : std::nullopt;
}

/// Checks what is left once it is known that a live tunnel's agent asks.
SetupVerdict introduce(const SetupRequest& request, const Authenticated& who) {
  const http::Fields& fields = request.head.fields;
  if (!says(fields, tunnel::connection_field, tunnel::connection_upgrade) ||
      !says(fields, tunnel::upgrade_field, tunnel::ptth_upgrade_token)) {
    return refuse(426, "Connection: upgrade and Upgrade: ptth must be there once each");
  }
  if (!says(fields, tunnel::alpn_field, tunnel::ptth_inner_alpn)) {
    return refuse(400, "ALPN must name exactly h2");
  }
  const std::vector<std::string_view> session = lines_of(fields, tunnel::session_field);
  if (session.size() != 1) return refuse(400, "Tunnel-Session must be there once");
  const auto version = version_of(session.front());
  if (version && *version < tunnel::protocol_version) {
    return refuse(426, "the agent speaks version " + std::to_string(*version) + " only");
  }
  auto parsed = tunnel::parse_session_request(session.front());
  if (!parsed) return refuse(400, parsed.error().message);
  SetupVerdict verdict;
  verdict.status = 101;
  verdict.agent = AcceptedAgent{who.tunnel_id, who.key, *std::move(parsed), random_name(4)};
  return verdict;
}

}  // namespace

SetupVerdict judge_setup(const SetupRequest& request, const tunnel::Exporter& exporter,
                         const SetupRules& rules, const Snapshot& snapshot) {
  const auto who = authenticate(request, exporter, snapshot);
  if (!who) return refuse(404, who.error().message);
  if (has_content(request)) return refuse(400, "bytes came between the request and its answer");
  const Tunnel& tunnel = *snapshot.tunnel(who->tunnel_id);
  if (tunnel.deleted_at) return refuse(410, "the tunnel was deleted");
  if (tunnel.disabled) return refuse(403, "the tunnel is disabled");
  if (std::ranges::find(rules.public_names, who->host) == rules.public_names.end()) {
    return refuse(421, "Host is none of this edge's public names: add it with --public-name");
  }
  if (rules.has_room && !rules.has_room(who->tunnel_id)) {
    return refuse(503, "the tunnel's agents have too many connections (--connections-per-tunnel)");
  }
  return introduce(request, *who);
}

std::string setup_answer(const SetupVerdict& verdict, const SetupRules& rules) {
  std::string text = "HTTP/1.1 " + std::to_string(verdict.status) + " ";
  text.append(http::reason_phrase(verdict.status)).append("\r\n");
  const auto line = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  // An agent whose clock is wrong learns it from here.
  line("Date", http::date_text(std::chrono::system_clock::now()));
  if (verdict.agent) {
    tunnel::SessionResponse session;
    session.version = tunnel::protocol_version;
    session.connection_name = verdict.agent->connection_name;
    session.edge_name = rules.edge_name;
    session.ping = rules.ping;
    session.life = rules.life;
    line("Connection", tunnel::connection_upgrade);
    line("Upgrade", tunnel::ptth_upgrade_token);
    line("ALPN", tunnel::ptth_inner_alpn);
    line("Tunnel-Session", tunnel::serialize(session));
  } else {
    line("Connection", verdict.status == 426 ? "close, upgrade" : "close");
    line("Content-Length", "0");
    if (verdict.status == 503) line("Retry-After", std::to_string(retry_after_s));
    if (verdict.status == 426) {
      line("Upgrade", tunnel::ptth_upgrade_token);
      line("Tunnel-Session", "v=" + std::to_string(tunnel::protocol_version));
    }
  }
  return text + "\r\n";
}

}  // namespace outhaul::edge
