#pragma once

#include <future>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "edge/api/routes.h"
#include "tests/edge/addresses.h"
#include "tests/edge/temporary_folder.h"

namespace outhaul::edge {

/// An answer with its envelope taken apart.
struct Answer {
  int status = 0;
  nlohmann::json body;

  bool ok() const { return body.at("success").get<bool>(); }
  int code() const { return body.at("errors").at(0).at("code").get<int>(); }
  std::string message() const { return body.at("errors").at(0).at("message").get<std::string>(); }
  const nlohmann::json& result() const { return body.at("result"); }
  std::string text(const char* key) const { return result().at(key).get<std::string>(); }
  std::string names() const {
    std::string all;
    for (const auto& entry : result())
      all += entry.at("name").get<std::string>() + " ";
    return all;
  }
};

/// The API over a fresh directory.
class ApiFixture {
 public:
  ApiFixture() {
    auto directory = Directory::open(folder_.file("directory.db"));
    if (!directory) FAIL(directory.error().message);
    directory_ = std::move(*directory);
    api_ = std::make_unique<Api>(*directory_, ApiContext{sample_addresses(), {}, {}, {}});
  }

  Directory& directory() { return *directory_; }

  void use(ApiContext context) { api_ = std::make_unique<Api>(*directory_, std::move(context)); }

  Answer ask(ApiRequest request) {
    std::promise<ApiResponse> promise;
    api_->handle(request, [&promise](ApiResponse r) { promise.set_value(std::move(r)); });
    const ApiResponse response = promise.get_future().get();
    CHECK(response.content_type == "application/json");
    Answer answer{response.status, nlohmann::json::parse(response.body)};
    CHECK(answer.ok() == (response.status < 400));
    CHECK(answer.ok() == answer.body.at("errors").empty());
    CHECK(answer.body.at("messages").empty());
    if (!answer.ok()) CHECK(answer.result().is_null());
    return answer;
  }
  Answer get(const std::string& path, const std::string& query = "") {
    return ask({"GET", path, query, "", ""});
  }
  Answer post(const std::string& path, const std::string& body) {
    return ask({"POST", path, "", body, ""});
  }
  Answer put(const std::string& path, const std::string& body) {
    return ask({"PUT", path, "", body, ""});
  }
  Answer patch(const std::string& path, const std::string& body) {
    return ask({"PATCH", path, "", body, ""});
  }
  Answer remove(const std::string& path) { return ask({"DELETE", path, "", "", ""}); }

  std::string new_tunnel(const std::string& name) {
    return post("/v1/tunnels", nlohmann::json{{"name", name}}.dump()).text("id");
  }
  static std::string service_body(const std::string& name, const std::string& tunnel_id) {
    return nlohmann::json{
        {"name", name},
        {"type", "http"},
        {"http_port", 8080},
        {"host", {{"hostname", "api.internal"}, {"resolver_network", {{"tunnel_id", tunnel_id}}}}}}
        .dump();
  }
  std::string new_service(const std::string& name, const std::string& tunnel_id) {
    return post("/v1/services", service_body(name, tunnel_id)).text("service_id");
  }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<Api> api_;
};

}  // namespace outhaul::edge
