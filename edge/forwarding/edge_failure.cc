#include "edge/forwarding/edge_failure.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "common/tunnel/proxy_status.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::edge {

namespace {

constexpr std::string_view retry_after_seconds = "1";

std::string problem_document(const EdgeFailure& failure) {
  const nlohmann::json document = {{"type", "about:blank"},
                                   {"title", tunnel::to_string(failure.error)},
                                   {"status", failure.status},
                                   {"detail", failure.detail}};
  // Whatever slipped into the detail must not break the document.
  return document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

EdgeFailure failure_of_fault(const http::Fault& fault) {
  EdgeFailure failure;
  failure.status = http::request_status(fault.reason);
  failure.error = fault.reason == http::FaultReason::loop ? tunnel::ProxyError::proxy_loop_detected
                                                          : tunnel::ProxyError::http_request_error;
  failure.detail = fault.message;
  return failure;
}

FailureAnswer make_failure_answer(const EdgeFailure& failure, const std::string& edge_name) {
  FailureAnswer answer;
  answer.body = problem_document(failure);
  answer.head.status = failure.status;
  http::Fields& fields = answer.head.fields;
  fields.add("content-type", "application/problem+json");
  fields.add("content-length", std::to_string(answer.body.size()));
  if (failure.retry_later) fields.add("retry-after", retry_after_seconds);
  tunnel::ProxyStatus status;
  tunnel::ProxyStatusMember member;
  member.name = edge_name;
  member.error = tunnel::to_string(failure.error);
  status.append(member);
  fields.add(tunnel::proxy_status_field, status.serialize());
  return answer;
}

}  // namespace outhaul::edge
