#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/base/ip_address.h"
#include "common/dns/server_set.h"
#include "common/dns/service_record.h"

namespace outhaul::dns {

/// The record types that are asked, with their numbers on the wire.
enum class RecordType : std::uint16_t { a = 1, aaaa = 28, srv = 33 };

/// "A", "AAAA" or "SRV".
std::string_view to_string(RecordType type);

struct Question {
  /// Canonical, see canonical_name().
  std::string name;
  RecordType type = RecordType::a;

  friend bool operator==(const Question&, const Question&) = default;
  friend auto operator<=>(const Question&, const Question&) = default;
};

struct Address {
  IpAddress ip;
  /// Seconds this record may be used, as the server said.
  std::uint32_t ttl_s = 0;

  friend bool operator==(const Address&, const Address&) = default;
};

enum class AnswerKind : std::uint8_t {
  records,     ///< at least one of the type that was asked for
  no_name,     ///< NXDOMAIN
  no_address,  ///< the name exists, but not with this record type (NODATA)
  failure,     ///< a failure code, or an answer that makes no sense
  silence,     ///< no server answered in time
};

/// What the servers said to one question, or that they said nothing.
struct Answer {
  AnswerKind kind = AnswerKind::silence;
  std::vector<Address> addresses;
  /// What a question for SRV gets instead of addresses.
  std::vector<ServiceRecord> services;
  /// The names that CNAME records led to, in order; the last one has the addresses.
  std::vector<std::string> chain;
  /// For `records` the smallest TTL of the records used, for the negative kinds what the SOA
  /// record allows; seconds, as received. Without meaning for the others.
  std::uint32_t ttl_s = 0;
  /// False when a negative answer carried no SOA record, i.e. `ttl_s` is unknown.
  bool ttl_known = false;
  /// Name of the response code ("NXDOMAIN", "SERVFAIL"), "NODATA" for no_address, empty if the
  /// server's answer made no sense or there was none.
  std::string rcode;
  /// For failure and silence, the rest of the sentence for people.
  std::string detail;
  /// Who answered; for silence, who was asked last.
  ServerAddress server;

  /// A lie or a truth, but an answer: it may replace what the cache holds.
  bool conclusive() const { return kind != AnswerKind::failure && kind != AnswerKind::silence; }
  bool negative() const { return kind == AnswerKind::no_name || kind == AnswerKind::no_address; }
};

/// The error for callers: dns_timeout for silence, dns_failure for the others. Asserts that the
/// kind is not `records`.
Error to_error(const Question& question, const Answer& answer);

}  // namespace outhaul::dns
