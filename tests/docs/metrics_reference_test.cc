#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "agent/status/metric_families.h"
#include "common/base/metrics_text.h"
#include "common/base/standard_metrics.h"
#include "edge/status/metric_families.h"

namespace outhaul {

namespace {

const std::string page_path = std::string(OUTHAUL_SOURCE_ROOT) + "/docs/metrics.md";
const std::string begin_mark = "<!-- Made from the code by scripts/metrics_reference. -->\n";

std::string read_page() {
  std::ifstream file(page_path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string reference() {
  return begin_mark + "\n### Agent\n\n" + markdown_table(agent::metrics::own_families) +
         "\n### Edge\n\n" + markdown_table(edge::metrics::own_families) + "\n### Both\n\n" +
         markdown_table(process_families);
}

}  // namespace

TEST_CASE("docs/metrics.md says what the code has") {
  std::string page = read_page();
  const std::size_t begin = page.find(begin_mark);
  REQUIRE(begin != std::string::npos);
  if (std::getenv("OUTHAUL_WRITE_REFERENCE")) {
    page = page.substr(0, begin) + reference();
    std::ofstream(page_path) << page;
  }
  // Stale? Run scripts/metrics_reference.
  CHECK(page.substr(begin) == reference());
}

TEST_CASE("names of metrics follow the conventions and are there once") {
  std::set<std::string_view> names;
  const auto check = [&](const MetricFamily& family) {
    CAPTURE(family.name);
    CHECK(names.insert(family.name).second);
    CHECK(family.name.ends_with("_total") == (family.type == MetricType::counter));
    if (family.type == MetricType::histogram) CHECK(family.name.ends_with("_seconds"));
    CHECK(!family.help.empty());
    CHECK(!family.help.ends_with('.'));
  };
  for (const MetricFamily& family : agent::metrics::own_families)
    check(family);
  for (const MetricFamily& family : edge::metrics::own_families)
    check(family);
  for (const MetricFamily& family : process_families)
    check(family);
}

}  // namespace outhaul
