#include "agent/reach/proxy.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::agent;

TEST_CASE("the forms of a proxy") {
  const auto shown = [](std::string_view url) {
    const auto proxy = Proxy::parse(url);
    return proxy ? proxy->to_string() : proxy.error().message;
  };
  CHECK(shown("http://Proxy.corp:3128") == "http://proxy.corp:3128");
  CHECK(shown("HTTPS://proxy.corp") == "https://proxy.corp:443");
  CHECK(shown("http://proxy.corp/") == "http://proxy.corp:80");
  CHECK(shown("socks5://10.0.0.1") == "socks5://10.0.0.1:1080");
  CHECK(shown("socks5h://[fd00::1]:9050") == "socks5h://[fd00::1]:9050");
  CHECK(shown("socks5h://[fd00::1]") == "socks5h://[fd00::1]:1080");
  CHECK(shown("proxy.corp:3128") == "http://proxy.corp:3128");
  CHECK(Proxy::parse("socks5h://a")->resolves_names());
  CHECK(Proxy::parse("http://a")->resolves_names());
  CHECK_FALSE(Proxy::parse("socks5://a")->resolves_names());
}

TEST_CASE("user and password of a proxy") {
  const auto proxy = Proxy::parse("http://Jo%20e:p%40ss%3a%25@x@proxy.corp:3128");
  REQUIRE(proxy);
  REQUIRE(proxy->credentials);
  CHECK(proxy->credentials->user == "Jo e");
  CHECK(proxy->credentials->password == "p@ss:%@x");
  CHECK(proxy->to_string() == "http://proxy.corp:3128");
  CHECK(Proxy::parse("http://joe@proxy.corp")->credentials->password.empty());

  const auto from_file = ProxyCredentials::parse("joe:a:b c");
  REQUIRE(from_file);
  CHECK(from_file->user == "joe");
  CHECK(from_file->password == "a:b c");
  for (const std::string& bad : {std::string("joe"), std::string(":secret"),
                                 "joe:" + std::string(256, 's'), std::string("joe:a\nb:secret")}) {
    const auto refused = ProxyCredentials::parse(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("secret") == std::string::npos);
  }
}

TEST_CASE("what is no proxy, and is never repeated") {
  for (const char* bad :
       {"", "ftp://proxy:21", "socks4://proxy", "http://", "http://proxy:0", "http://proxy/path",
        "http://u:secret@", "http://u:secret%4@proxy", "http://u:secret%zz@proxy",
        "http://:secret@proxy", "http://u%3a:secret@proxy", "gopher://u:secret@proxy"}) {
    CAPTURE(bad);
    const auto proxy = Proxy::parse(bad);
    REQUIRE_FALSE(proxy);
    CHECK(proxy.error().message.starts_with("proxy: "));
    CHECK(proxy.error().message.find("secret") == std::string::npos);
  }
}
