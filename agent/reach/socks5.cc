#include "agent/reach/socks5.h"

#include <cassert>
#include <utility>

#include "common/base/ip_address.h"

namespace outhaul::agent {

namespace {

constexpr char version = 5;
constexpr char login_version = 1;
constexpr char no_authentication = 0;
constexpr char user_and_password = 2;
constexpr std::uint8_t no_method = 0xff;
constexpr char connect_command = 1;
constexpr std::uint8_t type_v4 = 1;
constexpr std::uint8_t type_name = 3;
constexpr std::uint8_t type_v6 = 4;
/// Up to the first byte of the address, which is the length of a name.
constexpr std::size_t reply_begin = 5;
constexpr std::size_t port_size = 2;

Error not_socks() {
  return Error{ErrorKind::protocol,
               "does not answer as SOCKS5 (RFC 1928); check its port and the scheme"};
}

/// RFC 1928 section 6.
Error reply_error(std::uint8_t code) {
  switch (code) {
    case 2:
      return {ErrorKind::denied, "does not allow connections to it (SOCKS5 reply 2)"};
    case 3:
      return {ErrorKind::unreachable, "has no way to its network (SOCKS5 reply 3)"};
    case 4:
      return {ErrorKind::unreachable, "cannot reach it, or not resolve its name (SOCKS5 reply 4)"};
    case 5:
      return {ErrorKind::refused, "was refused there (SOCKS5 reply 5)"};
    case 6:
      return {ErrorKind::timed_out, "got no answer from it in time (SOCKS5 reply 6)"};
    case 7:
      return {ErrorKind::protocol, "knows no CONNECT (SOCKS5 reply 7)"};
    case 8:
      return {ErrorKind::protocol, "does not take this kind of address (SOCKS5 reply 8)"};
    default:
      return {ErrorKind::unreachable,
              "failed to connect to it (SOCKS5 reply " + std::to_string(code) + ")"};
  }
}

}  // namespace

Socks5Client::Socks5Client(std::string_view host, std::uint16_t port,
                           const ProxyCredentials* credentials)
    : host_(host), port_(port), credentials_(credentials) {
  output_ = {version, 1, no_authentication};
  if (credentials_ != nullptr) output_ = {version, 2, no_authentication, user_and_password};
  expect(Step::greeting, 2);
}

std::string Socks5Client::output() {
  return std::exchange(output_, {});
}

void Socks5Client::expect(Step step, std::size_t bytes) {
  step_ = step;
  received_.clear();
  wanted_ = bytes;
}

Result<void> Socks5Client::feed(Bytes bytes) {
  assert(bytes.size() <= wanted());
  received_ += as_text(bytes);
  if (wanted() > 0) return {};
  return advance();
}

Result<void> Socks5Client::advance() {
  switch (step_) {
    case Step::greeting:
      return chosen_method();
    case Step::login:
      return login_answer();
    case Step::request:
      return reply();
    case Step::done:
      break;
  }
  return {};
}

Result<void> Socks5Client::chosen_method() {
  if (byte(0) != version) return not_socks();
  if (byte(1) == no_authentication) {
    ask();
    return {};
  }
  if (byte(1) == user_and_password && credentials_ != nullptr) {
    output_ = {login_version, static_cast<char>(credentials_->user.size())};
    output_ += credentials_->user;
    output_ += static_cast<char>(credentials_->password.size());
    output_ += credentials_->password;
    expect(Step::login, 2);
    return {};
  }
  step_ = Step::login;
  if (byte(1) != no_method) return not_socks();
  return Error{ErrorKind::denied,
               credentials_ != nullptr
                   ? "takes no user and password, and asks for another kind of login"
                   : "asks for a login; give --proxy-credentials-file FILE"};
}

Result<void> Socks5Client::login_answer() {
  if (byte(1) != 0) {
    return Error{ErrorKind::denied,
                 "does not accept the user and password; correct the credentials"};
  }
  if (byte(0) != login_version) return not_socks();
  ask();
  return {};
}

void Socks5Client::ask() {
  output_ = {version, connect_command, 0};
  if (const auto address = IpAddress::parse(host_)) {
    output_ += static_cast<char>(address->is_v4() ? type_v4 : type_v6);
    output_ += as_text(address->bytes());
  } else {
    output_ += static_cast<char>(type_name);
    output_ += static_cast<char>(host_.size());
    output_ += host_;
  }
  output_ += static_cast<char>(port_ >> 8);
  output_ += static_cast<char>(port_ & 0xff);
  expect(Step::request, reply_begin);
}

Result<void> Socks5Client::reply() {
  if (byte(0) != version) return not_socks();
  // Before the address, which some proxies leave out of a refusal.
  if (byte(1) != 0) return reply_error(byte(1));
  std::size_t size = 0;
  switch (byte(3)) {
    case type_v4:
      size = reply_begin - 1 + 4 + port_size;
      break;
    case type_v6:
      size = reply_begin - 1 + 16 + port_size;
      break;
    case type_name:
      size = reply_begin + byte(4) + port_size;
      break;
    default:
      return not_socks();
  }
  if (received_.size() < size) {
    wanted_ = size;
  } else {
    expect(Step::done, 0);
  }
  return {};
}

}  // namespace outhaul::agent
