#include <string>
#include <utility>
#include <vector>

#include "edge/api/api_json.h"
#include "edge/api/lists.h"
#include "edge/api/routes.h"
#include "edge/directory/service_json.h"

namespace outhaul::edge {
namespace {

ApiResponse service_failure(const Error& error) {
  switch (error.kind) {
    case ErrorKind::not_found:
      return failure(404, ApiCode::service_not_found, error.message);
    // 400, not 409: clients of this API send a 409 again.
    case ErrorKind::invalid:
      return failure(400, ApiCode::service_refused, error.message);
    default:
      return failure(500, ApiCode::internal, error.message);
  }
}

}  // namespace

void Api::services(const Call& call) {
  if (!call.action.empty()) {
    return call.done(failure(404, ApiCode::no_such_route, "path: nothing stands below a service"));
  }
  if (call.item.empty()) {
    if (call.method == "GET") return list_services(call);
    if (call.method == "POST") return create_service(call);
    return call.done(method_not_allowed("GET or POST"));
  }
  const auto snapshot = directory_.snapshot();
  const Service* service = snapshot->find_service(call.item);
  if (service == nullptr) {
    return call.done(failure(404, ApiCode::service_not_found,
                             "service " + std::string(call.item) + ": not found"));
  }
  if (call.method == "GET") return call.done(success(200, service_to_json(*service)));
  if (call.method == "PUT") return replace_service(call, *service);
  if (call.method == "DELETE") return delete_service(call, *service);
  call.done(method_not_allowed("GET, PUT or DELETE"));
}

void Api::list_services(const Call& call) {
  if (auto known = check_parameters(call.query, {"type", "name"}); !known) {
    return call.done(failure(400, ApiCode::bad_request, known.error().message));
  }
  const auto page = read_page(call.query);
  if (!page) return call.done(failure(400, ApiCode::bad_request, page.error().message));
  const std::string_view type = parameter(call.query, "type");
  if (!type.empty() && !service_type_from(type)) {
    return call.done(failure(400, ApiCode::bad_request, "query: type must be http or tcp"));
  }
  const std::string_view name = parameter(call.query, "name");
  const auto snapshot = directory_.snapshot();
  std::vector<const Service*> chosen;
  for (const Service* service : snapshot->services()) {
    const bool fits_type = type.empty() || to_string(service->spec.type) == type;
    const bool fits_name = name.empty() || service->spec.name == name;
    if (fits_type && fits_name) chosen.push_back(service);
  }
  call.done(list_page(chosen, *page, service_to_json));
}

void Api::create_service(const Call& call) {
  ParsedService parsed = parse_service(call.body);
  if (!parsed.spec) return call.done(failure(400, ApiCode::bad_request, parsed.problems));
  directory_.submit(CreateService{*std::move(parsed.spec)},
                    [done = call.done](const Result<Service>& made) {
                      if (!made) return done(service_failure(made.error()));
                      done(success(201, service_to_json(*made)));
                    });
}

void Api::replace_service(const Call& call, const Service& service) {
  ParsedService parsed = parse_service(call.body);
  if (!parsed.spec) return call.done(failure(400, ApiCode::bad_request, parsed.problems));
  directory_.submit(ReplaceService{service.id, *std::move(parsed.spec)},
                    [done = call.done](const Result<Service>& replaced) {
                      if (!replaced) return done(service_failure(replaced.error()));
                      done(success(200, service_to_json(*replaced)));
                    });
}

void Api::delete_service(const Call& call, const Service& service) {
  directory_.submit(DeleteService{service.id}, [done = call.done](const Result<Service>& deleted) {
    if (!deleted) return done(service_failure(deleted.error()));
    done(success(200, service_to_json(*deleted)));
  });
}

}  // namespace outhaul::edge
