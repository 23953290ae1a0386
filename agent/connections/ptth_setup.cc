#include "agent/connections/ptth_setup.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/async/combinators.h"
#include "common/http/h1_framing.h"
#include "common/http/h1_head.h"
#include "common/http/h1_read_head.h"
#include "common/http/syntax.h"
#include "common/net/io.h"
#include "common/tunnel/concealed_authentication.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

namespace {

constexpr std::chrono::seconds longest_retry_after = std::chrono::hours(1);

SetupEnd refuse(RefusalAction action, std::string message, Duration retry_after = {}) {
  SetupEnd end;
  end.refusal = SetupRefusal{action, std::move(message), retry_after};
  return end;
}

SetupEnd refuse_answer(const std::string& rule) {
  return refuse(RefusalAction::back_off,
                "the edge's answer to the setup request is not valid: " + rule);
}

/// Seconds only; a date would need a clock that agrees with the edge's.
Duration retry_after_of(const http::Fields& fields) {
  const auto value = fields.find("retry-after");
  const auto seconds = value ? http::parse_decimal(*value) : std::nullopt;
  if (!seconds) return std::chrono::seconds(10);
  return std::min(longest_retry_after,
                  std::chrono::seconds(std::min<std::uint64_t>(*seconds, std::uint64_t{1} << 20)));
}

SetupEnd read_refusal(const http::ResponseHead& head) {
  switch (head.status) {
    case 404:
      return refuse(RefusalAction::rejected,
                    "the edge does not know this tunnel or its key (404): check that the token is "
                    "the newest one of this tunnel and that --edge is the right edge");
    case 403:
      return refuse(RefusalAction::slow,
                    "the tunnel is disabled at the edge (403): enable it there");
    case 410:
      return refuse(RefusalAction::deleted,
                    "the tunnel was deleted at the edge (410): remove this agent, or give it the "
                    "token of another tunnel");
    case 421:
      return refuse(RefusalAction::next_edge,
                    "the edge does not accept the name it was asked for (421): add it to the "
                    "edge's --public-name, or correct --edge");
    case 426:
      return refuse(RefusalAction::slow,
                    "the edge speaks another version of the tunnel protocol (426): upgrade the "
                    "older of the two");
    case 429:
    case 503:
      return refuse(RefusalAction::retry_after,
                    "the edge is busy (" + std::to_string(head.status) + ") and asked to wait",
                    retry_after_of(head.fields));
    default:
      return refuse(RefusalAction::back_off, "the edge answered the setup request with status " +
                                                 std::to_string(head.status));
  }
}

/// The one value of a field that must be there exactly once.
std::optional<std::string_view> single(const http::Fields& fields, std::string_view name) {
  if (fields.count(name) != 1) return std::nullopt;
  return fields.find(name);
}

}  // namespace

SetupEnd read_setup_answer(const http::ResponseHead& head) {
  if (head.status != 101) return read_refusal(head);
  const http::Fields& fields = head.fields;
  const auto connection = single(fields, tunnel::connection_field);
  if (!connection || !http::equals_ignoring_case(*connection, tunnel::connection_upgrade)) {
    return refuse_answer("Connection: upgrade is missing");
  }
  const auto upgrade = single(fields, tunnel::upgrade_field);
  if (!upgrade || *upgrade != tunnel::ptth_upgrade_token) {
    return refuse_answer("Upgrade: ptth is missing");
  }
  const auto alpn = single(fields, tunnel::alpn_field);
  if (!alpn || *alpn != tunnel::ptth_inner_alpn) {
    return refuse_answer("ALPN must name exactly h2");
  }
  if (fields.contains("content-length") || fields.contains("transfer-encoding")) {
    return refuse_answer("a 101 has no content");
  }
  const auto session = single(fields, tunnel::session_field);
  if (!session) return refuse_answer("Tunnel-Session must be there once");
  auto parsed = tunnel::parse_session_response(*session, tunnel::protocol_version);
  if (!parsed) return refuse_answer(parsed.error().message);
  SetupEnd end;
  end.session = *std::move(parsed);
  return end;
}

std::string_view PtthSetup::alpn() const {
  return tunnel::ptth_tls_alpn;
}

Result<std::string> PtthSetup::request_text(net::TlsStream& stream, const tunnel::EdgeAddress& edge,
                                            const tunnel::SessionRequest& request) const {
  const std::string host = edge.host_field();
  OUTHAUL_TRY(parsed_host, tunnel::parse_host(host));
  const std::vector<std::byte> context =
      tunnel::concealed_context(tunnel_id_, key_.public_key(), parsed_host);
  OUTHAUL_TRY(material, stream.export_keying_material(tunnel::concealed_exporter_label, context,
                                                      tunnel::ExporterOutput().size()));
  tunnel::ExporterOutput exported{};
  std::ranges::copy(material, exported.begin());
  std::string text;
  const auto line = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  text.append("GET ").append(tunnel::ptth_path_prefix).append(tunnel_id_.to_string());
  text.append(" HTTP/1.1\r\n");
  line("Host", host);
  line("Connection", tunnel::connection_upgrade);
  line("Upgrade", tunnel::ptth_upgrade_token);
  line("ALPN", tunnel::ptth_inner_alpn);
  line("Authorization", tunnel::concealed_authorization(tunnel_id_, key_, exported));
  line("Tunnel-Session", tunnel::serialize(request));
  text += "\r\n";
  return text;
}

Task<SetupEnd> PtthSetup::set_up(net::TlsStream& stream, const tunnel::EdgeAddress& edge,
                                 tunnel::SessionRequest request) {
  const auto text = request_text(stream, edge, request);
  if (!text) co_return refuse(RefusalAction::back_off, text.error().message);
  const Result<void> written = co_await net::write_all(stream, as_bytes(*text));
  if (!written) co_return refuse(RefusalAction::back_off, written.error().message);

  http::HeadLimits head_limits;
  head_limits.max_head_bytes = limits_.setup_head_size;
  http::ResponseHeadParser parser(head_limits);
  ByteQueue input;
  Task<Result<http::HeadRead>> reading = http::read_head(parser, stream, input);
  const Result<http::HeadRead> read = co_await with_deadline(
      loop_, std::move(reading), limits_.setup_stage, "the edge's answer to the setup request");
  if (!read) co_return refuse(RefusalAction::back_off, read.error().message);
  if (*read == http::HeadRead::refused) co_return refuse_answer(parser.fault().message);
  if (*read == http::HeadRead::ended) {
    co_return refuse(RefusalAction::back_off, "the edge closed the connection without an answer");
  }
  const http::ResponseHead head = parser.take_head();
  SetupEnd end = read_setup_answer(head);
  if (const auto date = head.fields.find("date")) end.date = *date;
  if (end.refusal) end.refusal->status = head.status;
  while (!input.empty()) {
    const Bytes front = input.front();
    end.early += as_text(front);
    input.consume(front.size());
  }
  co_return end;
}

}  // namespace outhaul::agent
