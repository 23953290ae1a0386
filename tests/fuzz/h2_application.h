#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/h2/session.h"
#include "common/h2/stream.h"

namespace outhaul::fuzz {

/// What an application does with a stream of a hostile peer.
enum class Conduct : std::uint8_t {
  answer,  ///< reads everything, answers, ends with trailers
  early,   ///< answers before the request is read, then lets go
  stall,   ///< never reads, answers with as much as there is room for
  reset,   ///< resets after the first look
};

/// A small application over a session in either role. step() does once what can be done now.
class Application final : public h2::SessionHandler {
 public:
  explicit Application(Conduct conduct) : conduct_(conduct) {}

  void on_request(std::unique_ptr<h2::Stream> stream) override;
  void on_ready() override { ready_ = true; }
  void on_go_away() override {}
  void on_ping_acknowledged() override {}

  /// Client role: opens requests once the peer's SETTINGS are there.
  void open_requests(h2::Session& session);
  void step();
  void let_go() { exchanges_.clear(); }
  std::size_t streams() const { return exchanges_.size(); }

 private:
  struct Exchange {
    std::unique_ptr<h2::Stream> stream;
    bool server = true;
    bool answered = false;
    bool finished = false;
    std::size_t written = 0;
  };
  /// False when the exchange is over.
  bool step(Exchange& exchange);
  bool step_server(Exchange& exchange);
  bool step_client(Exchange& exchange);
  void write(Exchange& exchange);

  Conduct conduct_;
  bool ready_ = false;
  bool opened_ = false;
  std::vector<Exchange> exchanges_;
};

}  // namespace outhaul::fuzz
