#include "common/dns/search_list.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/dns/resolv_conf.h"

using namespace outhaul::dns;
using Names = std::vector<std::string>;

TEST_CASE("short names are completed first, long ones last") {
  const SearchList list{{"a.internal", "internal"}, 2};
  CHECK(list.candidates("db") == Names{"db.a.internal", "db.internal", "db"});
  CHECK(list.candidates("db.eu") == Names{"db.eu.a.internal", "db.eu.internal", "db.eu"});
  CHECK(list.candidates("db.eu.x") == Names{"db.eu.x", "db.eu.x.a.internal", "db.eu.x.internal"});
  CHECK(SearchList().candidates("db") == Names{"db"});
}

TEST_CASE("what does not fit into a name is no candidate") {
  const std::string label(60, 'x');
  const std::string name = label + "." + label + "." + label + "." + label;
  CHECK(SearchList{{"corp.internal"}, 1}.candidates(name) == Names{name});
}

TEST_CASE("search, domain and ndots of resolv.conf") {
  auto search = ResolvConf::parse("domain one.internal\nsearch B.internal. . c.internal\n").search;
  CHECK(search.domains == Names{"b.internal", "c.internal"});
  CHECK(search.ndots == 1);
  search = ResolvConf::parse("search b.internal\ndomain one.internal\noptions ndots:3").search;
  CHECK(search.domains == Names{"one.internal"});
  CHECK(search.ndots == 3);
  CHECK(ResolvConf::parse("options ndots:0").search.ndots == 0);
  CHECK(ResolvConf::parse("options ndots:99").search.ndots == 15);
  CHECK(ResolvConf::parse("options ndots:x").search.ndots == 1);
  CHECK(ResolvConf::parse("search a b c d e f g h i j").search.domains.size() == 8);
}
