#include "agent/diagnose/advice.h"

#include <string_view>

namespace outhaul::agent {

namespace {

using tunnel::Failure;

constexpr std::string_view removing = "removing ";

bool wants_tls(const DiagnosisOptions& options) {
  return options.service.scheme == tunnel::ServiceScheme::https ||
         options.service.scheme == tunnel::ServiceScheme::tls;
}

/// The refusal that decided: that of the descriptor, else the first one of an address.
const Refusal* find_refusal(const TargetTrace& trace) {
  if (trace.descriptor_refusal) return &*trace.descriptor_refusal;
  for (const AddressVerdict& verdict : trace.verdicts) {
    if (verdict.refusal) return &*verdict.refusal;
  }
  return nullptr;
}

std::string about_refusal(const TargetTrace& trace) {
  const Refusal* refusal = find_refusal(trace);
  if (refusal == nullptr || refusal->lift.empty()) {
    return "no option lifts this; let the service name another target";
  }
  const std::string_view lift = refusal->lift;
  if (lift.starts_with(removing)) {
    return "if the service is meant to be reached, run the agent without " +
           std::string(lift.substr(removing.size()));
  }
  return "if the service is meant to be reached, run the agent with " + std::string(lift);
}

std::string about_dns(const DiagnosisOptions& options, const std::string& rcode) {
  const bool explicit_servers = !options.service.resolver_ips.empty();
  const std::string other = explicit_servers ? "ask another one with --server IP"
                                             : "ask the one of this network with --server IP";
  if (rcode == "NXDOMAIN") {
    return "check the spelling; if this DNS server does not know the network, " + other +
           ", and give the service that server";
  }
  if (rcode == "NODATA") return "add an A or AAAA record for the name";
  return "look into the log of that DNS server, or " + other;
}

std::string about_tls_certificate(const DiagnosisOptions& options) {
  const std::string& name =
      options.service.sni.empty() ? options.service.hostname : options.service.sni;
  return "the certificate has to be for " + (name.empty() ? "this address" : name) +
         ", in date, and from a CA of the system or of --origin-ca FILE; --sni NAME expects "
         "another name, --tls-verify verify_ca any name";
}

std::string_view about_response(const DiagnosisOptions& options, Failure failure) {
  const bool tls = wants_tls(options);
  switch (failure) {
    case Failure::origin_closed:
      return tls ? "look into the log of the service: it closed the connection"
                 : "look into the log of the service; if this port speaks TLS, add --tls";
    case Failure::response_not_http:
      return tls ? "the service does not speak HTTP/1.1 on this port; for another protocol use a "
                   "tcp service (--type tcp)"
                 : "if this port speaks TLS, add --tls; for a protocol other than HTTP use a tcp "
                   "service (--type tcp)";
    case Failure::response_timeout:
      return "the service is there but slow: look into its log, try another --path, or raise "
             "--first-byte-timeout";
    case Failure::response_headers_too_big:
      return "let the service send fewer or smaller header fields";
    case Failure::bad_request:
    case Failure::path_too_long:
    case Failure::request_headers_too_big:
      return "change --path";
    default:
      return {};
  }
}

std::string_view about_connecting(Failure failure, Step step) {
  switch (failure) {
    case Failure::refused:
      return "nothing listens there, or a firewall rejects: start the service, and check its port "
             "and the address that it binds to";
    case Failure::unreachable:
      return "check the route from this machine to the address";
    case Failure::connect_timeout:
      return step == Step::tls ? "the port takes connections but does not answer TLS: check that "
                                 "it is a TLS port, and look into the log of the service"
                               : "the host is down, or a firewall drops: check both";
    case Failure::too_many_connections:
      return "raise the limit of open files (ulimit -n)";
    case Failure::tls_not_spoken:
      return "leave out --tls (scheme http or tcp), or name the TLS port of the service";
    case Failure::origin_closed:
      return "the service closed the connection: check that it is a TLS port, and look into its "
             "log";
    case Failure::tls_alert:
      return "the service refused the handshake: it may want another name (--sni NAME) or a client "
             "certificate; its log says more";
    default:
      return {};
  }
}

}  // namespace

std::string advice_for(const DiagnosisOptions& options, const Diagnosis& diagnosis) {
  if (!diagnosis.failure) {
    if (diagnosis.status == 400 && !wants_tls(options)) return "if this port speaks TLS, add --tls";
    if (diagnosis.status.value_or(0) >= 500) return "the status is the service's own: see its log";
    return {};
  }
  const Failure failure = diagnosis.failure->failure;
  switch (failure) {
    case Failure::denied_by_policy:
    case Failure::address_denied:
      return about_refusal(diagnosis.trace);
    case Failure::dns_no_answer:
      return "check that the DNS server is up and reachable over UDP and TCP, or ask another one "
             "with --server IP";
    case Failure::dns_failed:
      return about_dns(options, diagnosis.failure->rcode);
    case Failure::tls_certificate:
      return about_tls_certificate(options);
    default:
      break;
  }
  const Step step = diagnosis.failed_step().value_or(Step::tcp);
  return std::string(step == Step::http ? about_response(options, failure)
                                        : about_connecting(failure, step));
}

}  // namespace outhaul::agent
