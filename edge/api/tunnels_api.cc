#include <string>
#include <utility>
#include <vector>

#include "edge/api/api_json.h"
#include "edge/api/lists.h"
#include "edge/api/routes.h"

namespace outhaul::edge {
namespace {

/// `refused`, with 409, is what breaking a rule of the store means in the call at hand.
ApiResponse tunnel_failure(const Error& error, ApiCode refused) {
  switch (error.kind) {
    case ErrorKind::not_found:
      return failure(404, ApiCode::tunnel_not_found, error.message);
    case ErrorKind::invalid:
      return failure(409, refused, error.message);
    default:
      return failure(500, ApiCode::internal, error.message);
  }
}

std::string to_json(const Tunnel& tunnel) {
  return tunnel_to_json(tunnel);
}

}  // namespace

void Api::tunnels(const Call& call) {
  if (call.item.empty()) {
    if (call.method == "GET") return list_tunnels(call);
    if (call.method == "POST") return create_tunnel(call);
    return call.done(method_not_allowed("GET or POST"));
  }
  const auto snapshot = directory_.snapshot();
  const Tunnel* tunnel = snapshot->find_tunnel(call.item);
  if (tunnel == nullptr) {
    return call.done(failure(404, ApiCode::tunnel_not_found,
                             "tunnel " + std::string(call.item) + ": not found"));
  }
  if (call.action == "token") {
    if (call.method == "POST") return rotate_token(call, *tunnel);
    return call.done(method_not_allowed(
        "POST, which makes a second token; a token is shown once, when it is made"));
  }
  if (call.action == "keys") return tunnel_keys(call, *tunnel);
  if (!call.action.empty()) {
    return call.done(
        failure(404, ApiCode::no_such_route, "path: a tunnel has only /token and /keys below"));
  }
  if (call.method == "GET") return call.done(success(200, tunnel_to_json(*tunnel)));
  if (call.method == "PATCH") return change_tunnel(call, *tunnel);
  if (call.method == "DELETE") return delete_tunnel(call, *tunnel);
  call.done(method_not_allowed("GET, PATCH or DELETE"));
}

void Api::list_tunnels(const Call& call) {
  if (auto known = check_parameters(call.query, {"name", "is_deleted"}); !known) {
    return call.done(failure(400, ApiCode::bad_request, known.error().message));
  }
  const auto page = read_page(call.query);
  if (!page) return call.done(failure(400, ApiCode::bad_request, page.error().message));
  const std::string_view deleted = parameter(call.query, "is_deleted");
  if (deleted != "" && deleted != "true" && deleted != "false") {
    return call.done(failure(400, ApiCode::bad_request, "query: is_deleted must be true or false"));
  }
  const std::string_view name = parameter(call.query, "name");
  const auto snapshot = directory_.snapshot();
  std::vector<const Tunnel*> chosen;
  for (const Tunnel* tunnel : snapshot->tunnels()) {
    const bool fits = name.empty() || tunnel->name == name;
    if (fits && tunnel->deleted_at.has_value() == (deleted == "true")) chosen.push_back(tunnel);
  }
  call.done(list_page(chosen, *page, to_json));
}

void Api::create_tunnel(const Call& call) {
  auto name = parse_new_tunnel(call.body);
  if (!name.value) return call.done(failure(400, ApiCode::bad_request, name.problems));
  const Uuid id = Uuid::random();
  auto credential = make_tunnel_credential(id, context_.addresses);
  if (!credential) return call.done(failure(500, ApiCode::internal, credential.error().message));
  directory_.submit(CreateTunnel{id, *std::move(name.value), credential->public_key},
                    [done = call.done, token = credential->token](const Result<Tunnel>& made) {
                      if (!made) {
                        return done(tunnel_failure(made.error(), ApiCode::tunnel_name_taken));
                      }
                      done(success(201, tunnel_to_json(*made, token)));
                    });
}

void Api::change_tunnel(const Call& call, const Tunnel& tunnel) {
  const auto disabled = parse_tunnel_change(call.body);
  if (!disabled.value) return call.done(failure(400, ApiCode::bad_request, disabled.problems));
  directory_.submit(DisableTunnel{tunnel.id, *disabled.value},
                    [done = call.done](const Result<Tunnel>& changed) {
                      if (!changed) {
                        return done(tunnel_failure(changed.error(), ApiCode::bad_request));
                      }
                      done(success(200, tunnel_to_json(*changed)));
                    });
}

void Api::delete_tunnel(const Call& call, const Tunnel& tunnel) {
  directory_.submit(DeleteTunnel{tunnel.id}, [done = call.done](const Result<Tunnel>& deleted) {
    if (!deleted) return done(tunnel_failure(deleted.error(), ApiCode::tunnel_in_use));
    done(success(200, tunnel_to_json(*deleted)));
  });
}

void Api::rotate_token(const Call& call, const Tunnel& tunnel) {
  // An answer that was lost on its way is asked for again: the key of that answer is used by
  // nobody, and never is a key that agents use replaced by the way.
  const std::optional<PublicKey> replaced = unused_key(tunnel);
  if (tunnel.public_keys.size() > 1 && !replaced) {
    return call.done(failure(409, ApiCode::key_refused,
                             "the tunnel has two keys, and which of them agents use no longer is "
                             "not clear: look with outhaul-edge tunnel keys " +
                                 tunnel.name + " and revoke one first"));
  }
  auto credential = make_tunnel_credential(tunnel.id, context_.addresses);
  if (!credential) return call.done(failure(500, ApiCode::internal, credential.error().message));
  directory_.submit(AddTunnelKey{tunnel.id, credential->public_key, replaced},
                    [done = call.done, token = credential->token](const Result<Tunnel>& changed) {
                      if (!changed) {
                        return done(tunnel_failure(changed.error(), ApiCode::key_refused));
                      }
                      done(success(201, tunnel_to_json(*changed, token)));
                    });
}

}  // namespace outhaul::edge
