#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/file_watch.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/async/timer.h"
#include "common/base/result.h"
#include "common/dns/hosts_file.h"
#include "common/dns/lookups.h"
#include "common/dns/resolution.h"
#include "common/dns/resolv_conf.h"
#include "common/dns/resolver_limits.h"
#include "common/dns/search_list.h"
#include "common/dns/server_set.h"
#include "common/dns/service_lookup.h"
#include "common/dns/statistics.h"
#include "common/dns/suffix_servers.h"
#include "common/dns/view.h"

namespace outhaul::dns {

struct ResolverOptions {
  Limits limits;
  std::string resolv_conf_path = "/etc/resolv.conf";
  /// Where the servers of resolv.conf listen, which that file cannot say.
  std::uint16_t system_port = 53;
  /// Empty: no hosts file is read. It concerns the system's server set only.
  std::string hosts_path;
  /// Servers in place of the system's for the names below a suffix; the longest suffix counts.
  std::vector<SuffixServers> suffixes;
  /// Whether names are completed as resolv.conf says. It concerns the system's server set only.
  bool search = false;
  /// Receives one sentence for the operator at a time; may be empty.
  std::function<void(std::string)> warn;
};

/// Names to addresses, for the whole process: one resolver on one loop.
///
///   Resolver resolver(loop, {});
///   OUTHAUL_CO_TRY(resolution, co_await resolver.resolve("db.internal", ServerSet::system()));
///   dial(resolution.addresses);
///
/// Each server set has its own servers, cache and questions in flight. A lookup may be destroyed at
/// any time; its questions go on for whoever joins them and for the cache. The resolver outlives
/// its lookups, and the loop outlives the resolver. Addresses written as numbers are the caller's
/// business: they are refused here.
///
/// Who asks the system's set gets: the hosts file, else the servers of the longest suffix that fits
/// (ResolverOptions::suffixes), else those of resolv.conf. Who names servers gets these and nothing
/// else.
class Resolver final : public Lookups {
 public:
  Resolver(Loop& loop, ResolverOptions options);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver() override;

  /// At least one address, or an error of kind invalid (not a host name), dns_timeout or
  /// dns_failure. Takes no longer than Limits::total.
  Task<Result<Resolution>> resolve(std::string name, ServerSet servers,
                                   FamilyPreference preference = FamilyPreference::v6_first);
  /// The two of Lookups; neither takes longer than Limits::total.
  Task<Outcome> look_up(std::string name, ServerSet servers, FamilyPreference preference) override;
  Task<ServiceOutcome> look_up_service(std::string service, std::string name, ServerSet servers,
                                       FamilyPreference preference) override;

  /// Reads resolv.conf and the hosts file again, as happens when they change.
  void reload();

  /// The servers that the system's set has now.
  const std::vector<ServerAddress>& system_servers() const { return system_servers_; }
  /// The set that is asked for a canonical name in place of `servers`.
  ServerSet responsible(const std::string& name, const ServerSet& servers) const;
  /// Of each server set known now: the system's first, then those of suffixes. A set of a service
  /// that was forgotten begins at 0 when it comes back.
  std::vector<SetStatistics> statistics() const;

 private:
  /// The end of the time that an emptied resolv.conf has to be filled again.
  class Grace final : public Timer {
   public:
    explicit Grace(Resolver& resolver) : resolver_(resolver) {}

   private:
    void expired() override { resolver_.reload(); }
    Resolver& resolver_;
  };

  void on_servers_changed();
  void use(ResolvConf conf);
  void reload_hosts();
  void warn(const std::string& file, const std::string& message) const;
  std::shared_ptr<View> view_of(const ServerSet& servers);
  /// The view of responsible().
  std::shared_ptr<View> view_for(const std::string& name, const ServerSet& servers);
  const std::shared_ptr<View>* find_suffix(const std::string& name) const;
  enum class Hosts : std::uint8_t { first, ignored };
  /// `name` is canonical.
  Task<Outcome> look_up_in(std::shared_ptr<View> view, std::string name, Hosts hosts,
                           FamilyPreference preference);

  Loop& loop_;
  ResolverOptions options_;
  HostsFile hosts_;
  std::vector<ServerAddress> system_servers_;
  std::shared_ptr<View> system_;
  SearchList search_;
  /// The longest suffix first.
  std::vector<std::shared_ptr<View>> by_suffix_;
  /// Most recently used first.
  std::list<std::shared_ptr<View>> explicit_;
  std::vector<std::string> last_warnings_;
  Grace grace_{*this};
  FileWatch resolv_conf_watch_;
  std::optional<FileWatch> hosts_watch_;
};

}  // namespace outhaul::dns
