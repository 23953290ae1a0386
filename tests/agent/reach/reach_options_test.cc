#include "agent/reach/reach_options.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <doctest/doctest.h>

#include "agent/option_table.h"
#include "common/options/command_line.h"
#include "tests/support/temporary_directory.h"

using namespace outhaul;
using namespace outhaul::agent;

namespace {

using Variables = std::map<std::string, std::string>;

options::Values values_of(std::vector<std::string> words) {
  static const options::Program program = agent_program();
  words.insert(words.begin(), {"run", "--tunnel-id", "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"});
  auto line = options::parse_command_line(program, words, {});
  if (const auto* finish = std::get_if<options::Finish>(&line)) FAIL(finish->error_text);
  return std::get<options::Invocation>(std::move(line)).values;
}

struct Read {
  ReachOptions reach;
  std::string problem;
};

Read read(const std::vector<std::string>& words, const Variables& variables = {}) {
  options::Problems problems;
  const EnvironmentLookup environment =
      [&variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  Read result;
  result.reach = read_reach_options(values_of(words), environment, problems);
  if (!problems.empty()) result.problem = problems.front().message;
  return result;
}

std::string proxy_to(const Read& read, std::string_view edge) {
  CHECK(read.problem.empty());
  const auto proxy = read.reach.proxy_for(*tunnel::EdgeAddress::parse(edge));
  return proxy ? proxy->to_string() : "direct";
}

}  // namespace

TEST_CASE("which proxy counts") {
  const std::string edge = "edge.example.net:7844";
  Variables variables{{"all_proxy", "socks5h://d"}};
  CHECK(proxy_to(read({}), edge) == "direct");
  CHECK(proxy_to(read({}, variables), edge) == "socks5h://d:1080");
  variables["ALL_PROXY"] = "http://c";
  CHECK(proxy_to(read({}, variables), edge) == "http://c:80");
  variables["https_proxy"] = "http://b";
  CHECK(proxy_to(read({}, variables), edge) == "http://b:80");
  variables["HTTPS_PROXY"] = "http://a";
  CHECK(proxy_to(read({}, variables), edge) == "http://a:80");
  CHECK(proxy_to(read({"--proxy", "http://given"}, variables), edge) == "http://given:80");
  CHECK(proxy_to(read({"--proxy", "none"}, variables), edge) == "direct");
}

TEST_CASE("what is reached without it") {
  const Variables variables{{"HTTPS_PROXY", "http://a"}, {"NO_PROXY", "corp, ,10.0.0.0/8 [bad"}};
  const Read from_environment = read({}, variables);
  CHECK(proxy_to(from_environment, "edge.corp:7844") == "direct");
  CHECK(proxy_to(from_environment, "10.1.1.1:7844") == "direct");
  CHECK(proxy_to(from_environment, "edge.example.net") == "http://a:80");
  // Whoever names a proxy for this machine itself means it.
  CHECK(proxy_to(from_environment, "localhost:7844") == "direct");
  CHECK(proxy_to(from_environment, "127.0.0.1:7844") == "direct");
  CHECK(proxy_to(read({"--proxy", "http://b"}, variables), "localhost:7844") == "http://b:80");
  CHECK(proxy_to(read({"--proxy", "http://b"}, variables), "edge.corp:7844") == "direct");
  const Read replaced = read({"--no-proxy", "example.net"}, variables);
  CHECK(proxy_to(replaced, "edge.corp:7844") == "http://a:80");
  CHECK(proxy_to(replaced, "edge.example.net:7844") == "direct");
  CHECK(read({"--no-proxy", "10.0.0.0/40"}).problem.starts_with("--no-proxy: "));
}

TEST_CASE("passwords are taken from the environment, never from a flag, and never shown") {
  const Read accepted = read({}, {{"HTTPS_PROXY", "http://joe:secret@a"}});
  CHECK(accepted.problem.empty());
  CHECK(accepted.reach.proxy->credentials->password == "secret");
  const std::string refused = read({"--proxy", "http://joe:secret@a"}).problem;
  CHECK(refused.starts_with("--proxy: "));
  CHECK(refused.find("--proxy-credentials-file") != std::string::npos);
  CHECK(refused.find("secret") == std::string::npos);
  const std::string broken = read({}, {{"ALL_PROXY", "ftp://joe:secret@a"}}).problem;
  CHECK(broken.starts_with("ALL_PROXY: "));
  CHECK(broken.find("--proxy none") != std::string::npos);
  CHECK(broken.find("secret") == std::string::npos);
}

TEST_CASE("the credentials file") {
  const outhaul::testing::TemporaryDirectory directory;
  const auto file = [&](const std::string& text, std::filesystem::perms mode) {
    const std::filesystem::path path = directory.path() / "login";
    std::filesystem::remove(path);
    std::ofstream(path) << text;
    std::filesystem::permissions(path, mode);
    return path.string();
  };
  const auto load = [&](const std::string& text, std::filesystem::perms mode) {
    const auto values =
        values_of({"--proxy", "http://a", "--proxy-credentials-file", file(text, mode)});
    options::Problems problems;
    ReachOptions reach = read_reach_options(values, process_environment, problems);
    const auto loaded = load_proxy_credentials(values, reach);
    if (!loaded) return loaded.error().message;
    return reach.proxy->credentials->user + "|" + reach.proxy->credentials->password;
  };
  const auto owner = std::filesystem::perms::owner_read;
  CHECK(load("joe:a: b\n", owner) == "joe|a: b");
  CHECK(load("joe:a\r\n", owner) == "joe|a");
  CHECK(load("joe:secret", owner | std::filesystem::perms::others_read).find("chmod 0600") !=
        std::string::npos);
  CHECK(load("secret", owner).find("user:password") != std::string::npos);
  CHECK(load("joe:" + std::string(2000, 's'), owner).find("longer") != std::string::npos);

  const auto alone = values_of({"--proxy", "none", "--proxy-credentials-file", "x"});
  ReachOptions without;
  CHECK(load_proxy_credentials(alone, without).error().message.find("there is no proxy") !=
        std::string::npos);
}

TEST_CASE("the port to fall back on") {
  const auto other = [](const Read& read, std::string_view edge) {
    CHECK(read.problem.empty());
    return read.reach.fallback.port_for(*tunnel::EdgeAddress::parse_or_srv(edge)).value_or(0);
  };
  const Read automatic = read({});
  CHECK(other(automatic, "edge:7844") == 443);
  CHECK(other(automatic, "edge:9000") == 0);
  CHECK(other(automatic, "edge:443") == 0);
  CHECK(other(automatic, "srv:example.net") == 0);
  CHECK(other(read({"--edge-port-fallback", "off"}), "edge:7844") == 0);
  const Read given = read({"--edge-port-fallback", "8443"});
  CHECK(other(given, "edge:7844") == 8443);
  CHECK(other(given, "edge:9000") == 8443);
  CHECK(other(given, "edge:8443") == 0);
  CHECK(read({"--edge-port-fallback", "on"}).problem.find("auto") != std::string::npos);
}

TEST_CASE("the source of connections") {
  CHECK(read({"--edge-bind-address", "10.0.0.5"}).reach.source->address.has_value());
  CHECK(read({"--edge-bind-address", "fd00::1"}).reach.source->to_string() == "fd00::1");
  CHECK(read({"--edge-bind-address", "eth1"}).reach.source->interface == "eth1");
  CHECK(read({"--edge-bind-address", "a very long name"})
            .problem.starts_with("--edge-bind-address: "));
}
