#pragma once

#include <cstddef>
#include <string>

#include "edge/directory/model.h"

namespace outhaul::edge {

inline PublicKey sample_key(unsigned char fill) {
  PublicKey key{};
  key.fill(std::byte{fill});
  return key;
}

inline Tunnel sample_tunnel(const std::string& name) {
  Tunnel tunnel;
  tunnel.id = Uuid::random();
  tunnel.name = name;
  tunnel.created_at = now();
  tunnel.public_keys = {sample_key(7)};
  return tunnel;
}

inline ServiceSpec sample_spec(const std::string& name, const Uuid& tunnel_id) {
  ServiceSpec spec;
  spec.name = name;
  spec.http_port = std::uint16_t{8080};
  spec.host.hostname = "api.internal";
  spec.tunnel_id = tunnel_id;
  spec.resolver_ips = {"10.0.0.53", "[fd00::53]:5353"};
  spec.tls = TlsVerification::verify_ca;
  return spec;
}

inline Service sample_service(const std::string& name, const Uuid& tunnel_id) {
  const Timestamp created = now();
  return {Uuid::random(), sample_spec(name, tunnel_id), created, created};
}

inline Binding sample_binding(const Uuid& service_id, unsigned char fill) {
  return {Uuid::random(), service_id, sample_key(fill), "", now()};
}

}  // namespace outhaul::edge
