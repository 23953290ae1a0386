#include "common/http/status_call.h"

#include <utility>

namespace outhaul::http {

namespace {

std::string one_line(std::string text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

Result<WholeResponse> call_status(const net::SocketAddress& address, std::string_view method,
                                  std::string_view target) {
  const std::string where = address.to_string();
  auto connection = connect_blocking(address);
  if (!connection) {
    return Error{
        connection.error().kind,
        connection.error().message + "; is it running, with --status-listen " + where + "?"};
  }
  WholeRequest request;
  request.head.method = method;
  request.head.authority = "localhost";
  request.head.path = target;
  return call_blocking(std::move(*connection), request, "the program at " + where);
}

Result<std::string> ask_ready(const net::SocketAddress& address) {
  OUTHAUL_TRY(answer, call_status(address, "GET", "/ready"));
  if (answer.status != 200) return Error{ErrorKind::closed, "not ready: " + one_line(answer.body)};
  return one_line(answer.body);
}

Result<std::string> ask_log_level(const net::SocketAddress& address, std::string_view level) {
  OUTHAUL_TRY(answer, call_status(address, "POST", "/log-level?level=" + std::string(level)));
  if (answer.status != 200) return Error{ErrorKind::invalid, one_line(answer.body)};
  return one_line(answer.body);
}

}  // namespace outhaul::http
