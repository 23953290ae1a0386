#include "edge/agents/ptth_accept.h"

#include <string>
#include <utility>

#include "common/async/combinators.h"
#include "common/base/byte_queue.h"
#include "common/http/h1_head.h"
#include "common/http/h1_read_head.h"
#include "common/net/io.h"

namespace outhaul::edge {

namespace {

/// Whether a byte arrived that may only come after the edge's 101.
bool spoke_too_early(net::ByteStream& stream, const ByteQueue& input) {
  return !input.empty() || !net::reusable(stream);
}

Task<Result<SetupRequest>> read_request(Loop& loop, net::ByteStream& stream, const Limits& limits) {
  http::HeadLimits head_limits;
  head_limits.max_head_bytes = limits.setup_head_size;
  http::RequestHeadParser parser(head_limits);
  ByteQueue input;
  Task<Result<http::HeadRead>> reading = http::read_head(parser, stream, input);
  OUTHAUL_CO_TRY(read, co_await with_deadline(loop, std::move(reading), limits.setup_stage,
                                              "the agent's setup request"));
  if (read == http::HeadRead::ended) {
    co_return Error{ErrorKind::closed, "the agent closed the connection without a request"};
  }
  SetupRequest request;
  if (read == http::HeadRead::refused) {
    request.malformed = true;
    co_return request;
  }
  request.head = parser.take_head();
  request.form = parser.form();
  request.version = parser.version();
  request.extra_bytes = spoke_too_early(stream, input);
  co_return request;
}

Error refusal(const SetupVerdict& verdict) {
  return Error{ErrorKind::denied,
               "answered " + std::to_string(verdict.status) + ": " + verdict.reason};
}

}  // namespace

Task<Result<AcceptedAgent>> accept_agent(Loop& loop, net::ByteStream& stream,
                                         const tunnel::Exporter& exporter, const SetupRules& rules,
                                         const SnapshotSource& snapshot, const Limits& limits) {
  OUTHAUL_CO_TRY(request, co_await read_request(loop, stream, limits));
  const std::shared_ptr<const Snapshot> directory = snapshot();
  SetupVerdict verdict = judge_setup(request, exporter, rules, *directory);
  const std::string answer = setup_answer(verdict, rules);
  Task<Result<void>> writing = net::write_all(stream, as_bytes(answer));
  OUTHAUL_CO_CHECK(written, co_await with_deadline(loop, std::move(writing), limits.setup_stage,
                                                   "sending the answer to the setup request"));
  if (!verdict.agent) co_return refusal(verdict);
  co_return std::move(*verdict.agent);
}

}  // namespace outhaul::edge
