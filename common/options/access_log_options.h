#pragma once

#include <string>
#include <vector>

#include "common/base/access_log.h"
#include "common/options/option.h"
#include "common/options/values.h"

namespace outhaul::options {

/// The options of a server's access log: --access-log, --access-log-sample, --access-log-query.
std::vector<Option> access_log_options(const std::string& group);

/// What they say.
AccessLogRules read_access_log_rules(const Values& values);

}  // namespace outhaul::options
