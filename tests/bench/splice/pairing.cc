#include "tests/bench/splice/pairing.h"

#include <array>
#include <utility>

#include "common/net/io.h"
#include "tests/bench/splice/carry.h"
#include "tests/bench/splice/client_magic.h"

namespace outhaul::bench {

namespace {

/// Reads what is there. False when the stream is over.
bool still_open(net::ByteStream& stream, std::vector<std::byte>& early) {
  std::array<std::byte, 4096> chunk;
  for (;;) {
    const net::IoResult got = stream.read(chunk);
    if (got.status == net::IoStatus::would_block) return true;
    if (got.status != net::IoStatus::done) return false;
    early.insert(early.end(), chunk.begin(),
                 chunk.begin() + static_cast<std::ptrdiff_t>(got.bytes));
  }
}

Task<Result<void>> carry_joint(SplicedAgent& agent, net::TcpStream& client) {
  OUTHAUL_CO_CHECK(greeted, co_await net::write_all(client, agent.early));
  if (agent.sends_client_magic) {
    OUTHAUL_CO_TRY(behind, co_await take_client_magic(client));
    OUTHAUL_CO_CHECK(passed, co_await net::write_all(*agent.stream, behind));
  }
  co_return co_await carry_both(client, *agent.stream);
}

}  // namespace

void Pairing::add_agent(SplicedAgent agent) {
  agents_.push_back(std::move(agent));
  drop_ended_agents();
  log_.info("agent_waiting",
            {{"agent", agents_.empty() ? "" : agents_.back().name}, {"agents", agents_.size()}});
  pair();
}

void Pairing::add_client(std::unique_ptr<net::TcpStream> client) {
  clients_.push_back(std::move(client));
  drop_ended_agents();
  pair();
}

/// An agent gives up a connection on which no HTTP/2 client speaks for ten seconds.
void Pairing::drop_ended_agents() {
  std::erase_if(agents_,
                [](SplicedAgent& waiting) { return !still_open(*waiting.stream, waiting.early); });
}

void Pairing::pair() {
  while (!agents_.empty() && !clients_.empty()) {
    SplicedAgent agent = std::move(agents_.front());
    agents_.pop_front();
    std::unique_ptr<net::TcpStream> client = std::move(clients_.front());
    clients_.pop_front();
    ++pairings_;
    log_.info("paired", {{"pairing", pairings_},
                         {"agent", agent.name},
                         {"client", client->peer_address().to_string()}});
    joints_.spawn(join(pairings_, std::move(agent), std::move(client)));
  }
}

Task<void> Pairing::join(std::uint64_t number, SplicedAgent agent,
                         std::unique_ptr<net::TcpStream> client) {
  const Result<void> end = co_await carry_joint(agent, *client);
  log_.info("parted",
            {{"pairing", number}, {"reason", end ? std::string("ended") : end.error().message}});
}

}  // namespace outhaul::bench
