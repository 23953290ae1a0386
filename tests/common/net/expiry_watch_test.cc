#include "common/net/expiry_watch.h"

#include <doctest/doctest.h>

#include "tests/support/capture_log_sink.h"

using namespace outhaul;
using namespace outhaul::net;
using std::chrono::hours;

namespace {

constexpr ExpiryWatch::Time now = ExpiryWatch::Time(hours(24 * 20000));
constexpr hours day{24};

class Watching {
 public:
  /// Lines that are written `later` than the beginning.
  std::vector<std::string> warned(hours later) {
    const std::size_t before = sink.lines().size();
    watch.warn(log, now + later);
    const std::vector<std::string> lines = sink.lines();
    return {lines.begin() + static_cast<std::ptrdiff_t>(before), lines.end()};
  }

  Loop loop;
  test::CaptureLogSink sink;
  Log log{sink};
  ExpiryWatch watch{loop};
};

bool has(const std::string& line, std::string_view part) {
  return line.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a certificate is warned about from 30 days before its end, once a day, at last loudly") {
  Watching watching;
  const auto held = watching.watch.hold("edge a", now + 31 * day);
  CHECK(watching.warned(hours(0)).empty());
  const auto first = watching.warned(day + hours(1));
  REQUIRE(first.size() == 1);
  CHECK(has(first[0], "certificate_expires"));
  CHECK(has(first[0], "edge a"));
  CHECK(has(first[0], "29"));
  CHECK(watching.warned(day + hours(23)).empty());
  CHECK(watching.warned(2 * day + hours(1)).size() == 1);
  const auto last = watching.warned(30 * day + hours(2));
  REQUIRE(last.size() == 1);
  CHECK(has(last[0], "ERROR"));
  const auto over = watching.warned(32 * day);
  REQUIRE(over.size() == 1);
  CHECK(has(over[0], "has expired"));
}

TEST_CASE("of certificates with one name the first to end is shown") {
  Watching watching;
  const auto later = watching.watch.hold("edge a", now + 3 * day);
  const auto sooner = watching.watch.hold("edge a", now + 2 * day);
  const auto other = watching.watch.hold("edge b", now + day);
  const auto shown = watching.watch.certificates();
  REQUIRE(shown.size() == 2);
  CHECK(shown[0].not_after == now + 2 * day);
  CHECK(shown[1].name == "edge b");
  CHECK(watching.warned(hours(0)).size() == 3);
}

TEST_CASE("only what somebody holds counts, and a new connection is no new warning") {
  Watching watching;
  auto held = watching.watch.hold("edge a", now + day);
  CHECK(watching.watch.hold("edge a", now + day) == held);
  CHECK(watching.warned(hours(0)).size() == 1);
  held.reset();
  CHECK(watching.watch.certificates().empty());
  CHECK(watching.warned(hours(1)).empty());
  held = watching.watch.hold("edge a", now + day);
  CHECK(watching.warned(hours(2)).empty());
  CHECK(watching.watch.certificates().size() == 1);
  // Renewed: another certificate.
  held = watching.watch.hold("edge a", now + 90 * day);
  CHECK(watching.warned(2 * day).empty());
  CHECK(watching.watch.certificates().at(0).not_after == now + 90 * day);
}
