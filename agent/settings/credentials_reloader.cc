#include "agent/settings/credentials_reloader.h"

#include <utility>

#include "common/net/pem.h"

namespace outhaul::agent {

namespace {

constexpr std::size_t ca_size_maximum = std::size_t{16} * 1024 * 1024;

/// The proxy itself is of the configuration, which needs a restart.
bool same_login(const std::shared_ptr<const Proxy>& one,
                const std::shared_ptr<const Proxy>& other) {
  if (!one || !other) return true;
  if (one->credentials.has_value() != other->credentials.has_value()) return false;
  return !one->credentials || (one->credentials->user == other->credentials->user &&
                               one->credentials->password == other->credentials->password);
}

void append(std::string& list, std::string_view word) {
  if (!list.empty()) list += ",";
  list += word;
}

}  // namespace

CredentialsReloader::CredentialsReloader(Loop& loop, Log& log, const Configuration& started,
                                         Apply apply)
    : log_(log),
      values_(started.values),
      file_(started.options.token_path.string()),
      in_force_(describe(started.options)),
      apply_(std::move(apply)),
      watched_(loop, [this] { reload(); }) {
  std::vector<std::string> files;
  if (!file_.empty()) files.push_back(file_);
  if (!started.options.edge_ca.empty()) files.push_back(started.options.edge_ca.string());
  for (const std::string_view name :
       {"client-certificate", "client-key", "proxy-credentials-file"}) {
    if (values_.has(name)) files.push_back(values_.path(name).string());
  }
  watched_.watch(std::move(files));
  watched_.mark_seen();
}

CredentialsReloader::InForce CredentialsReloader::describe(const AgentOptions& options) {
  InForce description;
  description.key =
      tunnel::ConcealedKey::derive(options.tunnel_id, options.token.secret).public_key();
  description.edges = options.edges;
  description.pins = options.token.pins;
  if (!options.edge_ca.empty()) {
    // What is wrong with it, whoever makes a trust store of it will say.
    auto pem = net::read_file(options.edge_ca.string(), ca_size_maximum);
    if (pem) description.edge_ca_pem = *std::move(pem);
  }
  if (options.rhttp.identity)
    description.certificate_pem = options.rhttp.identity->key_pair.chain_pem;
  description.proxy = options.reach.proxy;
  return description;
}

void CredentialsReloader::reload() {
  watched_.mark_seen();
  // They were without a problem when the agent was started with them.
  options::Problems problems;
  AgentOptions next = read_run_options(values_, {}, problems);
  if (const auto loaded = load_credentials(values_, next); !loaded) {
    return refuse(loaded.error().message);
  }
  InForce found = describe(next);
  std::string changed;
  const bool secret = found.key != in_force_.key;
  const bool edges = found.edges != in_force_.edges;
  const bool certificate = found.certificate_pem != in_force_.certificate_pem;
  if (secret) append(changed, "secret");
  if (edges) append(changed, "edges");
  if (found.pins != in_force_.pins) append(changed, "pins");
  if (found.edge_ca_pem != in_force_.edge_ca_pem) append(changed, "edge_ca");
  if (certificate) append(changed, "client_certificate");
  // Connections through the proxy go on: it asks for a login when one begins.
  if (!same_login(found.proxy, in_force_.proxy)) append(changed, "proxy_login");
  if (changed.empty() && problem_.empty()) return;
  if (const auto applied = apply_(next, secret || edges || certificate); !applied) {
    return refuse(applied.error().message);
  }
  in_force_ = std::move(found);
  problem_.clear();
  log_.info("credentials_reloaded",
            {{"file", file_}, {"changed", changed.empty() ? "none" : changed}});
}

void CredentialsReloader::refuse(std::string message) {
  problem_ = std::move(message);
  log_.error("credentials_refused",
             {{"file", file_},
              {"message", problem_ + "; the credentials before it stay in use and the file is read "
                                     "again when it changes; another tunnel needs a restart"}});
}

}  // namespace outhaul::agent
