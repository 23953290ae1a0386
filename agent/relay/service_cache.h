#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "agent/network/target_locator.h"
#include "agent/origins/service_use.h"
#include "agent/settings/service_settings.h"
#include "common/base/result.h"
#include "common/base/traffic.h"
#include "common/base/uuid.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

/// A service as the edge describes it, parsed, and as the operator configured it.
struct KnownService {
  tunnel::Descriptor descriptor;
  /// The descriptor with the configured address in place of its own; none when there is none.
  std::optional<tunnel::Descriptor> redirected;
  /// Never null.
  std::shared_ptr<const ServiceSettings> settings;
  /// Never null; the same for every descriptor of the service.
  std::shared_ptr<ServiceUse> use;
  /// The id as text, for logs.
  std::string id;
  /// Never null: where the requests went so far.
  std::unique_ptr<RememberedTarget> remembered = std::make_unique<RememberedTarget>();

  /// Where its requests are counted: an entry of the loop's table, which outlives them. Null until
  /// the first one has looked it up.
  mutable Traffic* traffic = nullptr;

  /// Where to look for it.
  const tunnel::Descriptor& destination() const { return redirected ? *redirected : descriptor; }
};

/// Descriptors by their bytes. An edge sends the same few for every request of a service, and
/// parsing one costs a fifth of relaying a small request (18 400 of 84 500 instructions).
class ServiceCache {
 public:
  explicit ServiceCache(std::shared_ptr<const ServiceSettingsTable> settings)
      : settings_(std::move(settings)) {}

  /// Puts other settings in force, for requests that come from now on.
  void configure(std::shared_ptr<const ServiceSettingsTable> settings);

  /// The service of a Tunnel-Service value. Errors as those of parse_descriptor; not cached.
  Result<std::shared_ptr<const KnownService>> find(std::string_view field_value);

  /// The service of a descriptor that no edge sent; logs show it as `name`.
  std::shared_ptr<const KnownService> describe(tunnel::Descriptor descriptor, std::string name);

 private:
  std::shared_ptr<ServiceUse> use_of(const Uuid& service);

  // A descriptor is at most 1 KiB. Full means that the edge makes them up: start again.
  static constexpr std::size_t entries_maximum = 1024;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  std::shared_ptr<const ServiceSettingsTable> settings_;
  using Services =
      std::unordered_map<std::string, std::shared_ptr<const KnownService>, Hash, std::equal_to<>>;
  Services services_;
  /// The entry that was found last: to compare a descriptor costs a tenth of hashing it.
  const Services::value_type* last_found_ = nullptr;
  std::unordered_map<Uuid, std::weak_ptr<ServiceUse>> uses_;
};

}  // namespace outhaul::agent
