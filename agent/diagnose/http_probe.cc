#include "agent/diagnose/http_probe.h"

#include <cstdint>
#include <utility>

#include "common/async/combinators.h"
#include "common/base/byte_queue.h"
#include "common/http/field_filter.h"
#include "common/http/h1_body_writer.h"
#include "common/http/h1_read_head.h"
#include "common/http/h1_writer.h"
#include "common/http/translation.h"

namespace outhaul::agent {

namespace {

Task<void> send(net::ByteStream& stream, const OriginRequest& request) {
  PooledText text;
  http::append_request_head(text, request.head, request.framing);
  http::H1BodyWriter writer(stream, std::move(text), request.framing);
  writer.finish(http::Fields());
  // A failure shows itself in reading, perhaps behind an early answer.
  while (!writer.drained() && !writer.failed()) {
    co_await stream.writable().wait();
    writer.drive();
  }
}

Result<http::ResponseHead> accept(http::ResponseHead head, http::H1Version version,
                                  const OriginRequest& request, const http::HeadLimits& limits) {
  OUTHAUL_CHECK(http::response_framing(request.head.method, version, head.status, head.fields));
  http::strip_hop_by_hop(head.fields, http::NextHop::http2);
  http::remove_tunnel_fields(head.fields);
  if (const auto fault = http::check_response(head, limits)) return http::response_error(*fault);
  return head;
}

Task<Result<http::ResponseHead>> receive(const Limits& limits, net::ByteStream& stream,
                                         const OriginRequest& request) {
  const http::HeadLimits head_limits = relay_head_limits(limits);
  http::ResponseHeadParser parser(head_limits);
  ByteQueue input;
  for (std::uint32_t interim = 0;; ++interim) {
    OUTHAUL_CO_TRY(read, co_await http::read_head(parser, stream, input));
    if (read == http::HeadRead::refused) co_return http::response_error(parser.fault());
    if (read == http::HeadRead::ended) {
      co_return Error{ErrorKind::closed, "the origin closed the connection without an answer"};
    }
    http::ResponseHead head = parser.take_head();
    if (head.status >= 200) {
      co_return accept(std::move(head), parser.version(), request, head_limits);
    }
    if (head.status == 101) {
      co_return Error{ErrorKind::protocol, "the origin switched protocols without being asked"};
    }
    if (interim == limits.interim_responses) {
      co_return Error{ErrorKind::protocol, "the origin sent more than " + std::to_string(interim) +
                                               " interim responses"};
    }
    parser.reset();
  }
}

Task<Result<http::ResponseHead>> converse(const Limits& limits, net::ByteStream& stream,
                                          const OriginRequest& request) {
  co_await send(stream, request);
  Task<Result<http::ResponseHead>> answer = receive(limits, stream, request);
  co_return co_await answer;
}

}  // namespace

std::string probe_authority(const tunnel::Descriptor& service) {
  std::string authority = tunnel::connect_authority(service);
  const bool implied = (service.scheme == tunnel::ServiceScheme::http && service.port == 80) ||
                       (service.scheme == tunnel::ServiceScheme::https && service.port == 443);
  if (implied) authority.resize(authority.rfind(':'));
  return authority;
}

PreparedRequest prepare_probe(const DiagnosisOptions& options) {
  http::RequestHead head;
  head.method = options.method;
  head.scheme = tunnel::to_string(options.service.scheme);
  head.authority = probe_authority(options.service);
  head.path = options.path;
  head.fields.add("user-agent", "outhaul/" OUTHAUL_VERSION);
  head.fields.add("accept", "*/*");
  PreparedRequest prepared =
      prepare_origin_request(std::move(head), false, relay_head_limits(options.limits));
  if (!options.settings.host.empty()) prepared.request.head.authority = options.settings.host;
  return prepared;
}

Task<Result<http::ResponseHead>> fetch_head(Loop& loop, const Limits& limits,
                                            net::ByteStream& stream, const OriginRequest& request) {
  Task<Result<http::ResponseHead>> conversation = converse(limits, stream, request);
  co_return co_await with_deadline(loop, std::move(conversation), limits.origin_first_byte,
                                   "the answer to " + std::string(request.head.method));
}

}  // namespace outhaul::agent
