#include "agent/network/target_locator.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/stable_order.h"

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

RelayFailure dns_failure(const Error& error, const std::string& rcode) {
  const bool silent = error.kind == ErrorKind::dns_timeout;
  return RelayFailure{silent ? tunnel::Failure::dns_no_answer : tunnel::Failure::dns_failed,
                      error.message, rcode};
}

}  // namespace

/// The way of one descriptor.
class TargetLocator::Search {
 public:
  Search(TargetLocator& locator, const tunnel::Descriptor& descriptor,
         const LookupPreferences& preferences, TargetTrace* trace)
      : locator_(locator),
        gate_(locator.policy_.get(), locator.policy_statistics_),
        descriptor_(descriptor),
        srv_(descriptor.hostname.empty() ? std::string() : preferences.srv),
        family_(preferences.family == OriginFamily::automatic ? locator.settings_.family
                                                              : preferences.family),
        trace_(trace) {}

  Task<Target> run() {
    const Port port = srv_.empty() ? Port::known : Port::unknown;
    if (!check(descriptor_, port)) co_return std::move(target_);
    if (trace_) trace_->checked_at = trace_->found_at = LoopClock::now();
    if (descriptor_.hostname.empty()) {
      take_literals();
    } else {
      bool asked = false;
      if (!srv_.empty()) asked = co_await look_up_service();
      if (!asked) co_await look_up_host();
    }
    finish();
    co_return std::move(target_);
  }

 private:
  enum class Port : std::uint8_t { known, unknown };

  /// The descriptor, or one that an SRV record makes of it. False: refused, for good.
  bool check(const tunnel::Descriptor& descriptor, Port port);
  void take_literals();
  /// False: there are no SRV records, so that the host name counts.
  Task<bool> look_up_service();
  Task<void> look_up_host();
  void take_target(const dns::ServiceTarget& target);
  /// All addresses of one name. `port` is theirs; `by_name` refuses them all.
  void take_addresses(const dns::Outcome& outcome, std::uint16_t port,
                      const std::optional<Refusal>& by_name);
  /// The first deny rule that one of the names on the way meets.
  std::optional<Refusal> check_names(const dns::Outcome& outcome, std::uint16_t port);
  std::optional<Refusal> check_name(const std::string& name, std::uint16_t port);
  void take(const net::SocketAddress& address, const std::optional<Refusal>& by_name,
            std::optional<std::uint32_t> ttl_s);
  void move_failed_last();
  void note_dry_run(const PolicyVerdict& verdict);
  void fail(RelayFailure failure) { target_.failure = std::move(failure); }
  void finish();

  TargetLocator& locator_;
  /// One policy from the first step to the last: a reload may come while DNS is asked.
  PolicyGate gate_;
  const tunnel::Descriptor& descriptor_;
  std::string srv_;
  OriginFamily family_;
  TargetTrace* trace_;
  Target target_;
  std::optional<Refusal> first_refusal_;
  /// Rules that a dry run has told of.
  std::vector<std::string> told_;
};

bool TargetLocator::Search::check(const tunnel::Descriptor& descriptor, Port port) {
  PolicyVerdict verdict = port == Port::unknown ? gate_.check_before_port(descriptor)
                                                : gate_.check_descriptor(descriptor);
  note_dry_run(verdict);
  if (trace_ && verdict.would_refuse) trace_->would_refuse = std::move(verdict.would_refuse);
  if (!verdict.refusal) return true;
  fail(refused(*verdict.refusal));
  if (trace_) trace_->descriptor_refusal = std::move(verdict.refusal);
  return false;
}

void TargetLocator::Search::take_literals() {
  std::vector<net::SocketAddress> literals;
  for (const auto* literal : {&descriptor_.ipv6, &descriptor_.ipv4}) {
    if (*literal) literals.emplace_back((*literal)->address, descriptor_.port);
  }
  literals = locator_.memory_.arrange(std::move(literals), family_);
  for (const net::SocketAddress& address : literals)
    take(address, std::nullopt, std::nullopt);
}

