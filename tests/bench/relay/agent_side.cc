#include "tests/bench/relay/agent_side.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "common/base/limits.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::bench {

namespace {

Uuid fixed_uuid(const char* text) {
  return *Uuid::parse(text);
}

std::shared_ptr<const agent::ServiceSettingsTable> settings() {
  return std::make_shared<const agent::ServiceSettingsTable>(agent::ServiceSettings());
}

// Without memory for windows that grow: how far they do depends on the time that things take.
h2::SessionOptions session_options() {
  h2::SessionOptions options;
  options.role = h2::Role::server;
  return options;
}

}  // namespace

AgentSide::AgentSide(Loop& loop, net::ByteStream& transport, agent::OriginDialer& origins)
    : tunnel_id_(fixed_uuid("0191dce4-9ab4-7fce-b660-8e5dec5172da")),
      resolver_(loop, {}),
      locator_(policy_, resolver_),
      pool_(loop, default_limits.streams_per_agent),
      context_{.loop = loop,
               .log = log_,
               .limits = default_limits,
               .tunnel_id = tunnel_id_,
               .locator = locator_,
               .connector = origins,
               .pool = pool_,
               .services = agent::ServiceCache(settings()),
               .memory = &memory_},
      server_(context_),
      session_(loop, transport, session_options(), *this),
      requests_(loop),
      serving_(loop) {}

AgentSide::~AgentSide() {
  serving_.cancel_all();
  requests_.cancel_all();
}

void AgentSide::start() {
  serving_.spawn(serve());
}

std::string AgentSide::descriptor() const {
  tunnel::Descriptor descriptor;
  descriptor.id = fixed_uuid("e6a0817c-79c5-40ca-9776-a1c019defe70");
  // By address, so that no resolver takes part.
  const std::string address = "10.0.0.5";
  descriptor.ipv4 = tunnel::LiteralAddress{address, *IpAddress::parse(address)};
  descriptor.port = 80;
  descriptor.net = tunnel_id_;
  return tunnel::serialize(descriptor);
}

void AgentSide::on_request(std::unique_ptr<h2::Stream> stream) {
  h2::Stream& served = *stream;
  Cancellable& task = requests_.spawn(server_.serve("bench", std::move(stream)));
  served.cancel_on_reset(&task);
}

Task<void> AgentSide::serve() {
  const h2::SessionEnd end = co_await session_.run();
  throw std::runtime_error("the relay's session ended: " + end.reason.message);
}

}  // namespace outhaul::bench
