// Calls of the directory API, one after another on a fresh directory: each is answered once, in the
// API's envelope, never with 500, and what was created can be listed.
//
// An input is a list of calls, each ended by byte 0x1e; of a call, method, target and body are
// parted by spaces (the body may have any). "$T" and "$S" in targets and bodies are the ids of the
// tunnel and the service that the last calls created.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "edge/api/routes.h"
#include "tests/edge/addresses.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

constexpr char call_end = '\x1e';
/// Each costs a turn of the writer thread, and the directory grows.
constexpr std::size_t most_calls = 12;

/// In memory where there is such a file system: every execution makes a new one.
std::string directory_file() {
  const std::string name = "outhaul-fuzz-api-" + std::to_string(getpid());
  const std::filesystem::path shared_memory = "/dev/shm";
  const auto parent = std::filesystem::exists(shared_memory)
                          ? shared_memory
                          : std::filesystem::temp_directory_path();
  return (parent / name).string();
}

void remove_directory_file(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"})
    std::filesystem::remove(path + suffix);
}

std::string take_until(std::string_view& rest, char end) {
  const std::string_view part = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return std::string(part);
}

/// Ids of what was created, put where the input asks for them.
struct Created {
  std::string tunnel = "none";
  std::string service = "none";

  std::string filled(std::string text) const {
    for (const auto& [mark, id] : {std::pair{"$T", &tunnel}, std::pair{"$S", &service}}) {
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1))
        text.replace(at, 2, *id);
    }
    return text;
  }
};

nlohmann::json answer_to(edge::Api& api, const edge::ApiRequest& request) {
  std::promise<edge::ApiResponse> promise;
  // A second answer would throw in the promise.
  api.handle(request, [&promise](edge::ApiResponse r) { promise.set_value(std::move(r)); });
  const edge::ApiResponse response = promise.get_future().get();
  require(response.status != 500, "no call is answered with 500");
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  require(body.is_object() && body.contains("success") && body.contains("errors") &&
              body.contains("result"),
          "every answer comes in the envelope");
  require(body["success"] == (response.status < 400), "status and envelope say the same");
  require(body["success"] == body["errors"].empty(), "a failure says what is wrong");
  return body;
}

void run(std::string_view input) {
  const std::string path = directory_file();
  remove_directory_file(path);
  {
    auto opened = edge::Directory::open(path);
    require(opened.has_value(), "a directory can be made");
    edge::Api api(**opened, edge::ApiContext{edge::sample_addresses(), {}, {}});
    Created created;
    for (std::size_t i = 0; i < most_calls && !input.empty(); ++i) {
      const std::string text = take_until(input, call_end);
      std::string_view call = text;
      edge::ApiRequest request;
      request.method = take_until(call, ' ');
      const std::string target_text = created.filled(take_until(call, ' '));
      std::string_view target = target_text;
      request.path = take_until(target, '?');
      request.query = target;
      request.body = created.filled(std::string(call));
      const nlohmann::json body = answer_to(api, request);
      const nlohmann::json& result = body["result"];
      if (!result.is_object() || request.method != "POST") continue;
      if (result.contains("service_id")) created.service = result["service_id"];
      if (result.contains("id") && result.contains("name") && request.path == "/v1/tunnels") {
        created.tunnel = result["id"];
      }
    }
  }
  remove_directory_file(path);
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  outhaul::fuzz::run(outhaul::fuzz::text_of(data, size));
  return 0;
}
