#include "agent/status/commands.h"

#include <chrono>
#include <string_view>
#include <thread>

#include <unistd.h>

#include "agent/exit_codes.h"
#include "agent/option_table.h"
#include "agent/status/status_text.h"
#include "common/base/log.h"
#include "common/http/status_call.h"
#include "common/options/command_line.h"
#include "common/tunnel/listen_address.h"

namespace outhaul::agent {

namespace {

constexpr std::chrono::seconds watch_interval{1};

Result<std::string> read_status(const net::SocketAddress& address, bool as_json) {
  OUTHAUL_TRY(answer, http::call_status(address, "GET", "/status"));
  if (answer.status != 200) return Error{ErrorKind::protocol, "/status: " + answer.body};
  if (as_json) return std::move(answer.body);
  return status_text(answer.body);
}

/// On a terminal the page takes the place of the one before. Ends when nobody reads any more.
int watch(const net::SocketAddress& address, bool as_json) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  for (;;) {
    auto page = read_status(address, as_json);
    // An agent that restarts is waited for.
    std::string text = page ? std::move(*page) : page.error().message + "\n";
    if (terminal) text.insert(0, "\x1b[H\x1b[J");
    if (!terminal && !as_json) text += "\n";
    const int printed = options::print({exit_ok, std::move(text), {}});
    if (printed != exit_ok) return printed;
    std::this_thread::sleep_for(watch_interval);
  }
}

Result<net::SocketAddress> address_of(const options::Values& values) {
  auto address = tunnel::parse_status_address(values.list("status-listen"), status_directory);
  if (!address) return values.error("status-listen", address.error().message);
  return address;
}

int print_answer(const Result<std::string>& answer) {
  if (!answer) return options::print(options::failure(exit_unreachable, answer.error().message));
  return options::print({exit_ok, *answer + "\n", {}});
}

}  // namespace

int run_status(const options::Values& values) {
  const auto address = address_of(values);
  if (!address) return options::print(options::failure(exit_usage, address.error().message));
  const bool as_json = values.boolean("json");
  if (values.boolean("watch")) return watch(*address, as_json);
  auto page = read_status(*address, as_json);
  if (!page) return options::print(options::failure(exit_unreachable, page.error().message));
  return options::print({exit_ok, std::move(*page), {}});
}

int run_ready(const options::Values& values) {
  const auto address = address_of(values);
  if (!address) return options::print(options::failure(exit_usage, address.error().message));
  return print_answer(http::ask_ready(*address));
}

int run_set_level(const options::Values& values, const std::string& level) {
  const auto address = address_of(values);
  if (!address) return options::print(options::failure(exit_usage, address.error().message));
  const auto known = parse_log_level(level);
  if (!known) return options::print(options::failure(exit_usage, known.error().message));
  return print_answer(http::ask_log_level(*address, level));
}

}  // namespace outhaul::agent
