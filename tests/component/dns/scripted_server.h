#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "common/async/loop.h"
#include "common/dns/server_set.h"

namespace outhaul::testing {

/// A DNS server that does what the test says, right or wrong, over UDP and TCP on one port.
class ScriptedServer final : private FdHandler {
 public:
  struct Request {
    std::uint16_t id = 0;
    std::uint16_t type = 0;
    std::string name;
    bool edns = false;
    bool tcp = false;
    std::uint16_t source_port = 0;
  };
  using Message = std::vector<unsigned char>;
  /// The messages to send back; none is silence.
  using Script = std::function<std::vector<Message>(const Request&)>;

  /// Port 0 takes a free one.
  ScriptedServer(Loop& loop, const char* ip, std::uint16_t port, Script script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  dns::ServerAddress address() const;
  dns::ServerSet set() const { return dns::ServerSet::of({address()}); }
  const std::vector<Request>& requests() const { return requests_; }
  std::size_t count(std::uint16_t type) const;

  /// While held, answers are kept back; letting go sends them.
  void hold() { held_ = true; }
  void let_go();

 private:
  class TcpConnection;
  void on_fd_events(std::uint32_t events) override;
  void read_udp();
  void accept_tcp();
  std::vector<Message> serve(const Message& query, bool tcp, std::uint16_t source_port);

  Loop& loop_;
  sockaddr_in address_{};
  Script script_;
  int udp_ = -1;
  int listener_ = -1;
  bool held_ = false;
  std::vector<std::function<void()>> kept_;
  std::vector<Request> requests_;
  std::vector<std::unique_ptr<TcpConnection>> connections_;
};

}  // namespace outhaul::testing
