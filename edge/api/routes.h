#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/api/message.h"
#include "edge/api/target.h"
#include "edge/directory/directory.h"
#include "edge/directory/tokens.h"

namespace outhaul::edge {

/// What the API needs beside the directory. Hooks may be empty.
struct ApiContext {
  EdgeAddresses addresses;  ///< go into the tokens of new tunnels
  /// JSON text that GET /v1/status shows as "connections".
  std::function<std::string()> connections;
  /// Makes the edge drain and end.
  std::function<void()> drain;
  /// Whether the caller may use the API. Empty: whoever reaches it may (admin socket, mode 0600).
  std::function<bool(const ApiRequest&)> authenticate;
  /// Live connections of agents that were authenticated with this key of a tunnel. Empty: no edge
  /// runs here, nobody knows.
  std::function<std::size_t(const Uuid&, const PublicKey&)> key_connections = {};
  /// JSON texts that GET /v1/status shows as "replicas", "certificates" and "listeners".
  std::function<std::string()> replicas = {};
  std::function<std::string()> certificates = {};
  std::function<std::string()> listeners = {};
  /// Makes an archive of a copy of the database and the edge's keys, on the writer thread. Only for
  /// callers who may read the data directory anyway; empty: there is no such route.
  std::function<Result<std::string>(const std::string& database)> backup = {};
};

/// The directory API.
///
/// | method          | path                     | body / query                                  |
/// |-----------------|--------------------------|-----------------------------------------------|
/// | GET             | /v1/status               |                                               |
/// | GET             | /v1/backup               | a tar archive (edge/backup/archive.h)         |
/// | POST            | /v1/drain                | the edge drains and ends, as after SIGTERM    |
/// | GET POST        | /v1/tunnels              | ?name= ?is_deleted= / {"name"} -> token, once |
/// | GET PATCH DELETE| /v1/tunnels/{t}          | {"disabled": bool}                            |
/// | POST            | /v1/tunnels/{t}/token    | adds a second key -> its token, once          |
/// | GET             | /v1/tunnels/{t}/keys     | the keys and how many connections use each    |
/// | DELETE          | /v1/tunnels/{t}/keys     | ?key= its first digits: revokes one of two    |
/// | GET POST        | /v1/services             | ?type= ?name= / a service (service_json.h)    |
/// | GET PUT DELETE  | /v1/services/{s}         | a whole service                               |
/// | GET POST        | /v1/bindings             | ?service= / {"service", "name"?} -> token, once |
/// | GET DELETE      | /v1/bindings/{id}        |                                               |
///
/// {t} and {s} are an id or a name. The service routes also stand below
/// /client/v4/accounts/{a}/connectivity/directory. Lists take ?page= (from 1) and ?per_page=
/// (1..1000, default 1000). Answers come in the envelope of api_json.h.
class Api {
 public:
  /// `directory` must outlive the Api.
  Api(Directory& directory, ApiContext context);

  /// Answers through `done`, exactly once; see ApiCompletion for the thread. Thread-safe as far as
  /// the hooks are.
  void handle(const ApiRequest& request, const ApiCompletion& done);

 private:
  /// A request after routing. Valid during handle() only.
  struct Call {
    std::string_view method;
    std::string_view body;
    const QueryParameters& query;
    std::string_view item;    // empty: the collection itself
    std::string_view action;  // empty: the item itself
    const ApiCompletion& done;
  };

  void dispatch(const std::vector<std::string>& path, const ApiRequest& request,
                const QueryParameters& query, const ApiCompletion& done);

  void status(const Call& call);
  void drain(const Call& call);
  void backup(const Call& call);

  void tunnels(const Call& call);
  void list_tunnels(const Call& call);
  void create_tunnel(const Call& call);
  void change_tunnel(const Call& call, const Tunnel& tunnel);
  void delete_tunnel(const Call& call, const Tunnel& tunnel);
  void rotate_token(const Call& call, const Tunnel& tunnel);
  /// Of two keys, the only one that no connection uses; nothing when that is not clear.
  std::optional<PublicKey> unused_key(const Tunnel& tunnel) const;
  void tunnel_keys(const Call& call, const Tunnel& tunnel);
  void list_keys(const Call& call, const Tunnel& tunnel) const;
  void revoke_key(const Call& call, const Tunnel& tunnel);

  void services(const Call& call);
  void list_services(const Call& call);
  void create_service(const Call& call);
  void replace_service(const Call& call, const Service& service);
  void delete_service(const Call& call, const Service& service);

  void bindings(const Call& call);
  void list_bindings(const Call& call);
  void create_binding(const Call& call);
  void delete_binding(const Call& call, const Binding& binding);

  Directory& directory_;
  const ApiContext context_;
};

}  // namespace outhaul::edge
