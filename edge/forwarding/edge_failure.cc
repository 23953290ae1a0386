#include "edge/forwarding/edge_failure.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "common/tunnel/proxy_status.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::edge {

namespace {

constexpr std::string_view retry_after_seconds = "1";

constexpr std::string_view agent_answer_detail =
    "the private network's agent could not serve the request; the log of the edge has the reason "
    "under this request_id";

std::string problem_document(int status, std::string_view title, std::string_view detail,
                             std::string_view request_id) {
  const nlohmann::json document = {{"type", "about:blank"},
                                   {"title", title},
                                   {"status", status},
                                   {"detail", detail},
                                   {"request_id", request_id}};
  // Whatever slipped into the detail must not break the document.
  return document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

void describe_body(http::Fields& fields, const std::string& body) {
  fields.set("content-type", "application/problem+json");
  fields.set("content-length", std::to_string(body.size()));
}

}  // namespace

EdgeFailure refusal(int status, tunnel::ProxyError error, std::string detail) {
  EdgeFailure failure;
  failure.status = status;
  failure.error = error;
  failure.detail = std::move(detail);
  return failure;
}

EdgeFailure failure_of_fault(const http::Fault& fault) {
  EdgeFailure failure;
  failure.status = http::request_status(fault.reason);
  failure.error = fault.reason == http::FaultReason::loop ? tunnel::ProxyError::proxy_loop_detected
                                                          : tunnel::ProxyError::http_request_error;
  failure.detail = fault.message;
  return failure;
}

FailureAnswer make_failure_answer(const EdgeFailure& failure, const AnswerContext& context) {
  FailureAnswer answer;
  answer.body = problem_document(failure.status, tunnel::to_string(failure.error), failure.detail,
                                 context.request_id);
  answer.head.status = failure.status;
  answer.head.fields = failure.fields;
  http::Fields& fields = answer.head.fields;
  describe_body(fields, answer.body);
  if (failure.retry_later) fields.add("retry-after", retry_after_seconds);
  tunnel::ProxyStatus status;
  tunnel::ProxyStatusMember member;
  member.name = context.edge_name;
  member.error = tunnel::to_string(failure.error);
  status.append(member);
  fields.add(tunnel::proxy_status_field, status.serialize());
  return answer;
}

FailureAnswer replace_agent_answer(http::ResponseHead head, const std::string& error,
                                   const AnswerContext& context) {
  FailureAnswer answer;
  answer.body = problem_document(head.status, error, agent_answer_detail, context.request_id);
  answer.head.status = head.status;
  // Nothing else of the agent's answer is meant for a client.
  for (const std::string_view name :
       {std::string_view("retry-after"), tunnel::proxy_status_field}) {
    if (const auto value = head.fields.find(name)) answer.head.fields.add(name, *value);
  }
  describe_body(answer.head.fields, answer.body);
  return answer;
}

}  // namespace outhaul::edge