Task<void> TargetLocator::Search::look_up_host() {
  const dns::FamilyPreference families = families_to_ask(family_);
  const dns::Outcome outcome =
      co_await locator_.resolver_.look_up(descriptor_.hostname, servers_of(descriptor_), families);
  if (trace_) {
    trace_->outcome = outcome;
    trace_->found_at = LoopClock::now();
  }
  if (outcome.error) {
    fail(dns_failure(*outcome.error, outcome.rcode));
    co_return;
  }
  take_addresses(outcome, descriptor_.port, check_names(outcome, descriptor_.port));
}

Task<bool> TargetLocator::Search::look_up_service() {
  const dns::FamilyPreference families = families_to_ask(family_);
  const dns::ServiceOutcome outcome = co_await locator_.resolver_.look_up_service(
      srv_, descriptor_.hostname, servers_of(descriptor_), families);
  if (trace_) {
    trace_->service = outcome;
    trace_->found_at = LoopClock::now();
  }
  if (outcome.absent()) {
    // Now the descriptor's own port counts, and no rule has been asked about it yet. Refused is an
    // end like any other.
    const bool ended = !check(descriptor_, Port::known);
    co_return ended;
  }
  if (outcome.error) {
    fail(dns_failure(*outcome.error, outcome.rcode));
    co_return true;
  }
  for (const dns::ServiceTarget& target : outcome.targets)
    take_target(target);
  move_failed_last();
  co_return true;
}

void TargetLocator::Search::take_target(const dns::ServiceTarget& target) {
  if (target.outcome.error) return;
  tunnel::Descriptor with_port = descriptor_;
  with_port.port = target.record.port;
  PolicyVerdict verdict = gate_.check_descriptor(with_port);
  std::optional<Refusal> by_name = std::move(verdict.refusal);
  note_dry_run(verdict);
  if (trace_ && verdict.would_refuse) trace_->would_refuse = std::move(verdict.would_refuse);
  if (!by_name) by_name = check_names(target.outcome, target.record.port);
  take_addresses(target.outcome, target.record.port, by_name);
}

std::optional<Refusal> TargetLocator::Search::check_names(const dns::Outcome& outcome,
                                                          std::uint16_t port) {
  auto refusal = check_name(outcome.resolution.name, port);
  for (const dns::FamilyReport& family : outcome.resolution.families) {
    for (const std::string& name : family.answer.chain) {
      if (!refusal) refusal = check_name(name, port);
    }
  }
  return refusal;
}

std::optional<Refusal> TargetLocator::Search::check_name(const std::string& name,
                                                         std::uint16_t port) {
  if (name == descriptor_.hostname) return std::nullopt;
  PolicyVerdict verdict = gate_.check_alias(descriptor_, name, port);
  note_dry_run(verdict);
  if (trace_ && verdict.would_refuse) trace_->would_refuse = std::move(verdict.would_refuse);
  return std::move(verdict.refusal);
}

void TargetLocator::Search::take_addresses(const dns::Outcome& outcome, std::uint16_t port,
                                           const std::optional<Refusal>& by_name) {
  const std::vector<dns::Address>& found = outcome.resolution.addresses;
  std::vector<net::SocketAddress> addresses;
  for (const dns::Address& address : found)
    addresses.emplace_back(address.ip, port);
  addresses = locator_.memory_.arrange(std::move(addresses), family_);
  for (const net::SocketAddress& address : addresses) {
    const auto ttl_s = std::ranges::find(found, address.ip(), &dns::Address::ip)->ttl_s;
    take(address, by_name, ttl_s);
  }
}

