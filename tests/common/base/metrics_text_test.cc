#include "common/base/metrics_text.h"

#include <limits>

#include <doctest/doctest.h>

namespace outhaul {

using namespace std::chrono_literals;

namespace {

constexpr MetricFamily requests{"test_requests_total", MetricType::counter, "service",
                                "Requests, \"all\" of them"};
constexpr MetricFamily seconds{"test_seconds", MetricType::histogram, "", "Time"};

}  // namespace

TEST_CASE("a family is its help, its type and its samples") {
  MetricsWriter writer;
  writer.family(requests);
  writer.sample({{"service", "api"}, {"status", "2xx"}}, std::uint64_t{3});
  writer.sample(0.25);
  CHECK(writer.take() ==
        "# HELP test_requests_total Requests, \"all\" of them\n"
        "# TYPE test_requests_total counter\n"
        "test_requests_total{service=\"api\",status=\"2xx\"} 3\n"
        "test_requests_total 0.25\n");
}

TEST_CASE("label values are escaped, help without its quotes") {
  MetricsWriter writer;
  writer.family({"test_odd", MetricType::gauge, "name", "back\\slash\nand \"more\""});
  writer.sample({{"name", "a\"b\\c\nd"}}, std::uint64_t{1});
  CHECK(writer.take() ==
        "# HELP test_odd back\\\\slash\\nand \"more\"\n"
        "# TYPE test_odd gauge\n"
        "test_odd{name=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST_CASE("counters keep all digits, and numbers that are none have their names") {
  MetricsWriter writer;
  writer.family({"test_odd", MetricType::gauge, "", ""});
  writer.sample(std::numeric_limits<std::uint64_t>::max());
  writer.sample(std::numeric_limits<double>::infinity());
  writer.sample(-std::numeric_limits<double>::infinity());
  writer.sample(std::numeric_limits<double>::quiet_NaN());
  const std::string text = writer.take();
  CHECK(text.find("test_odd 18446744073709551615\ntest_odd +Inf\ntest_odd -Inf\ntest_odd NaN\n") !=
        std::string::npos);
}

TEST_CASE("a histogram's buckets add up, and the last one holds everything") {
  Histogram histogram;
  histogram.add(1ms);  // a bound belongs to its bucket
  histogram.add(3ms);
  histogram.add(1000s);
  MetricsWriter writer;
  writer.family(seconds);
  writer.histogram({{"service", "api"}}, histogram);
  const std::string text = writer.take();
  const auto has = [&](const std::string& line) { return text.find(line) != std::string::npos; };
  CHECK(has("test_seconds_bucket{service=\"api\",le=\"0.001\"} 1\n"));
  CHECK(has("test_seconds_bucket{service=\"api\",le=\"0.0025\"} 1\n"));
  CHECK(has("test_seconds_bucket{service=\"api\",le=\"0.005\"} 2\n"));
  CHECK(has("test_seconds_bucket{service=\"api\",le=\"300\"} 2\n"));
  CHECK(has("test_seconds_bucket{service=\"api\",le=\"+Inf\"} 3\n"));
  CHECK(has("test_seconds_sum{service=\"api\"} 1000.004\n"));
  CHECK(has("test_seconds_count{service=\"api\"} 3\n"));
}

TEST_CASE("histograms are summed bucket by bucket") {
  Histogram one;
  one.add(1ms);
  Histogram other;
  other.add(2s);
  one.add(other);
  CHECK(one.count == 2);
  CHECK(one.buckets.front() == 1);
  CHECK(one.sum == doctest::Approx(2.001));
}

TEST_CASE("the reference has a row for each family") {
  const MetricFamily families[] = {requests, seconds};
  CHECK(markdown_table(families) ==
        "| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n"
        "| `test_requests_total` | counter | service | Requests, \"all\" of them |\n"
        "| `test_seconds` | histogram | - | Time |\n");
}

}  // namespace outhaul
