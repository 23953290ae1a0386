#include "agent/relay/relay_server.h"

#include <utility>

#include "agent/relay/http_relay.h"

namespace outhaul::agent {

namespace {

/// Counts a request for as long as its relay lives, whatever ends it.
class Active {
 public:
  explicit Active(std::size_t& count) : count_(count) { ++count_; }
  Active(const Active&) = delete;
  Active& operator=(const Active&) = delete;
  ~Active() { --count_; }

 private:
  std::size_t& count_;
};

}  // namespace

Task<void> RelayServer::serve(std::string connection, std::unique_ptr<h2::Stream> stream) {
  const Active active(active_);
  co_await relay_http(context_, std::move(connection), std::move(stream));
}

}  // namespace outhaul::agent