void TargetLocator::Search::take(const net::SocketAddress& address,
                                 const std::optional<Refusal>& by_name,
                                 std::optional<std::uint32_t> ttl_s) {
  PolicyVerdict verdict{.refusal = by_name, .would_refuse = {}};
  if (!by_name) {
    const AddressUse use{.service_id = descriptor_.id, .hostname = descriptor_.hostname};
    verdict = gate_.check_address(address.ip(), address.port(), use);
  }
  note_dry_run(verdict);
  if (!verdict.refusal) {
    target_.addresses.push_back(address);
  } else if (!first_refusal_) {
    first_refusal_ = verdict.refusal;
  }
  if (trace_ == nullptr) return;
  trace_->verdicts.push_back({.address = address.ip(),
                              .refusal = std::move(verdict.refusal),
                              .port = address.port(),
                              .ttl_s = ttl_s,
                              .would_refuse = std::move(verdict.would_refuse)});
}

void TargetLocator::Search::note_dry_run(const PolicyVerdict& verdict) {
  if (!verdict.would_refuse || !locator_.settings_.would_refuse) return;
  // A rule for a name is met again by each address of it.
  if (std::ranges::find(told_, verdict.would_refuse->rule) != told_.end()) return;
  told_.push_back(verdict.would_refuse->rule);
  locator_.settings_.would_refuse(*verdict.would_refuse, descriptor_.id);
}

// Better a healthy target of a lower priority than one that is known to be dead.
void TargetLocator::Search::move_failed_last() {
  const auto healthy = [this](const net::SocketAddress& address) {
    return !locator_.memory_.has_failed(address);
  };
  partition_in_order(target_.addresses, healthy);
  if (trace_ == nullptr) return;
  partition_in_order(trace_->verdicts, [&healthy](const AddressVerdict& verdict) {
    return healthy({verdict.address, verdict.port});
  });
}

void TargetLocator::Search::finish() {
  target_.lasting = descriptor_.hostname.empty() && target_.addresses.size() == 1 &&
                    !first_refusal_ && told_.empty();
  // Of mixed answers only the allowed ones are dialled.
  if (target_.addresses.empty() && first_refusal_) fail(refused(*first_refusal_));
  // An address without alternative is about to be tried anyway.
  if (!locator_.settings_.retry || target_.addresses.size() < 2) return;
  const auto due = locator_.memory_.take_due(target_.addresses);
  if (!due.empty()) locator_.settings_.retry(due);
}

TargetLocator::TargetLocator(const CurrentPolicy& policy, dns::Lookups& resolver,
                             LocatorSettings settings)
    : policy_(policy),
      resolver_(resolver),
      settings_(std::move(settings)),
      memory_(settings_.memory != nullptr ? *settings_.memory : own_memory_) {}

Task<Target> TargetLocator::locate(const tunnel::Descriptor& descriptor,
                                   LookupPreferences preferences, TargetTrace* trace) {
  Search search(*this, descriptor, preferences, trace);
  co_return co_await search.run();
}

std::shared_ptr<const Target> TargetLocator::recall(const RememberedTarget& remembered) const {
  return policy_.is(remembered.policy) ? remembered.target : nullptr;
}

void TargetLocator::remember(std::shared_ptr<const Target> target,
                             RememberedTarget& remembered) const {
  remembered = {.policy = policy_.get(), .target = std::move(target)};
}

Target TargetLocator::locate_unix(const tunnel::Descriptor& descriptor, const std::string& path) {
  PolicyGate gate(policy_.get(), policy_statistics_);
  const PolicyVerdict verdict = gate.check_service(descriptor);
  if (verdict.would_refuse && settings_.would_refuse) {
    settings_.would_refuse(*verdict.would_refuse, descriptor.id);
  }
  Target target;
  if (verdict.refusal) {
    target.failure = refused(*verdict.refusal);
    return target;
  }
  // Its form was checked when the configuration was read.
  target.addresses.push_back(net::SocketAddress::unix_path(path).value());
  return target;
}

}  // namespace outhaul::agent
