#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/http/message.h"
#include "edge/directory/snapshot.h"
#include "edge/forwarding/edge_failure.h"

namespace outhaul::edge {

/// Service or failure is set.
struct Admission {
  const Service* service = nullptr;
  /// Id of the binding that was used; empty on a listener that is bound to a service.
  std::string binding;
  std::optional<EdgeFailure> failure;
};

/// Finds the service that a request may use (edge-and-clients.md section 2). `bound_service` is the
/// name or id of the listener's service; when it is empty the request must carry X-VPC-Service-Id
/// and X-VPC-Binding-Token, each once. An unknown id and a wrong token get the same answer, after
/// the same work. The authority of a plain CONNECT grants nothing; one of the form
/// `<service id>.tcp.vpc` must agree with the service. The service lives as long as the snapshot.
Admission admit(const http::RequestHead& head, std::string_view bound_service,
                const Snapshot& snapshot);

/// How the client named the URL's scheme beside X-Forwarded-Proto.
enum class SchemeSource : bool {
  forwarded_proto,  ///< origin-form and HTTP/2: X-Forwarded-Proto wins; without either, http
  request_target,   ///< absolute-form: the target's own
};

/// Sets `head.scheme`. Fails (400) on an X-Forwarded-Proto that is not one `http` or `https`.
std::optional<EdgeFailure> settle_scheme(http::RequestHead& head, SchemeSource source);

}  // namespace outhaul::edge
