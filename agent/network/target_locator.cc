#include "agent/network/target_locator.h"

#include <memory>
#include <utility>

namespace outhaul::agent {

namespace {

RelayFailure refused(const Refusal& refusal) {
  const tunnel::Failure failure =
      refusal.status == 403 ? tunnel::Failure::denied_by_policy : tunnel::Failure::address_denied;
  return RelayFailure{failure, refusal.message()};
}

dns::ServerSet servers_of(const tunnel::Descriptor& descriptor) {
  if (descriptor.resolver_ips.empty()) return dns::ServerSet::system();
  std::vector<dns::ServerAddress> servers;
  for (const tunnel::ResolverAddress& resolver : descriptor.resolver_ips) {
    servers.push_back({resolver.ip.address, resolver.port});
  }
  return dns::ServerSet::of(std::move(servers));
}

std::vector<IpAddress> literals_of(const tunnel::Descriptor& descriptor) {
  std::vector<IpAddress> literals;
  if (descriptor.ipv6) literals.push_back(descriptor.ipv6->address);
  if (descriptor.ipv4) literals.push_back(descriptor.ipv4->address);
  return literals;
}

Target failed(RelayFailure failure) {
  Target target;
  target.failure = std::move(failure);
  return target;
}

RelayFailure dns_failure(const dns::Outcome& outcome) {
  const bool silent = outcome.error->kind == ErrorKind::dns_timeout;
  return RelayFailure{silent ? tunnel::Failure::dns_no_answer : tunnel::Failure::dns_failed,
                      outcome.error->message, outcome.rcode};
}

}  // namespace

Task<Target> TargetLocator::locate(const tunnel::Descriptor& descriptor, TargetTrace* trace) {
  // One policy from the first step to the last: a reload may come while DNS is asked.
  const std::shared_ptr<const Policy> policy = policy_.get();
  if (const auto refusal = policy->check_descriptor(descriptor)) {
    if (trace) trace->descriptor_refusal = *refusal;
    co_return failed(refused(*refusal));
  }
  if (trace) trace->checked_at = trace->found_at = LoopClock::now();
  if (descriptor.hostname.empty()) {
    co_return check_addresses(*policy, literals_of(descriptor), descriptor, trace);
  }
  const dns::Outcome outcome =
      co_await resolver_.look_up(descriptor.hostname, servers_of(descriptor));
  if (trace) {
    trace->outcome = outcome;
    trace->found_at = LoopClock::now();
  }
  if (outcome.error) co_return failed(dns_failure(outcome));
  std::vector<IpAddress> candidates;
  for (const dns::Address& address : outcome.resolution.addresses)
    candidates.push_back(address.ip);
  co_return check_addresses(*policy, candidates, descriptor, trace);
}

Target TargetLocator::locate_unix(const tunnel::Descriptor& descriptor,
                                  const std::string& path) const {
  if (const auto refusal = policy_.get()->check_service(descriptor)) {
    return failed(refused(*refusal));
  }
  Target target;
  // Its form was checked when the configuration was read.
  target.addresses.push_back(net::SocketAddress::unix_path(path).value());
  return target;
}

Target TargetLocator::check_addresses(const Policy& policy,
                                      const std::vector<IpAddress>& candidates,
                                      const tunnel::Descriptor& descriptor, TargetTrace* trace) {
  const AddressUse use{.service_id = descriptor.id, .hostname = descriptor.hostname};
  Target target;
  std::optional<Refusal> first_refusal;
  for (const IpAddress& candidate : candidates) {
    auto refusal = policy.check_address(candidate, descriptor.port, use);
    if (trace) trace->verdicts.push_back({candidate, refusal});
    if (!refusal) {
      target.addresses.emplace_back(candidate, descriptor.port);
    } else if (!first_refusal) {
      first_refusal = std::move(refusal);
    }
  }
  // Of mixed answers only the allowed ones are dialled.
  if (target.addresses.empty() && first_refusal) target.failure = refused(*first_refusal);
  return target;
}

}  // namespace outhaul::agent
