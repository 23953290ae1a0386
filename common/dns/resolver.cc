#include "common/dns/resolver.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "common/dns/lookup.h"
#include "common/dns/name.h"
#include "common/dns/resolv_conf.h"
#include "common/dns/text_file.h"

namespace outhaul::dns {

namespace {

/// How long a name of the hosts file may be used, which the file does not say.
constexpr std::uint32_t hosts_ttl_s = 1;

/// How long an empty or missing resolv.conf is not believed.
constexpr Duration empty_file_grace = std::chrono::milliseconds(500);

Outcome from_hosts_file(std::string name, const std::vector<IpAddress>& addresses,
                        FamilyPreference preference) {
  FamilyReport v6{RecordType::aaaa, Source::hosts_file, {}};
  FamilyReport v4{RecordType::a, Source::hosts_file, {}};
  for (const IpAddress& ip : addresses)
    (ip.is_v6() ? v6 : v4).answer.addresses.push_back({ip, hosts_ttl_s});
  std::vector<FamilyReport> reports;
  for (FamilyReport* family : {&v6, &v4}) {
    const bool none = family->answer.addresses.empty();
    family->answer.kind = none ? AnswerKind::no_address : AnswerKind::records;
    family->answer.rcode = none ? "NODATA" : "NOERROR";
    family->answer.ttl_s = hosts_ttl_s;
    family->answer.ttl_known = true;
    const bool unwanted =
        (preference == FamilyPreference::v4_only && family->type == RecordType::aaaa) ||
        (preference == FamilyPreference::v6_only && family->type == RecordType::a);
    if (!unwanted) reports.push_back(std::move(*family));
  }
  return make_outcome(std::move(name), std::move(reports), preference);
}

}  // namespace

Resolver::Resolver(Loop& loop, ResolverOptions options)
    : loop_(loop),
      options_(std::move(options)),
      resolv_conf_watch_(loop, options_.resolv_conf_path, [this] { on_servers_changed(); }) {
  if (!options_.hosts_path.empty()) {
    hosts_watch_.emplace(loop, options_.hosts_path, [this] { reload_hosts(); });
  }
  for (const SuffixServers& suffix : options_.suffixes) {
    ServerSettings settings;
    settings.servers = suffix.servers;
    by_suffix_.push_back(std::make_shared<View>(loop,
                                                ServerSet::of_suffix(suffix.suffix, suffix.servers),
                                                std::move(settings), options_.limits));
  }
  std::ranges::stable_sort(by_suffix_, std::greater(), [](const std::shared_ptr<View>& view) {
    return view->set().suffix().size();
  });
  reload();
}

Resolver::~Resolver() = default;

void Resolver::reload() {
  use(read_resolv_conf(options_.resolv_conf_path));
  if (hosts_watch_) reload_hosts();
}

void Resolver::on_servers_changed() {
  ResolvConf conf = read_resolv_conf(options_.resolv_conf_path);
  if (!conf.fallback) return use(std::move(conf));
  // Most likely caught between its removal, or truncation, and the new contents: the servers that
  // are known serve better than none.
  if (!grace_.armed()) grace_.arm(loop_, empty_file_grace);
}

void Resolver::use(ResolvConf conf) {
  grace_.cancel();
  if (conf.warnings != last_warnings_) {
    for (const std::string& warning : conf.warnings)
      warn(options_.resolv_conf_path, warning);
    last_warnings_ = std::move(conf.warnings);
  }
  for (ServerAddress& server : conf.settings.servers)
    server.port = options_.system_port;
  system_servers_ = conf.settings.servers;
  search_ = std::move(conf.search);
  if (system_) {
    system_->use(std::move(conf.settings));
  } else {
    system_ = std::make_shared<View>(loop_, ServerSet::system(), std::move(conf.settings),
                                     options_.limits);
  }
}

void Resolver::reload_hosts() {
  auto text = read_text_file(options_.hosts_path);
  if (!text) warn(options_.hosts_path, text.error().message);
  hosts_ = text ? HostsFile::parse(*text) : HostsFile();
}

void Resolver::warn(const std::string& file, const std::string& message) const {
  if (options_.warn) options_.warn(file + ": " + message);
}

std::shared_ptr<View> Resolver::view_of(const ServerSet& servers) {
  if (servers.is_system()) return system_;
  const auto known = std::find_if(explicit_.begin(), explicit_.end(),
                                  [&servers](const auto& view) { return view->set() == servers; });
  if (known != explicit_.end()) {
    explicit_.splice(explicit_.begin(), explicit_, known);
    return explicit_.front();
  }
  if (explicit_.size() >= options_.limits.server_sets) explicit_.pop_back();
  ServerSettings settings;
  settings.servers = servers.servers();
  explicit_.push_front(
      std::make_shared<View>(loop_, servers, std::move(settings), options_.limits));
  return explicit_.front();
}

const std::shared_ptr<View>* Resolver::find_suffix(const std::string& name) const {
  const auto found = std::ranges::find_if(by_suffix_, [&name](const std::shared_ptr<View>& view) {
    return is_below(name, view->set().suffix());
  });
  return found == by_suffix_.end() ? nullptr : &*found;
}

std::shared_ptr<View> Resolver::view_for(const std::string& name, const ServerSet& servers) {
  if (!servers.is_system()) return view_of(servers);
  const auto* by_suffix = find_suffix(name);
  return by_suffix != nullptr ? *by_suffix : system_;
}

ServerSet Resolver::responsible(const std::string& name, const ServerSet& servers) const {
  const auto* by_suffix = servers.is_system() ? find_suffix(name) : nullptr;
  return by_suffix != nullptr ? (*by_suffix)->set() : servers;
}

Task<Outcome> Resolver::look_up_in(std::shared_ptr<View> view, std::string name, Hosts hosts,
                                   FamilyPreference preference) {
  const auto* known = hosts == Hosts::first ? hosts_.find(name) : nullptr;
  if (known != nullptr) co_return from_hosts_file(std::move(name), *known, preference);
  ServerSet servers = view->set();
  Outcome outcome =
      co_await dns::look_up(loop_, std::move(view), options_.limits, std::move(name), preference);
  outcome.servers = std::move(servers);
  co_return outcome;
}

Task<Outcome> Resolver::look_up(std::string name, ServerSet servers, FamilyPreference preference) {
  const bool absolute = name.ends_with('.');
  auto canonical = canonical_name(name);
  if (!canonical) {
    Outcome outcome;
    outcome.resolution.name = std::move(name);
    outcome.error = std::move(canonical.error());
    co_return outcome;
  }
  const Hosts hosts = servers.is_system() ? Hosts::first : Hosts::ignored;
  // A name that the hosts file knows as it stands is complete: completed first, `localhost` would
  // belong to whoever owns the search domain.
  const bool complete = absolute || (hosts == Hosts::first && hosts_.find(*canonical) != nullptr);
  std::vector<std::string> candidates{*canonical};
  if (options_.search && servers.is_system() && !complete)
    candidates = search_.candidates(*canonical);
  std::optional<Outcome> first_failure;
  for (const std::string& candidate : candidates) {
    std::shared_ptr<View> view = view_for(candidate, servers);
    Outcome outcome = co_await look_up_in(std::move(view), candidate, hosts, preference);
    // Silence and failures say nothing about the name: going on could find another machine's.
    const bool go_on = outcome.error && (outcome.rcode == "NXDOMAIN" || outcome.rcode == "NODATA");
    if (!go_on) co_return outcome;
    if (!first_failure || candidate == *canonical) first_failure = std::move(outcome);
  }
  co_return std::move(*first_failure);
}

Task<ServiceOutcome> Resolver::look_up_service(std::string service, std::string name,
                                               ServerSet servers, FamilyPreference preference) {
  auto canonical = canonical_name("_" + service + "._tcp." + name);
  if (!canonical) {
    ServiceOutcome outcome;
    outcome.name = std::move(name);
    outcome.error = std::move(canonical.error());
    co_return outcome;
  }
  const TimePoint began = loop_.now();
  const Hosts hosts = servers.is_system() ? Hosts::first : Hosts::ignored;
  std::shared_ptr<View> view = view_for(*canonical, servers);
  Question question{*canonical, RecordType::srv};
  FamilyReport report = co_await look_up_record(loop_, view, options_.limits, std::move(question));
  ServiceOutcome outcome =
      begin_service_outcome(std::move(*canonical), std::move(report), view->set(), random_below);
  LookUpTarget look_up_target = [this, view, hosts, preference](std::string target) {
    return look_up_in(view, std::move(target), hosts, preference);
  };
  const Duration left = options_.limits.total - (loop_.now() - began);
  co_await look_up_targets(loop_, outcome, std::move(look_up_target),
                           std::max<Duration>(left, Duration(1)));
  co_return outcome;
}

Task<Result<Resolution>> Resolver::resolve(std::string name, ServerSet servers,
                                           FamilyPreference preference) {
  Outcome outcome = co_await look_up(std::move(name), std::move(servers), preference);
  if (outcome.error) co_return std::move(*outcome.error);
  co_return std::move(outcome.resolution);
}

std::vector<SetStatistics> Resolver::statistics() const {
  std::vector<SetStatistics> result{system_->statistics()};
  for (const auto& view : by_suffix_)
    result.push_back(view->statistics());
  for (const auto& view : explicit_)
    result.push_back(view->statistics());
  return result;
}

}  // namespace outhaul::dns
