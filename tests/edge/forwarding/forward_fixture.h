#pragma once

#include <memory>
#include <string>

#include "common/tunnel/proxy_status.h"
#include "edge/forwarding/forwarder.h"
#include "tests/edge/forwarding/fakes.h"
#include "tests/edge/samples.h"
#include "tests/support/capture_log_sink.h"
#include "tests/support/run_task.h"

namespace outhaul::edge {

/// Forwards one request for an http service by scripted tunnels into a recording sink.
class ForwardFixture {
 public:
  ForwardFixture() {
    tunnel = sample_tunnel("office");
    service = sample_service("api", tunnel.id);
    head.method = "GET";
    head.scheme = "http";
    head.authority = "internal-host.com";
    head.path = "/a?secret=1";
    limits.hold_time = std::chrono::seconds(5);
  }

  http::ResponseHead answer(int status) const {
    http::ResponseHead response;
    response.status = status;
    response.fields.add("proxy-status", "\"" + tunnel::agent_name(tunnel.id) + "\"");
    return response;
  }
  http::ResponseHead agent_failure(int status, const std::string& error, bool retry) const {
    http::ResponseHead response;
    response.status = status;
    response.fields.add("proxy-status", "\"" + tunnel::agent_name(tunnel.id) + "\";error=" + error +
                                            ";details=\"10.0.0.5 said no\";next-hop=\"10.0.0.5\"");
    if (retry) response.fields.add("tunnel-retry", "?1");
    return response;
  }

  void run(std::string request_body = {}, http::BodyState end = http::BodyState::complete) {
    TextBody body(loop, request_body, end);
    run_with(body, !request_body.empty() || end != http::BodyState::complete);
  }
  void run_with(TextBody& body, bool has_body) {
    testing::run_task(loop, forward_once(body, has_body));
  }

  Loop loop;
  Limits limits;
  test::CaptureLogSink lines;
  Log log{lines};
  AccessLogRules access_log;
  Tunnel tunnel;
  Service service;
  http::RequestHead head;
  ScriptedTunnels tunnels{loop};
  http::ReplayBudget budget{default_limits.replay_total_size};
  RecordingSink sink{loop};

 private:
  Task<void> forward_once(TextBody& body, bool has_body) {
    Snapshot snapshot;
    snapshot.put(tunnel);
    snapshot.put(service);
    ForwardContext context{loop, limits, tunnels, budget, nullptr, "edge-test"};
    ForwardRequest request;
    request.snapshot = std::make_shared<const Snapshot>(snapshot);
    request.service = request.snapshot->service(service.id);
    request.head = head;
    request.received_protocol = "1.1";
    request.body = &body;
    request.has_body = has_body;
    AccessRecord record(log, access_log, "client", head);
    co_await forward(context, std::move(request), sink, record);
    record.finish();
  }
};

}  // namespace outhaul::edge
