#include <span>
#include <string>

#include "common/h2/session_core.h"

namespace outhaul::h2 {

void SessionCore::run_send_turn() {
  if (over_ || output_blocked_ || !started_) return;
  settle_released();
  collect();
  const bool more = staging_.nearly_full();
  switch (push()) {
    case Push::done:
      if (termination_staged_) return end(*termination_);
      if (more) wake_output();  // the rest in the next turn, after everybody else
      break;
    case Push::blocked:
      output_blocked_ = true;
      blocked_.set();
      break;
    case Push::failed:
      end(transport_.error());
      break;
  }
}

void SessionCore::collect() {
  while (!staging_.nearly_full() && !termination_staged_) {
    const std::uint8_t* data = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &data);
    rethrow_kept();
    if (size < 0) {
      return end(Error{ErrorKind::system, std::string("collect HTTP/2 frames: ") +
                                              nghttp2_strerror(static_cast<int>(size))});
    }
    if (size == 0) return;
    const auto count = static_cast<std::size_t>(size);
    staging_.append(std::as_bytes(std::span(data, count)));
    staged_ += count;
  }
}

SessionCore::Push SessionCore::push() {
  bool flushed = false;
  while (!staging_.empty()) {
    const Bytes part = staging_.pending();
    const net::IoResult result = transport_.write(std::span(&part, 1));
    if (result.status == net::IoStatus::failed) return Push::failed;
    if (result.status == net::IoStatus::done) {
      staging_.taken(result.bytes);
      taken_ += result.bytes;
      statistics_.bytes_sent += result.bytes;
      flushed = false;
      continue;
    }
    // A transport with a full stage takes more once that is sent.
    const net::IoResult flush = transport_.flush();
    if (flush.status == net::IoStatus::failed) return Push::failed;
    if (flush.status == net::IoStatus::would_block || flushed) return Push::blocked;
    flushed = true;
  }
  const net::IoResult flush = transport_.flush();
  if (flush.status == net::IoStatus::failed) return Push::failed;
  return flush.status == net::IoStatus::would_block ? Push::blocked : Push::done;
}

void SessionCore::pushed_all() {
  output_blocked_ = false;
  if (termination_staged_) return end(*termination_);
  unblocked_.set();
  wake_writers();
  wake_output();
}

void SessionCore::wake_writers() {
  for (const std::unique_ptr<StreamRecord>& record : records_) {
    if (record->stream != nullptr && record->open) record->stream->body_writable_.set();
  }
}

}  // namespace outhaul::h2
