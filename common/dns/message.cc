#include "common/dns/message.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <ares.h>

#include "common/dns/name.h"
#include "common/dns/resolver_limits.h"

namespace outhaul::dns {

namespace {

constexpr std::size_t header_size = 12;
constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t type_cname = 5;
constexpr std::uint16_t type_soa = 6;
constexpr std::uint16_t type_srv = static_cast<std::uint16_t>(RecordType::srv);
constexpr std::uint32_t ttl_sign_bit = 0x80000000;

struct FreeAresString {
  void operator()(char* text) const { ares_free_string(text); }
};

Error malformed(std::string_view what) {
  return {ErrorKind::protocol, "malformed DNS response: " + std::string(what)};
}

std::string rcode_name(unsigned rcode) {
  switch (rcode) {
    case 1:
      return "FORMERR";
    case 2:
      return "SERVFAIL";
    case 3:
      return "NXDOMAIN";
    case 4:
      return "NOTIMP";
    case 5:
      return "REFUSED";
    default:
      return "RCODE" + std::to_string(rcode);
  }
}

/// Reads a message front to back; every step says whether the bytes were there.
class Reader {
 public:
  explicit Reader(Bytes message) : message_(message) {}

  std::size_t position() const { return position_; }
  void seek(std::size_t position) { position_ = position; }

  bool number16(std::uint16_t& value) {
    if (message_.size() - position_ < 2) return false;
    value = static_cast<std::uint16_t>((byte(0) << 8) | byte(1));
    position_ += 2;
    return true;
  }
  bool number32(std::uint32_t& value) {
    std::uint16_t high = 0;
    std::uint16_t low = 0;
    if (!number16(high) || !number16(low)) return false;
    value = (std::uint32_t{high} << 16) | low;
    return true;
  }
  bool skip(std::size_t count) {
    if (message_.size() - position_ < count) return false;
    position_ += count;
    return true;
  }
  /// A possibly compressed name in lower case; c-ares bounds the pointers and escapes odd bytes.
  bool name(std::string& value) {
    if (position_ >= message_.size()) return false;
    const auto* begin = reinterpret_cast<const unsigned char*>(message_.data());
    char* text = nullptr;
    long used = 0;
    if (ares_expand_name(begin + position_, begin, static_cast<int>(message_.size()), &text,
                         &used) != ARES_SUCCESS) {
      return false;
    }
    const std::unique_ptr<char, FreeAresString> owned(text);
    value = text;
    for (char& c : value) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return skip(static_cast<std::size_t>(used));
  }
  Bytes data(std::size_t size) const { return message_.subspan(position_, size); }

 private:
  unsigned byte(std::size_t offset) const {
    return std::to_integer<unsigned>(message_[position_ + offset]);
  }

  Bytes message_;
  std::size_t position_ = 0;
};

struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
  std::uint32_t ttl_s = 0;
  Bytes data;
  /// CNAME only.
  std::string target;
  /// SRV only; its target is not checked yet.
  ServiceRecord service;
};

bool read_service(Reader& reader, ServiceRecord& service) {
  return reader.number16(service.priority) && reader.number16(service.weight) &&
         reader.number16(service.port) && reader.name(service.target);
}

bool read_record(Reader& reader, Record& record) {
  std::uint16_t size = 0;
  if (!reader.name(record.owner) || !reader.number16(record.type) ||
      !reader.number16(record.record_class) || !reader.number32(record.ttl_s) ||
      !reader.number16(size)) {
    return false;
  }
  // RFC 2181 section 8: a TTL with the top bit set means zero.
  if ((record.ttl_s & ttl_sign_bit) != 0) record.ttl_s = 0;
  const std::size_t begin = reader.position();
  if (!reader.skip(size)) return false;
  const std::size_t end = reader.position();
  reader.seek(begin);
  record.data = reader.data(size);
  if (record.type == type_cname && (!reader.name(record.target) || reader.position() != end)) {
    return false;
  }
  if (record.type == type_srv &&
      (!read_service(reader, record.service) || reader.position() != end)) {
    return false;
  }
  reader.seek(end);
  return true;
}

/// RFC 2308 section 5: the smaller of the SOA record's own TTL and its last field.
std::optional<std::uint32_t> negative_ttl(Reader& reader, unsigned records) {
  for (; records > 0; --records) {
    Record record;
    if (!read_record(reader, record)) return std::nullopt;
    if (record.type != type_soa || record.data.size() < 4) continue;
    Reader last_field(record.data.last(4));
    std::uint32_t minimum_s = 0;
    last_field.number32(minimum_s);
    return std::min(record.ttl_s, minimum_s);
  }
  return std::nullopt;
}

std::optional<IpAddress> address_of(const Record& record) {
  if (record.type == static_cast<std::uint16_t>(RecordType::a) &&
      record.data.size() == sizeof(in_addr)) {
    in_addr v4{};
    std::memcpy(&v4, record.data.data(), sizeof v4);
    return IpAddress::from(v4);
  }
  if (record.type == static_cast<std::uint16_t>(RecordType::aaaa) &&
      record.data.size() == sizeof(in6_addr)) {
    in6_addr v6{};
    std::memcpy(&v6, record.data.data(), sizeof v6);
    return IpAddress::from(v6);
  }
  return std::nullopt;
}

/// Follows the CNAME records from the name asked; leaves the names in `answer`.
Result<std::string> follow_chain(const std::vector<Record>& records, const Question& question,
                                 Answer& answer) {
  std::string owner = question.name;
  while (true) {
    const auto alias = std::find_if(records.begin(), records.end(), [&](const Record& record) {
      return record.type == type_cname && record.owner == owner;
    });
    if (alias == records.end()) return owner;
    if (answer.chain.size() == max_chain) {
      return Error{ErrorKind::protocol, "a loop, or more than 8 steps, of CNAME records"};
    }
    owner = alias->target;
    answer.chain.push_back(owner);
    answer.ttl_s = std::min(answer.ttl_s, alias->ttl_s);
  }
}

void take_addresses(const std::vector<Record>& records, const Question& question,
                    const std::string& owner, Answer& answer) {
  for (const Record& record : records) {
    if (record.type != static_cast<std::uint16_t>(question.type) || record.owner != owner) continue;
    const auto ip = address_of(record);
    if (!ip || answer.addresses.size() == max_addresses) continue;
    const bool known = std::any_of(answer.addresses.begin(), answer.addresses.end(),
                                   [&](const Address& address) { return address.ip == *ip; });
    if (known) continue;
    answer.addresses.push_back({*ip, record.ttl_s});
    answer.ttl_s = std::min(answer.ttl_s, record.ttl_s);
  }
}

void take_services(const std::vector<Record>& records, const std::string& owner, Answer& answer) {
  for (const Record& record : records) {
    if (record.type != type_srv || record.owner != owner) continue;
    if (answer.services.size() == max_services) return;
    ServiceRecord service = record.service;
    service.ttl_s = record.ttl_s;
    if (!service.target.empty()) {
      auto target = canonical_name(service.target);
      if (!target || service.port == 0) continue;
      service.target = std::move(*target);
    }
    answer.ttl_s = std::min(answer.ttl_s, service.ttl_s);
    answer.services.push_back(std::move(service));
  }
}

}  // namespace

