#include "agent/settings/rhttp_options.h"

#include <utility>

#include "common/base/limits.h"
#include "common/options/value_syntax.h"

namespace outhaul::agent {

namespace {

using options::Option;
using options::OptionKind;
using options::Values;

constexpr std::int64_t second = 1000;

Option file(std::string name, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::path,
          .help = std::move(help),
          .group = std::string(rhttp_group),
          .value_name = "FILE"};
}

Option time(std::string name, std::chrono::seconds value, std::chrono::seconds minimum,
            std::chrono::seconds maximum, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::duration,
          .default_text = options::format_duration(value),
          .help = std::move(help),
          .group = std::string(rhttp_group),
          .value_name = "TIME",
          .minimum = minimum.count() * second,
          .maximum = maximum.count() * second,
          .multiple_of = second};
}

Option choice(std::string name, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::boolean,
          .help = std::move(help),
          .group = std::string(rhttp_group)};
}

std::chrono::seconds seconds_of(const Values& values, std::string_view name) {
  return std::chrono::duration_cast<std::chrono::seconds>(values.duration(name));
}

void check_chosen(const Values& values, options::Problems& problems) {
  if (!values.has("edge")) {
    problems.push_back(
        values.problem("profile", "rhttp has no token that names edges; give --edge HOST[:PORT]"));
  }
  for (const std::string_view name : {"client-certificate", "client-key"}) {
    if (values.has(name)) continue;
    problems.push_back(
        values.problem("profile", "rhttp needs --" + std::string(name) + " FILE, in PEM"));
  }
}

}  // namespace

std::vector<Option> rhttp_options() {
  const Limits& limits = default_limits;
  return {
      file("client-certificate", "PEM certificate of this tunnel, with its chain"),
      file("client-key", "PEM key of that certificate, mode 0600"),
      time("connection-life", limits.connection_life, limits.connection_life_minimum,
           std::chrono::hours(30 * 24), "age at which a connection is replaced"),
      choice("trust-descriptor", "the edge deletes Tunnel-* fields of clients, so obey those"),
      choice("control-requests", "let the edge ask for a drain; with trust-descriptor only"),
  };
}

RhttpOptions read_rhttp_options(const Values& values, bool chosen, options::Problems& problems) {
  RhttpOptions read;
  read.certificate = values.path("client-certificate");
  read.key = values.path("client-key");
  read.life = seconds_of(values, "connection-life");
  read.trust_descriptor = values.boolean("trust-descriptor");
  read.control_requests = values.boolean("control-requests");
  if (chosen) {
    check_chosen(values, problems);
    if (read.control_requests && !read.trust_descriptor) {
      problems.push_back(
          values.problem("control-requests",
                         "any client could send them; needs --trust-descriptor, and an edge that "
                         "deletes the Tunnel-* fields of its clients"));
    }
    return read;
  }
  for (const Option& option : rhttp_options()) {
    if (!values.is_given(option.name)) continue;
    problems.push_back(
        values.problem(option.name, "has an effect in one profile only; add --profile rhttp"));
  }
  return read;
}

Result<void> load_rhttp_identity(RhttpOptions& options, const Uuid& tunnel_id,
                                 std::vector<std::string>& warnings) {
  OUTHAUL_TRY(identity,
              load_client_identity(options.certificate.string(), options.key.string(), tunnel_id));
  if (identity.not_after < std::chrono::system_clock::now()) {
    warnings.push_back("the client certificate " + options.certificate.string() +
                       " has expired; no edge will take it, make a new one");
  }
  options.identity = std::move(identity);
  return {};
}

}  // namespace outhaul::agent
