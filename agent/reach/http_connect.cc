#include "agent/reach/http_connect.h"

#include <array>
#include <cstddef>
#include <utility>

#include "common/base/base64.h"
#include "common/base/byte_queue.h"
#include "common/http/h1_head.h"
#include "common/http/h1_read_head.h"
#include "common/http/syntax.h"
#include "common/net/io.h"

namespace outhaul::agent {

namespace {

constexpr int login_required = 407;
constexpr int most_interim_answers = 8;
constexpr std::size_t head_size = std::size_t{16} * 1024;

Error not_http(const std::string& rule) {
  return Error{ErrorKind::protocol,
               "does not answer as an HTTP proxy: " + rule + "; check its port and the scheme"};
}

/// Of the schemes that proxies use; their names are all that is shown of the field.
std::string offered_schemes(const http::Fields& fields) {
  constexpr std::array<std::string_view, 5> known{"Basic", "Digest", "NTLM", "Negotiate", "Bearer"};
  std::string names;
  for (const std::string_view name : known) {
    bool offered = false;
    for (const auto& field : fields) {
      if (!http::equals_ignoring_case(field.name, "proxy-authenticate")) continue;
      // A scheme stands first in the line, or after a comma.
      http::for_each_member(field.value, [&](std::string_view member) {
        const std::string_view scheme = member.substr(0, member.find(' '));
        offered = offered || http::equals_ignoring_case(scheme, name);
      });
    }
    if (offered) names.append(names.empty() ? "" : ", ").append(name);
  }
  return names;
}

Error login_refusal(const http::Fields& fields, bool had_credentials) {
  const std::string schemes = offered_schemes(fields);
  if (!schemes.empty() && schemes.find("Basic") == std::string::npos) {
    return {ErrorKind::denied, "asks for a login by " + schemes +
                                   " (407), and only Basic is known here; let the proxy allow "
                                   "Basic, or let this machine pass without login"};
  }
  if (had_credentials) {
    return {ErrorKind::denied,
            "does not accept the user and password (407); correct the credentials"};
  }
  return {ErrorKind::denied, "asks for a login (407); give --proxy-credentials-file FILE"};
}

}  // namespace

std::string connect_request(std::string_view authority, const ProxyCredentials* credentials) {
  std::string text = "CONNECT ";
  text.append(authority).append(" HTTP/1.1\r\nHost: ").append(authority).append("\r\n");
  if (credentials != nullptr) {
    const std::string pair = credentials->user + ":" + credentials->password;
    text.append("Proxy-Authorization: Basic ").append(base64_encode(as_bytes(pair)));
    text += "\r\n";
  }
  return text += "\r\n";
}

std::optional<Error> connect_refusal(const http::ResponseHead& head, bool had_credentials) {
  if (head.status >= 200 && head.status < 300) return std::nullopt;
  const std::string status = std::to_string(head.status);
  if (head.status == login_required) return login_refusal(head.fields, had_credentials);
  if (head.status == 403) {
    return Error{ErrorKind::denied,
                 "does not allow connections to it (403); many proxies allow port 443 only: see "
                 "--edge-port-fallback, or let the proxy allow this port"};
  }
  if (head.status == 500 || head.status == 502 || head.status == 503 || head.status == 504) {
    // squid answers 500 where it cannot resolve the name.
    return Error{ErrorKind::unreachable,
                 "cannot reach it, or not resolve its name (" + status + ")"};
  }
  return Error{ErrorKind::unreachable, "answered with status " + status};
}

Task<Result<std::string>> open_http_tunnel(net::ByteStream& stream, std::string authority,
                                           const ProxyCredentials* credentials, ReachStage& stage) {
  stage = ReachStage::proxy_login;
  const std::string request = connect_request(authority, credentials);
  OUTHAUL_CO_CHECK(written, co_await net::write_all(stream, as_bytes(request)));

  http::HeadLimits limits;
  limits.max_head_bytes = head_size;
  http::ResponseHeadParser parser(limits);
  ByteQueue input;
  http::ResponseHead head;
  for (int interim = 0;; ++interim) {
    OUTHAUL_CO_TRY(read, co_await http::read_head(parser, stream, input));
    if (read == http::HeadRead::refused) co_return not_http(parser.fault().message);
    if (read == http::HeadRead::ended) {
      co_return Error{ErrorKind::closed, "closed the connection without an answer"};
    }
    head = parser.take_head();
    // 101 is no interim answer, and nobody asked for it.
    if (head.status >= 200 || head.status == 101) break;
    if (interim == most_interim_answers) co_return not_http("no final status comes");
    parser.reset();
  }
  if (head.status != login_required) stage = ReachStage::proxy_open;
  auto refusal = connect_refusal(head, credentials != nullptr);
  if (refusal) co_return std::move(*refusal);
  // Content-Length and Transfer-Encoding mean nothing here (RFC 9110 section 9.3.6).
  std::string early;
  while (!input.empty()) {
    const Bytes front = input.front();
    early += as_text(front);
    input.consume(front.size());
  }
  co_return early;
}

}  // namespace outhaul::agent
