#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace outhaul::edge {

/// One call of the directory API, free of any transport: the admin socket and the HTTP listener
/// both turn what they receive into this.
struct ApiRequest {
  std::string method;
  std::string path;           ///< as sent, still percent-encoded, without the query
  std::string query;          ///< as sent, without '?'
  std::string body;           ///< the listener stops reading past max_api_body_bytes + 1
  std::string authorization;  ///< the Authorization field's value, for the authentication hook
};

struct ApiResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

/// Called exactly once: at once for reads, on the directory's writer thread for changes, where it
/// may only post the response to its own loop.
using ApiCompletion = std::function<void(ApiResponse)>;

inline constexpr std::size_t max_api_body_bytes = 64 * 1024;

}  // namespace outhaul::edge
