#include "edge/status/commands.h"

#include "common/base/log.h"
#include "common/http/status_call.h"
#include "common/options/command_line.h"
#include "common/tunnel/listen_address.h"
#include "edge/exit_codes.h"
#include "edge/option_table.h"

namespace outhaul::edge {

namespace {

Result<net::SocketAddress> address_of(const options::Values& values) {
  auto address = tunnel::parse_status_address(values.list("status-listen"), status_directory);
  if (!address) return values.error("status-listen", address.error().message);
  return address;
}

int print_usage_error(const Error& error) {
  return options::print(options::failure(exit_usage, error.message));
}

int print_answer(const Result<std::string>& answer) {
  if (!answer) return options::print(options::failure(exit_unreachable, answer.error().message));
  return options::print({exit_ok, *answer + "\n", {}});
}

}  // namespace

int run_ready(const options::Values& values) {
  const auto address = address_of(values);
  return address ? print_answer(http::ask_ready(*address)) : print_usage_error(address.error());
}

int run_set_level(const options::Values& values, const std::string& level) {
  const auto known = parse_log_level(level);
  if (!known) return print_usage_error(known.error());
  const auto address = address_of(values);
  return address ? print_answer(http::ask_log_level(*address, level))
                 : print_usage_error(address.error());
}

}  // namespace outhaul::edge
