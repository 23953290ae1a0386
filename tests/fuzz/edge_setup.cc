// A setup request at the edge, as bytes: before authentication there is only 404, after it nothing
// but what protocol.md section 2.1 lists, and an agent only where a live tunnel's key has signed.
//
// The first byte of an input: bit 0 the tunnel was deleted, bit 1 it is disabled, bit 2 bytes
// followed the head. Behind it stands the request; "@" in a field value `Authorization: @` is
// replaced by what a real agent would send for the input's own Host, so that mutations get past it.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "common/http/h1_head.h"
#include "common/tunnel/secret.h"
#include "edge/agents/setup_request.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

constexpr std::string_view tunnel_id = "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11";
constexpr std::string_view auth_mark = "Authorization: @";

/// In place of TLS: a fixed function of the context, known to both ends.
tunnel::ExporterOutput exported(Bytes context) {
  tunnel::ExporterOutput output{};
  for (std::size_t i = 0; i < context.size(); ++i)
    output.at(i % output.size()) ^= context[i];
  return output;
}

const tunnel::ConcealedKey& key() {
  static const tunnel::ConcealedKey derived = [] {
    std::array<std::byte, tunnel::TunnelSecret::size> bytes{};
    bytes.fill(std::byte{7});
    const auto secret = tunnel::TunnelSecret::from_bytes(bytes);
    return tunnel::ConcealedKey::derive(*Uuid::parse(tunnel_id), *secret);
  }();
  return derived;
}

/// The value for the Host that the text has, as far as it can be found without a parser.
std::string authorization_for(std::string_view text) {
  constexpr std::string_view field = "\r\nHost: ";
  const std::size_t begin = text.find(field);
  const std::string_view rest =
      begin == std::string_view::npos ? std::string_view() : text.substr(begin + field.size());
  const auto host = tunnel::parse_host(rest.substr(0, rest.find('\r')));
  const Uuid id = *Uuid::parse(tunnel_id);
  const auto context = tunnel::concealed_context(
      id, key().public_key(), host ? *host : tunnel::HostAndPort{"invalid", 443});
  return tunnel::concealed_authorization(id, key(), exported(context));
}

edge::SetupRequest read(std::string_view text, bool extra_bytes) {
  edge::SetupRequest request;
  http::RequestHeadParser parser;
  const http::HeadStep step = parser.feed(as_bytes(text));
  request.malformed = step.status != http::HeadStatus::complete;
  if (request.malformed) return request;
  request.head = parser.take_head();
  request.form = parser.form();
  request.version = parser.version();
  request.extra_bytes = extra_bytes || step.consumed < text.size();
  return request;
}

void run(unsigned bits, std::string_view input) {
  std::string text(input);
  const std::size_t at = text.find(auth_mark);
  const bool is_signed = at != std::string::npos;
  if (is_signed) {
    text.replace(at + auth_mark.size() - 1, 1, authorization_for(input));
  }
  edge::Tunnel tunnel;
  tunnel.id = *Uuid::parse(tunnel_id);
  tunnel.name = "office";
  tunnel.public_keys = {key().public_key()};
  if ((bits & 1U) != 0) tunnel.deleted_at = edge::Timestamp{};
  tunnel.disabled = (bits & 2U) != 0;
  edge::Snapshot snapshot;
  snapshot.put(tunnel);
  edge::SetupRules rules;
  rules.edge_name = "edge-fuzz";
  rules.public_names = {{"edge.example.net", 7844}};
  const edge::SetupRequest request = read(text, (bits & 4U) != 0);
  const edge::SetupVerdict verdict = edge::judge_setup(
      request, [](Bytes context) { return Result<tunnel::ExporterOutput>(exported(context)); },
      rules, snapshot);

  require(verdict.agent.has_value() == (verdict.status == 101), "101 is for agents only");
  require(is_signed || verdict.status == 404, "before authentication there is only 404");
  require(verdict.agent || !verdict.reason.empty(), "a refusal says why");
  static constexpr std::array<int, 7> statuses = {101, 400, 403, 404, 410, 421, 426};
  require(std::ranges::find(statuses, verdict.status) != statuses.end(),
          "the status is one of the protocol's");
  if (verdict.agent) {
    require(!tunnel.deleted_at && !tunnel.disabled, "a dead tunnel has no agents");
    require(verdict.agent->tunnel_id == tunnel.id && !request.extra_bytes && !request.malformed,
            "an agent is of the tunnel whose key has signed");
  }
  const std::string answer = edge::setup_answer(verdict, rules);
  http::ResponseHeadParser parser;
  const http::HeadStep step = parser.feed(as_bytes(answer));
  require(step.status == http::HeadStatus::complete && step.consumed == answer.size(),
          "the answer is one whole head");
  require(parser.take_head().status == verdict.status, "the answer says what the verdict is");
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  outhaul::fuzz::run(data[0], outhaul::fuzz::text_of(data + 1, size - 1));
  return 0;
}
