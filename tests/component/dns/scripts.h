#pragma once

#include <string>
#include <vector>

#include "tests/component/dns/scripted_server.h"
#include "tests/support/dns_message.h"

/// Answers for ScriptedServer.
namespace outhaul::testing {

inline constexpr std::uint16_t type_a = 1;
inline constexpr std::uint16_t type_aaaa = 28;
inline constexpr std::uint16_t type_srv = 33;
inline constexpr std::uint16_t response_flags = 0x8180;

inline IpAddress ip(const std::string& text) {
  return *IpAddress::parse(text);
}

inline DnsMessage respond(const ScriptedServer::Request& request, unsigned rcode = 0) {
  return {request.id, static_cast<std::uint16_t>(response_flags | rcode), request.name,
          request.type};
}

/// 10.0.0.1 and fd00::1 for every name.
inline DnsMessage good_answer(const ScriptedServer::Request& request, std::uint32_t ttl_s = 60) {
  DnsMessage message = respond(request);
  message.a(request.name, ttl_s, ip(request.type == type_a ? "10.0.0.1" : "fd00::1"));
  return message;
}

inline std::vector<ScriptedServer::Message> good(const ScriptedServer::Request& request) {
  return {good_answer(request).bytes()};
}

inline std::vector<ScriptedServer::Message> silent(const ScriptedServer::Request&) {
  return {};
}

inline ScriptedServer::Script code(unsigned rcode) {
  return [rcode](const ScriptedServer::Request& request) {
    return std::vector<ScriptedServer::Message>{respond(request, rcode).bytes()};
  };
}

}  // namespace outhaul::testing
