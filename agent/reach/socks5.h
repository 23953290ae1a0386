#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/reach/proxy.h"
#include "common/base/bytes.h"
#include "common/base/result.h"

namespace outhaul::agent {

/// The client's side of SOCKS5 (RFC 1928) up to the open connection, without a socket:
///
///   Socks5Client socks("edge.example.net", 7844, nullptr);
///   while (!socks.done()) {
///     write(socks.output());
///     for (std::size_t left; (left = socks.wanted()) > 0;) feed(at most `left` bytes);
///   }
///
/// It never asks for a byte beyond the proxy's last answer: what follows is the tunnel's.
class Socks5Client {
 public:
  /// Where in the exchange it is, or failed.
  enum class Step : std::uint8_t { greeting, login, request, done };

  /// `host` is a name of 1 to 255 bytes or an IP address without brackets. `credentials` outlives
  /// the object; null: none.
  Socks5Client(std::string_view host, std::uint16_t port, const ProxyCredentials* credentials);

  bool done() const { return step_ == Step::done; }
  Step step() const { return step_; }
  /// What is to be sent now; may be empty. Each piece is given once.
  std::string output();
  /// How many bytes of the proxy's answer are missing until the next output() or the end.
  std::size_t wanted() const { return wanted_ - received_.size(); }
  /// At most wanted() bytes. After an error the connection is of no use. Error kinds `denied`
  /// (login, or the proxy's rules), `refused`, `unreachable`, `timed_out`, `protocol`; the message
  /// completes the sentence "the proxy ...".
  Result<void> feed(Bytes bytes);

 private:
  Result<void> advance();
  Result<void> chosen_method();
  Result<void> login_answer();
  Result<void> reply();
  void ask();
  void expect(Step step, std::size_t bytes);
  std::uint8_t byte(std::size_t index) const { return static_cast<std::uint8_t>(received_[index]); }

  std::string host_;
  std::uint16_t port_;
  const ProxyCredentials* credentials_;
  Step step_ = Step::greeting;
  std::string output_;
  std::string received_;
  std::size_t wanted_ = 0;
};

}  // namespace outhaul::agent
