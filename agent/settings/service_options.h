#pragma once

#include <string_view>
#include <vector>

#include "agent/settings/service_settings.h"
#include "common/base/limits.h"
#include "common/options/option.h"
#include "common/options/problem.h"
#include "common/options/values.h"

/// The options about services. As flags, variables and top-level keys they hold for all services;
/// in a service's own section of the configuration file for that one.
namespace outhaul::agent {

// Titles of their blocks on the help page.
inline constexpr std::string_view timeout_group = "Timeouts toward origins";
inline constexpr std::string_view origin_group = "Origins";
inline constexpr std::string_view service_capacity_group = "Capacity of one service";

/// Of every service.
std::vector<options::Option> service_timeout_options();
std::vector<options::Option> service_origin_options();
std::vector<options::Option> service_capacity_options();
/// All of the above.
std::vector<options::Option> service_options();

/// What makes sense for a single service only.
std::vector<options::Option> single_service_options();

/// The settings that the values of service_options() say; `limits` gives what has no option.
/// Problems name the flag, variable or key.
ServiceSettings read_service_settings(const options::Values& values, const Limits& limits,
                                      options::Problems& problems);
/// What single_service_options() say.
void read_single_service(const options::Values& values, ServiceSettings& settings,
                         options::Problems& problems);

/// The option --origin-ca, under another title.
options::Option origin_ca_option(std::string_view group);

}  // namespace outhaul::agent
