#include "agent/diagnose/walk.h"

#include <functional>
#include <memory>
#include <utility>

#include "agent/diagnose/http_probe.h"
#include "agent/network/resolver_options.h"
#include "agent/origins/connector.h"
#include "common/http/h1_writer.h"

namespace outhaul::agent {

namespace {

void finish(StepReport& step, const std::optional<RelayFailure>& failure, Duration time) {
  step.state = failure ? StepState::failed : StepState::ok;
  step.time = time;
  if (failure) step.detail = failure->detail;
}

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "es");
}

/// The three steps that a locator does, from its trace.
void report_location(Diagnosis& diagnosis, TimePoint began, TimePoint ended) {
  const TargetTrace& trace = diagnosis.trace;
  const auto& failure = diagnosis.failure;
  if (trace.descriptor_refusal) {
    finish(diagnosis.step(Step::policy), failure, ended - began);
    return;
  }
  finish(diagnosis.step(Step::policy), std::nullopt, trace.checked_at - began);
  if (diagnosis.asked() == nullptr) {
    diagnosis.step(Step::dns).state = StepState::not_needed;
  } else if (trace.verdicts.empty()) {
    finish(diagnosis.step(Step::dns), failure, trace.found_at - trace.checked_at);
    return;
  } else {
    finish(diagnosis.step(Step::dns), std::nullopt, trace.found_at - trace.checked_at);
    diagnosis.step(Step::dns).detail = counted(trace.verdicts.size(), "address");
  }
  finish(diagnosis.step(Step::addresses), failure, ended - trace.found_at);
  if (failure) return;
  std::size_t allowed = 0;
  for (const AddressVerdict& verdict : trace.verdicts)
    if (!verdict.refusal) ++allowed;
  diagnosis.step(Step::addresses).detail =
      std::to_string(allowed) + " of " + counted(trace.verdicts.size(), "address") + " allowed";
}

Task<std::vector<net::SocketAddress>> locate(Loop& loop, const DiagnosisOptions& options,
                                             Diagnosis& diagnosis) {
  std::function<void(std::string)> warn = [&diagnosis](std::string message) {
    diagnosis.warnings.push_back(std::move(message));
  };
  dns::Resolver resolver(loop, resolver_options(options.limits, options.names, std::move(warn)));
  diagnosis.system_servers = resolver.system_servers();
  const CurrentPolicy policy(options.policy);
  TargetLocator locator(policy, resolver);
  const TimePoint began = LoopClock::now();
  Target target = co_await locator.locate(options.service, options.lookup, &diagnosis.trace);
  diagnosis.failure = std::move(target.failure);
  report_location(diagnosis, began, LoopClock::now());
  co_return std::move(target.addresses);
}

/// The steps behind the addresses.
class Contact {
 public:
  Contact(Loop& loop, const DiagnosisOptions& options, Diagnosis& diagnosis)
      : loop_(loop),
        options_(options),
        diagnosis_(diagnosis),
        connector_(loop),
        settings_(options.settings) {}

  Task<void> run(std::vector<net::SocketAddress> addresses) {
    mark_not_needed();
    const bool connected = co_await dial(std::move(addresses));
    if (!connected) co_return;
    if (wants_tls()) {
      const bool secured = co_await secure();
      if (!secured) co_return;
    }
    if (wants_http()) co_await exchange();
  }

 private:
  bool wants_tls() const {
    return options_.service.scheme == tunnel::ServiceScheme::https ||
           options_.service.scheme == tunnel::ServiceScheme::tls;
  }
  bool wants_http() const { return options_.service.type == tunnel::ServiceType::http; }

  void mark_not_needed() {
    if (!wants_tls()) diagnosis_.step(Step::tls).state = StepState::not_needed;
    if (!wants_http()) diagnosis_.step(Step::http).state = StepState::not_needed;
  }

  Task<bool> dial(std::vector<net::SocketAddress> addresses);
  Task<bool> secure();
  Task<void> exchange();
  /// Whether the step was a success.
  bool end(Step step, TimePoint began, std::optional<RelayFailure> failure) {
    finish(diagnosis_.step(step), failure, LoopClock::now() - began);
    diagnosis_.failure = std::move(failure);
    return !diagnosis_.failure;
  }

  Loop& loop_;
  const DiagnosisOptions& options_;
  Diagnosis& diagnosis_;
  OriginConnector connector_;
  const ServiceSettings& settings_;
  std::unique_ptr<net::TcpStream> tcp_;
  std::unique_ptr<net::TlsStream> tls_;
};

RelayFailure connecting_failed(Error error) {
  return {failure_of_connecting(error.kind), std::move(error.message)};
}

Task<bool> Contact::dial(std::vector<net::SocketAddress> addresses) {
  const TimePoint began = LoopClock::now();
  auto connected = co_await connector_.dial(std::move(addresses), settings_);
  if (!connected) {
    co_return end(Step::tcp, began, connecting_failed(std::move(connected.error())));
  }
  tcp_ = std::move(*connected);
  end(Step::tcp, began, std::nullopt);
  diagnosis_.step(Step::tcp).detail = "connected to " + tcp_->peer_address().to_string();
  co_return true;
}

Task<bool> Contact::secure() {
  OriginTls tls;
  tls.wanted = true;
  tls.server_name = server_name(options_.service, probe_authority(options_.service));
  tls.verification = options_.service.tls;
  tls.alpn = wants_http() ? OriginAlpn::http1 : OriginAlpn::none;
  const std::string name = tls.server_name;
  const TimePoint began = LoopClock::now();
  auto secured = co_await connector_.secure(std::move(tcp_), std::move(tls), settings_);
  if (!secured) co_return end(Step::tls, began, connecting_failed(std::move(secured.error())));
  tls_ = std::move(*secured);
  end(Step::tls, began, std::nullopt);
  diagnosis_.step(Step::tls).detail = std::string(tls_->version()) + " with " + name + ", " +
                                      std::string(tunnel::to_string(options_.service.tls));
  co_return true;
}

Task<void> Contact::exchange() {
  const TimePoint began = LoopClock::now();
  net::ByteStream* stream = tcp_.get();
  if (tls_) stream = tls_.get();
  PreparedRequest prepared = prepare_probe(options_);
  if (prepared.fault) {
    end(Step::http, began,
        RelayFailure{failure_of_request(prepared.fault->reason), prepared.fault->message});
    co_return;
  }
  auto head = co_await fetch_head(loop_, options_.limits, *stream, prepared.request);
  if (!head) {
    end(Step::http, began,
        RelayFailure{failure_of_response(head.error().kind), std::move(head.error().message)});
    co_return;
  }
  end(Step::http, began, std::nullopt);
  diagnosis_.status = head->status;
  diagnosis_.step(Step::http).detail = options_.method + " " + options_.path + " answered with " +
                                       std::to_string(head->status) + " " +
                                       std::string(http::reason_phrase(head->status));
}

}  // namespace

Task<void> walk_to_addresses(Loop& loop, const DiagnosisOptions& options, Diagnosis& diagnosis) {
  co_await locate(loop, options, diagnosis);
  for (const Step step : {Step::tcp, Step::tls, Step::http})
    diagnosis.step(step).state = StepState::not_needed;
}

Task<void> walk_to_service(Loop& loop, const DiagnosisOptions& options, Diagnosis& diagnosis) {
  std::vector<net::SocketAddress> addresses = co_await locate(loop, options, diagnosis);
  Contact contact(loop, options, diagnosis);
  if (!diagnosis.failure) co_await contact.run(std::move(addresses));
}

}  // namespace outhaul::agent