Result<std::vector<unsigned char>> build_query(const Question& question, std::uint16_t id,
                                               Edns edns) {
  unsigned char* bytes = nullptr;
  int size = 0;
  const int status =
      ares_create_query(question.name.c_str(), class_in, static_cast<int>(question.type), id, 1,
                        &bytes, &size, edns == Edns::on ? edns_payload_size : 0);
  if (status != ARES_SUCCESS) {
    return Error{ErrorKind::invalid, "host name \"" + question.name +
                                         "\" does not fit a DNS query: " + ares_strerror(status)};
  }
  std::vector<unsigned char> query(bytes, bytes + size);
  ares_free_string(bytes);
  return query;
}

Result<Answer> read_reply(Bytes message, const Question& question) {
  Reader reader(message);
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
  std::uint16_t additionals = 0;
  if (message.size() < header_size || !reader.number16(id) || !reader.number16(flags) ||
      !reader.number16(questions) || !reader.number16(answers) || !reader.number16(authorities) ||
      !reader.number16(additionals)) {
    return malformed("shorter than its header");
  }
  if ((flags & 0x8000) == 0) return malformed("not a response");
  if ((flags & 0x0200) != 0) return malformed("truncated over TCP");

  Answer answer;
  const unsigned rcode = flags & 0x0fU;
  if (rcode != 0 && rcode != 3) {
    answer.kind = AnswerKind::failure;
    answer.rcode = rcode_name(rcode);
    return answer;
  }
  std::string asked;
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
  if (questions != 1 || !reader.name(asked) || !reader.number16(type) ||
      !reader.number16(record_class)) {
    return malformed("it must repeat exactly one question");
  }
  if (asked != question.name || type != static_cast<std::uint16_t>(question.type) ||
      record_class != class_in) {
    return Error{ErrorKind::protocol, "DNS response to another question"};
  }
  std::vector<Record> records;
  for (unsigned i = 0; i < answers; ++i) {
    Record record;
    if (!read_record(reader, record)) return malformed("a broken record in its answer section");
    if (record.record_class == class_in) records.push_back(std::move(record));
  }
  answer.ttl_s = ~std::uint32_t{0};
  OUTHAUL_TRY(owner, follow_chain(records, question, answer));
  if (question.type == RecordType::srv) {
    take_services(records, owner, answer);
  } else {
    take_addresses(records, question, owner, answer);
  }
  if (rcode == 0 && !(answer.addresses.empty() && answer.services.empty())) {
    answer.kind = AnswerKind::records;
    answer.rcode = "NOERROR";
    answer.ttl_known = true;
    return answer;
  }
  answer.addresses.clear();
  answer.services.clear();
  answer.kind = rcode == 3 ? AnswerKind::no_name : AnswerKind::no_address;
  answer.rcode = rcode == 3 ? "NXDOMAIN" : "NODATA";
  const auto ttl_s = negative_ttl(reader, authorities);
  answer.ttl_known = ttl_s.has_value();
  answer.ttl_s = ttl_s.value_or(0);
  return answer;
}

}  // namespace outhaul::dns
