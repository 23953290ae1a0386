#pragma once

#include <memory>
#include <string>

#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/h2/rate_meter.h"
#include "common/net/listener.h"
#include "edge/bindings/client_context.h"

namespace outhaul::edge {

/// Options of the sockets that clients connect to.
net::ListenOptions binding_listen_options(const Limits& limits);

/// Takes connections of clients on one address or unix socket: HTTP/1.1, or HTTP/2 when the first
/// bytes are its preface.
class BindingListener {
 public:
  /// `bound_service`: name or id of the one service that is served here; empty: every request
  /// names its own, with its credential. `context` must outlive the listener.
  BindingListener(ClientContext& context, std::unique_ptr<net::Listener> listener,
                  std::string bound_service);

  void start();
  /// Takes no more connections and ends those that are idle; ClientContext::draining is set.
  void drain();
  /// `co_await listener.drained()`: until the last client's connection is gone.
  Readiness::Awaiter drained() { return connections_.drained(); }
  std::size_t connections() const { return connections_.size(); }

 private:
  Task<void> accept_all();
  /// Whether one more connection may be served; at the limit the longest idle one ends for it.
  bool make_room();
  void turn_away(net::TcpStream& stream);
  Task<void> serve(std::unique_ptr<net::TcpStream> stream);

  ClientContext& context_;
  std::unique_ptr<net::Listener> listener_;
  std::string address_;
  std::string bound_service_;
  /// In the order in which they came.
  IntrusiveList<Client> clients_;
  h2::RateMeter turned_away_lines_;
  Scope accepting_;
  Scope connections_;
};

}  // namespace outhaul::edge
