#include "agent/relay/relay_server.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/relay/access_record.h"
#include "agent/relay/admission.h"
#include "agent/relay/answer.h"
#include "agent/relay/http_relay.h"
#include "agent/relay/tcp_relay.h"
#include "agent/relay/websocket_relay.h"

namespace outhaul::agent {

namespace {

/// Counts a request for as long as its relay lives, whatever ends it.
class Active {
 public:
  explicit Active(std::atomic<std::size_t>& count) : count_(count) {
    count_.fetch_add(1, std::memory_order_relaxed);
  }
  Active(const Active&) = delete;
  Active& operator=(const Active&) = delete;
  ~Active() { give_one_back(count_); }

 private:
  std::atomic<std::size_t>& count_;
};

/// The request's place among those of its service, given back likewise.
class ActiveOfService {
 public:
  /// What was taken from `use`.
  explicit ActiveOfService(std::shared_ptr<ServiceUse> use) : use_(std::move(use)) {}
  ActiveOfService(const ActiveOfService&) = delete;
  ActiveOfService& operator=(const ActiveOfService&) = delete;
  ~ActiveOfService() { give_one_back(use_->requests); }

 private:
  std::shared_ptr<ServiceUse> use_;
};

/// Success is a place that the caller gives back.
std::optional<RelayFailure> take_place(const RelayRequest& request) {
  const std::uint32_t limit = request.settings().requests;
  if (take_one(request.service->use->requests, limit)) return std::nullopt;
  return RelayFailure{tunnel::Failure::too_many_connections,
                      "this service has " + std::to_string(limit) +
                          " requests through this agent already (--requests-per-service)"};
}

/// The kind of relay that a request asks for (protocol.md section 3).
Task<std::optional<RelayFailure>> relay(RelayRequest& request) {
  const http::RequestHead& head = request.stream.request();
  if (head.method != "CONNECT") return relay_http(request);
  if (head.protocol.empty()) return relay_tcp(request);
  return relay_websocket(request);
}

bool is_unknown_protocol(const http::RequestHead& head) {
  return !head.protocol.empty() && head.protocol != "websocket";
}

}  // namespace

Task<void> RelayServer::serve_arrived(std::string connection, std::unique_ptr<h2::Stream> stream,
                                      TimePoint arrived) {
  const Active active(context_.process->requests);
  const AnswerContent content =
      stream->request().method == "HEAD" ? AnswerContent::none : AnswerContent::problem;
  AccessRecord record(context_.log, context_.access_log, connection, stream->request(),
                      stream->id(), arrived);
  record.count_in(context_.traffic);
  RelayRequest request{.context = context_, .stream = *stream, .record = record};
  std::optional<RelayFailure> failure = admit(request);
  if (!failure && is_unknown_protocol(stream->request())) {
    failure = RelayFailure{tunnel::Failure::not_implemented,
                           ":protocol: this agent serves websocket only"};
  }
  if (!failure) failure = take_place(request);
  std::optional<ActiveOfService> active_of_service;
  if (!failure) {
    active_of_service.emplace(request.service->use);
    failure = co_await relay(request);
  }
  if (failure) {
    co_await answer(request, *failure, content);
  } else if (!stream->failed()) {
    co_await wait_until_sent(request);
  }
  // A stream that failed by then did not take all of it.
  if (!stream->failed()) record.finish();
}

}  // namespace outhaul::agent
