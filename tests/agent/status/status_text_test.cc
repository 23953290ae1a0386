#include "agent/status/status_text.h"

#include <doctest/doctest.h>

namespace outhaul::agent {

namespace {

std::string page(const std::string& services) {
  return R"({"version":"1.2.3","tunnel":"6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11","ready":false,)"
         R"("reason":"no connection to an edge serves, of 2","draining":false,"log_level":"info",)"
         R"("uptime_s":93784.5,"resident_bytes":12582912,"open_files":31,)"
         R"("open_files_maximum":1024,"connections":[)"
         R"({"slot":0,"state":"serving","edge":"edge.example:7844","address":"192.0.2.1:7844",)"
         R"("rtt_ms":12.345,"serving_for_s":59.9,"active":1,"requests":7,)"
         R"("bytes_received":512,"bytes_sent":1536},)"
         R"({"slot":1,"state":"waiting","serving_for_s":0,"active":0,"requests":0,)"
         R"("bytes_received":0,"bytes_sent":0}],"services":[)" +
         services + "]}";
}

}  // namespace

TEST_CASE("the status page as text") {
  const auto text = status_text(page(
      R"({"service":"none","active":0,"requests":3,"statuses":{"none":0,"1xx":0,"2xx":2,"3xx":0,)"
      R"("4xx":0,"5xx":1},"errors":{"dns_error":1},"bytes_up":0,"bytes_down":1073741824})"));
  REQUIRE(text);
  CHECK(*text ==
        "outhaul 1.2.3   tunnel 6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11   up 1d 2h\n"
        "NOT READY: no connection to an edge serves, of 2   memory 12.0 MiB   files 31 of 1024   "
        "log level info\n"
        "\n"
        "CONNECTION  STATE    EDGE               ADDRESS         RTT      FOR  ACTIVE  REQUESTS  "
        "RECEIVED  SENT\n"
        "0           serving  edge.example:7844  192.0.2.1:7844  12.3 ms  59s  1       7         "
        "512 B     1.5 KiB\n"
        "1           waiting  -                  -               -        0s   0       0         "
        "0 B       0 B\n"
        "\n"
        "SERVICE  ACTIVE  REQUESTS  2xx  3xx  4xx  5xx  UP   DOWN     ERRORS\n"
        "none     0       3         2    0    0    1    0 B  1.0 GiB  dns_error 1\n");
}

TEST_CASE("a page without requests, and what is no page") {
  const auto text = status_text(page(""));
  REQUIRE(text);
  CHECK(text->ends_with("\nno request yet\n"));
  for (const char* wrong : {"", "{}", "[1]", "ready\n"}) {
    CAPTURE(wrong);
    const auto refused = status_text(wrong);
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::protocol);
  }
}

}  // namespace outhaul::agent
