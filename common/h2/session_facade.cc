#include <utility>

#include "common/h2/session.h"
#include "common/h2/session_core.h"

namespace outhaul::h2 {

Session::Session(Loop& loop, net::ByteStream& transport, const SessionOptions& options,
                 SessionHandler& handler)
    : core_(std::make_unique<SessionCore>(loop, transport, options, handler)) {}

Session::~Session() = default;

Task<SessionEnd> Session::run(std::string early) {
  return core_->run(std::move(early));
}

Result<std::unique_ptr<Stream>> Session::open(const http::RequestHead& head, bool has_body) {
  return core_->open(head, has_body);
}

std::size_t Session::available_streams() const {
  return core_->available_streams();
}

void Session::ping() {
  core_->ping();
}

TimePoint Session::last_received() const {
  return core_->last_received();
}

bool Session::ready() const {
  return core_->ready();
}

bool Session::go_away_received() const {
  return core_->go_away_received();
}

void Session::begin_drain() {
  core_->begin_drain();
}

void Session::go_away(ErrorCode code, std::string_view debug) {
  core_->go_away(code, debug);
}

std::size_t Session::active_streams() const {
  return core_->active_streams();
}

Readiness& Session::idle() {
  return core_->idle();
}

bool Session::output_empty() const {
  return core_->output_empty();
}

void Session::abort(Error reason) {
  core_->end(std::move(reason));
}

const SessionStatistics& Session::statistics() const {
  return core_->statistics();
}

}  // namespace outhaul::h2
