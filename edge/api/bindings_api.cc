#include <string>
#include <utility>
#include <vector>

#include "edge/api/api_json.h"
#include "edge/api/lists.h"
#include "edge/api/routes.h"

namespace outhaul::edge {
namespace {

ApiResponse no_such_service(std::string_view id_or_name) {
  return failure(404, ApiCode::service_not_found,
                 "service: no service has the id or name \"" + std::string(id_or_name) +
                     "\"; create the service first");
}

ApiResponse no_such_binding(std::string_view id) {
  return failure(404, ApiCode::binding_not_found,
                 "binding " + std::string(id) + ": not found; GET /v1/bindings lists the ids");
}

std::string to_json(const Binding& binding) {
  return binding_to_json(binding);
}

}  // namespace

void Api::bindings(const Call& call) {
  if (!call.action.empty()) {
    return call.done(failure(404, ApiCode::no_such_route, "path: nothing stands below a binding"));
  }
  if (call.item.empty()) {
    if (call.method == "GET") return list_bindings(call);
    if (call.method == "POST") return create_binding(call);
    return call.done(method_not_allowed("GET or POST"));
  }
  // By id alone: names of bindings are for people and not unique.
  const auto snapshot = directory_.snapshot();
  const auto id = parse_id(call.item);
  const Binding* binding = id ? snapshot->binding(*id) : nullptr;
  if (binding == nullptr) return call.done(no_such_binding(call.item));
  if (call.method == "GET") return call.done(success(200, binding_to_json(*binding)));
  if (call.method == "DELETE") return delete_binding(call, *binding);
  call.done(method_not_allowed("GET or DELETE"));
}

void Api::list_bindings(const Call& call) {
  if (auto known = check_parameters(call.query, {"service"}); !known) {
    return call.done(failure(400, ApiCode::bad_request, known.error().message));
  }
  const auto page = read_page(call.query);
  if (!page) return call.done(failure(400, ApiCode::bad_request, page.error().message));
  const auto snapshot = directory_.snapshot();
  const std::string_view wanted = parameter(call.query, "service");
  const Service* service = wanted.empty() ? nullptr : snapshot->find_service(wanted);
  if (!wanted.empty() && service == nullptr) return call.done(no_such_service(wanted));
  std::vector<const Binding*> chosen;
  for (const Binding* binding : snapshot->bindings()) {
    if (service == nullptr || binding->service_id == service->id) chosen.push_back(binding);
  }
  call.done(list_page(chosen, *page, to_json));
}

void Api::create_binding(const Call& call) {
  auto wanted = parse_new_binding(call.body);
  if (!wanted.value) return call.done(failure(400, ApiCode::bad_request, wanted.problems));
  const auto snapshot = directory_.snapshot();
  const Service* service = snapshot->find_service(wanted.value->service);
  if (service == nullptr) return call.done(no_such_service(wanted.value->service));
  BindingCredential credential = make_binding_credential();
  directory_.submit(
      CreateBinding{service->id, credential.hash, std::move(wanted.value->name)},
      [done = call.done, token = std::move(credential.token)](const Result<Binding>& made) {
        if (made) return done(success(201, binding_to_json(*made, token)));
        const bool gone = made.error().kind == ErrorKind::not_found;
        done(gone ? failure(404, ApiCode::service_not_found, made.error().message)
                  : failure(500, ApiCode::internal, made.error().message));
      });
}

void Api::delete_binding(const Call& call, const Binding& binding) {
  directory_.submit(DeleteBinding{binding.id}, [done = call.done](const Result<Binding>& deleted) {
    if (deleted) return done(success(200, binding_to_json(*deleted)));
    const bool gone = deleted.error().kind == ErrorKind::not_found;
    done(gone ? failure(404, ApiCode::binding_not_found, deleted.error().message)
              : failure(500, ApiCode::internal, deleted.error().message));
  });
}

}  // namespace outhaul::edge
