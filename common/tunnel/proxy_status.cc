#include "common/tunnel/proxy_status.h"

#include <algorithm>
#include <cassert>

namespace outhaul::tunnel {
namespace {

constexpr std::size_t details_size_maximum = 256;
constexpr int status_minimum = 100;
constexpr int status_maximum = 599;

std::string printable(std::string_view text) {
  std::string result(text.substr(0, details_size_maximum));
  std::replace_if(result.begin(), result.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return result;
}

/// Text of a string or a token; empty for any other type.
std::string text_of(const structured::BareItem& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* token = std::get_if<structured::Token>(&value)) return token->text;
  return {};
}

std::string text_parameter(const structured::Parameters& parameters, std::string_view key) {
  const auto* value = parameters.find(key);
  return value == nullptr ? std::string() : text_of(*value);
}

}  // namespace

std::string agent_name(const Uuid& tunnel_id) {
  return "agent-" + tunnel_id.to_string().substr(0, 8);
}

Result<ProxyStatus> ProxyStatus::parse(std::span<const std::string_view> lines) {
  auto list = structured::parse_list(structured::join_lines(lines));
  if (!list) return Error{ErrorKind::invalid, "Proxy-Status: " + list.error().message};
  for (const structured::Member& member : *list) {
    if (structured::as<std::string>(member) == nullptr &&
        structured::as<structured::Token>(member) == nullptr) {
      return Error{ErrorKind::invalid, "Proxy-Status: every member must be a string or a token"};
    }
  }
  ProxyStatus status;
  status.members_ = std::move(*list);
  return status;
}

void ProxyStatus::append(const ProxyStatusMember& member) {
  assert(member.error.empty() || structured::is_token(member.error));
  structured::Item item{member.name, {}};
  if (!member.error.empty()) item.parameters.set("error", structured::Token{member.error});
  if (!member.rcode.empty()) item.parameters.set("rcode", printable(member.rcode));
  if (member.received_status) {
    item.parameters.set("received-status", std::int64_t{*member.received_status});
  }
  if (!member.details.empty()) item.parameters.set("details", printable(member.details));
  members_.emplace_back(std::move(item));
}

void ProxyStatus::strip_internal() {
  for (structured::Member& member : members_) {
    auto& item = std::get<structured::Item>(member);
    item.parameters.remove("details");
    item.parameters.remove("next-hop");
  }
}

std::optional<ProxyStatusMember> ProxyStatus::agent_member(const Uuid& tunnel_id) const {
  if (members_.empty()) return std::nullopt;
  const auto& item = std::get<structured::Item>(members_.back());
  ProxyStatusMember member;
  member.name = text_of(item.value);
  if (member.name != agent_name(tunnel_id)) return std::nullopt;
  if (const auto* error = item.parameters.find("error")) {
    if (const auto* token = std::get_if<structured::Token>(error)) member.error = token->text;
  }
  member.details = text_parameter(item.parameters, "details");
  member.rcode = text_parameter(item.parameters, "rcode");
  if (const auto* value = item.parameters.find("received-status")) {
    const auto* status = std::get_if<std::int64_t>(value);
    if (status != nullptr && *status >= status_minimum && *status <= status_maximum) {
      member.received_status = static_cast<int>(*status);
    }
  }
  return member;
}

std::string ProxyStatus::serialize() const {
  auto text = structured::serialize(members_);
  assert(text.has_value());
  return std::move(*text);
}

}  // namespace outhaul::tunnel
