#include "common/dns/suffix_servers.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::dns;

namespace {

std::string read(const std::vector<std::string>& entries) {
  const auto list = parse_suffix_servers(entries);
  if (!list) return "error: " + list.error().message;
  std::string text;
  for (const SuffixServers& one : *list)
    text += ServerSet::of_suffix(one.suffix, one.servers).to_string() + " ";
  return text;
}

}  // namespace

TEST_CASE("suffixes with their servers, in order") {
  CHECK(read({}).empty());
  CHECK(read({"Corp.Internal.=10.0.0.53,10.0.1.53:5353", "lan=[fd00::53]:53,fd00::54"}) ==
        "corp.internal=10.0.0.53:53,10.0.1.53:5353 lan=[fd00::53]:53,[fd00::54]:53 ");
}

TEST_CASE("a list that was cut at its commas reads the same") {
  CHECK(read({"corp.internal=10.0.0.53", "10.0.1.53", "lan=10.0.2.53"}) ==
        read({"corp.internal=10.0.0.53,10.0.1.53", "lan=10.0.2.53"}));
}

TEST_CASE("every mistake is named") {
  const auto has = [](const std::vector<std::string>& entries, const std::string& part) {
    const std::string text = read(entries);
    CAPTURE(text);
    CHECK(text.starts_with("error: \"" + entries.back() + "\": "));
    CHECK(text.find(part) != std::string::npos);
  };
  has({"10.0.0.53"}, "SUFFIX=SERVER");
  has({"corp.internal="}, "is not an address");
  has({"corp.internal=10.0.0.53,"}, "is not an address");
  has({"corp.internal=dns.corp.internal"}, "is not an address");
  has({"=10.0.0.53"}, "is empty");
  has({"*.corp.internal=10.0.0.53"}, "is not valid");
  has({"10.in-addr.1=10.0.0.53"}, "ends in a number");
  has({"a.internal=10.0.0.53", "A.internal=10.0.0.54"}, "is given twice");
  has({"a.internal=10.0.0.53,10.0.0.53"}, "twice");
  has({"a=1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,1.1.1.9"}, "more than 8");
}

TEST_CASE("a suffix is whole labels") {
  CHECK(is_below("corp.internal", "corp.internal"));
  CHECK(is_below("a.b.corp.internal", "corp.internal"));
  CHECK_FALSE(is_below("notcorp.internal", "corp.internal"));
  CHECK_FALSE(is_below("internal", "corp.internal"));
  CHECK_FALSE(is_below("corp.internal.example.com", "corp.internal"));
}

TEST_CASE("a suffix makes another set of the same servers") {
  const std::vector<ServerAddress> servers{*ServerAddress::parse("10.0.0.53")};
  CHECK(ServerSet::of_suffix("a", servers) != ServerSet::of(servers));
  CHECK(ServerSet::of_suffix("a", servers) != ServerSet::of_suffix("b", servers));
}
