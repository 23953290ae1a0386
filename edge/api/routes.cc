#include "edge/api/routes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "edge/api/api_json.h"
#include "edge/api/lists.h"

namespace outhaul::edge {
namespace {

using Path = std::vector<std::string>;

/// Whether `path` begins like `prefix`; "*" stands for any segment.
bool begins_with(const Path& path, std::initializer_list<std::string_view> prefix) {
  return path.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), path.begin(),
                    [](std::string_view want, const std::string& segment) {
                      return want == "*" || want == segment;
                    });
}

/// Where a path leads: /v1/{collection}/{item}/{action}. Views into the path.
struct Place {
  std::string_view collection;
  std::string_view item;
  std::string_view action;
};

/// Nothing when the path has another shape.
std::optional<Place> find_place(const Path& path) {
  std::size_t at = 0;
  if (begins_with(path, {"v1"})) {
    at = 1;
  } else if (begins_with(path, {"client", "v4", "accounts", "*", "connectivity", "directory",
                                "services"})) {
    at = 6;
  } else {
    return std::nullopt;
  }
  if (path.size() <= at || path.size() > at + 3) return std::nullopt;
  // An empty segment would read as "the collection itself".
  if (std::any_of(path.begin(), path.end(), [](const auto& part) { return part.empty(); })) {
    return std::nullopt;
  }
  const auto segment = [&](std::size_t offset) {
    return at + offset < path.size() ? std::string_view(path[at + offset]) : std::string_view();
  };
  return Place{segment(0), segment(1), segment(2)};
}

ApiResponse no_such_route() {
  return failure(404, ApiCode::no_such_route,
                 "path: no such route; see /v1/tunnels, /v1/services, /v1/bindings, /v1/status");
}

}  // namespace

Api::Api(Directory& directory, ApiContext context)
    : directory_(directory), context_(std::move(context)) {}

void Api::handle(const ApiRequest& request, const ApiCompletion& done) {
  if (context_.authenticate && !context_.authenticate(request)) {
    return done(failure(401, ApiCode::not_authenticated,
                        "Authorization: not accepted; send \"Bearer\" and a valid API token"));
  }
  if (request.body.size() > max_api_body_bytes) {
    return done(failure(413, ApiCode::too_large, "body: over 64 KiB; send a smaller one"));
  }
  const auto path = split_path(request.path);
  if (!path) return done(failure(400, ApiCode::bad_request, path.error().message));
  const auto query = parse_query(request.query);
  if (!query) return done(failure(400, ApiCode::bad_request, query.error().message));
  dispatch(*path, request, *query, done);
}

void Api::dispatch(const Path& path, const ApiRequest& request, const QueryParameters& query,
                   const ApiCompletion& done) {
  struct Collection {
    std::string_view name;
    void (Api::*handler)(const Call&);
  };
  static constexpr std::array collections = {
      Collection{"tunnels", &Api::tunnels},   Collection{"services", &Api::services},
      Collection{"bindings", &Api::bindings}, Collection{"status", &Api::status},
      Collection{"drain", &Api::drain},       Collection{"backup", &Api::backup},
  };
  const std::optional<Place> place = find_place(path);
  if (!place) return done(no_such_route());
  const Call call{request.method, request.body, query, place->item, place->action, done};
  for (const Collection& collection : collections) {
    if (collection.name == place->collection) return (this->*collection.handler)(call);
  }
  done(no_such_route());
}

void Api::status(const Call& call) {
  if (!call.item.empty()) return call.done(no_such_route());
  if (call.method != "GET") return call.done(method_not_allowed("GET"));
  const auto snapshot = directory_.snapshot();
  const auto tunnels = snapshot->tunnels();
  const auto live = std::count_if(tunnels.begin(), tunnels.end(),
                                  [](const Tunnel* tunnel) { return !tunnel->deleted_at; });
  const DirectoryCounts counts{static_cast<std::size_t>(live), snapshot->services().size(),
                               snapshot->bindings().size()};
  const auto shown = [](const auto& hook) { return hook ? hook() : std::string(); };
  call.done(success(200, status_to_json(counts, {{"connections", shown(context_.connections)},
                                                 {"replicas", shown(context_.replicas)},
                                                 {"certificates", shown(context_.certificates)},
                                                 {"listeners", shown(context_.listeners)}})));
}

void Api::drain(const Call& call) {
  if (!call.item.empty()) return call.done(no_such_route());
  if (call.method != "POST") return call.done(method_not_allowed("POST"));
  if (!context_.drain) {
    return call.done(
        failure(409, ApiCode::nothing_runs, "no edge is running here: nothing to drain"));
  }
  call.done(success(202, "{\"draining\":true}"));
  context_.drain();
}

void Api::backup(const Call& call) {
  if (!call.item.empty() || !context_.backup) return call.done(no_such_route());
  if (call.method != "GET") return call.done(method_not_allowed("GET"));
  directory_.submit(CopyDatabase{}, [this, done = call.done](const Result<std::string>& copied) {
    const Result<std::string> archive = copied ? context_.backup(*copied) : copied;
    if (!archive) return done(failure(500, ApiCode::internal, archive.error().message));
    done({200, *archive, "application/x-tar"});
  });
}

}  // namespace outhaul::edge
