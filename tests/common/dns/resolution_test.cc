#include "common/dns/resolution.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::dns;

namespace {

Address address(const char* text) {
  return {*IpAddress::parse(text), 60};
}

std::string joined(const std::vector<Address>& addresses) {
  std::string text;
  for (const Address& one : addresses)
    text += one.ip.to_string() + " ";
  return text;
}

FamilyReport report(RecordType type, AnswerKind kind, std::string rcode) {
  FamilyReport family{type, Source::server, {}};
  family.answer.kind = kind;
  family.answer.rcode = std::move(rcode);
  return family;
}

}  // namespace

TEST_CASE("families alternate, the preferred one first") {
  const std::vector<Address> v6{address("fd00::1"), address("fd00::2"), address("fd00::3")};
  const std::vector<Address> v4{address("10.0.0.1")};
  CHECK(joined(dial_order(v6, v4, FamilyPreference::v6_first)) ==
        "fd00::1 10.0.0.1 fd00::2 fd00::3 ");
  CHECK(joined(dial_order(v6, v4, FamilyPreference::v4_first)) ==
        "10.0.0.1 fd00::1 fd00::2 fd00::3 ");
  CHECK(joined(dial_order({}, v4, FamilyPreference::v6_first)) == "10.0.0.1 ");
}

TEST_CASE("one family's addresses are enough") {
  auto a = report(RecordType::a, AnswerKind::records, "NOERROR");
  a.answer.addresses.push_back(address("10.0.0.1"));
  const auto outcome =
      make_outcome("app", {report(RecordType::aaaa, AnswerKind::failure, "SERVFAIL"), a},
                   FamilyPreference::v6_first);
  CHECK(!outcome.error);
  CHECK(outcome.rcode.empty());
  CHECK(joined(outcome.resolution.addresses) == "10.0.0.1 ");
}

TEST_CASE("the error says what matters most") {
  const auto error = [](AnswerKind v6, const char* v6_code, AnswerKind v4, const char* v4_code) {
    const auto outcome = make_outcome(
        "app", {report(RecordType::aaaa, v6, v6_code), report(RecordType::a, v4, v4_code)},
        FamilyPreference::v6_first);
    REQUIRE(outcome.error);
    return std::pair(outcome.error->kind, outcome.rcode);
  };
  using enum AnswerKind;
  CHECK(error(no_address, "NODATA", no_name, "NXDOMAIN") ==
        std::pair(ErrorKind::dns_failure, std::string("NXDOMAIN")));
  CHECK(error(no_address, "NODATA", failure, "SERVFAIL") ==
        std::pair(ErrorKind::dns_failure, std::string("SERVFAIL")));
  CHECK(error(silence, "", no_address, "NODATA") ==
        std::pair(ErrorKind::dns_timeout, std::string()));
  CHECK(error(no_address, "NODATA", no_address, "NODATA") ==
        std::pair(ErrorKind::dns_failure, std::string("NODATA")));
}
