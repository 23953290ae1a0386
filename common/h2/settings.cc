#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>

#include "common/h2/library_memory.h"
#include "common/h2/receive_callbacks.h"
#include "common/h2/send_callbacks.h"
#include "common/h2/session_core.h"

namespace outhaul::h2 {
namespace {

struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const {
    nghttp2_session_callbacks_del(callbacks);
  }
};
using OptionOwner = std::unique_ptr<nghttp2_option, OptionDeleter>;
using CallbacksOwner = std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter>;

// RFC 9113 section 3.4. An nghttp2 client sends it by itself; a server under profile `rhttp` not.
constexpr std::string_view client_magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// nghttp2's calls fail at start-up for want of memory only.
void check(int result) {
  if (result != 0) throw std::bad_alloc();
}

OptionOwner make_option(const SessionOptions& options) {
  nghttp2_option* raw = nullptr;
  check(nghttp2_option_new(&raw));
  OptionOwner option(raw);
  nghttp2_option_set_no_auto_window_update(raw, 1);
  nghttp2_option_set_max_continuations(raw, default_limits.continuation_frames);
  // Above max_sent_head_size, which is checked where an answer is still possible.
  nghttp2_option_set_max_send_header_block_length(raw, 2 * max_sent_head_size);
  nghttp2_option_set_max_deflate_dynamic_table_size(raw, options.header_table_size);
  nghttp2_option_set_no_closed_streams(raw, 1);
  // Its own limiter ends a tunnel at the 1001st cancelled request; active_ bounds the work instead.
  nghttp2_option_set_stream_reset_rate_limit(raw, std::numeric_limits<std::uint64_t>::max(),
                                             std::numeric_limits<std::uint64_t>::max());
  if (options.role == Role::server) {
    // RFC 9218 section 7.1: the order of responses may change after the requests.
    nghttp2_option_set_builtin_recv_extension_type(raw, NGHTTP2_PRIORITY_UPDATE);
  }
  if (options.role == Role::server && options.send_client_magic_as_server) {
    nghttp2_option_set_no_recv_client_magic(raw, 1);
  }
  return option;
}

}  // namespace

void SessionCore::create_session() {
  nghttp2_session_callbacks* raw_callbacks = nullptr;
  check(nghttp2_session_callbacks_new(&raw_callbacks));
  const CallbacksOwner callbacks(raw_callbacks);
  ReceiveCallbacks::install(raw_callbacks);
  SendCallbacks::install(raw_callbacks);
  const OptionOwner option = make_option(options_);
  nghttp2_session* session = nullptr;
  nghttp2_mem memory = library_memory();
  if (server()) {
    check(nghttp2_session_server_new3(&session, raw_callbacks, this, option.get(), &memory));
  } else {
    check(nghttp2_session_client_new3(&session, raw_callbacks, this, option.get(), &memory));
  }
  session_.reset(session);
}

void SessionCore::submit_settings() {
  std::array<nghttp2_settings_entry, 8> entries{};
  std::size_t count = 0;
  const auto add = [&entries, &count](nghttp2_settings_id id, std::size_t value) {
    entries.at(count++) = {id, static_cast<std::uint32_t>(value)};
  };
  add(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, options_.header_table_size);
  add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options_.initial_stream_window);
  add(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options_.max_header_list_size);
  if (server()) {
    // Twice the working limit: nghttp2 makes a connection error of a stream over the announced one,
    // on_begin_headers answers REFUSED_STREAM over the working one.
    add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, std::size_t{2} * options_.max_concurrent_streams);
    add(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1);
    if (options_.enable_connect_protocol) add(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1);
  } else {
    add(NGHTTP2_SETTINGS_ENABLE_PUSH, 0);
  }
  const bool first = !settings_acknowledged_;
  if (first && server() && options_.send_client_magic_as_server) {
    staging_.append(as_bytes(client_magic));
    staged_ += client_magic.size();
  }
  check(nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, entries.data(), count));
  if (first) {
    settings_at_ = loop_.now();
    statistics_.connection_window = options_.connection_window;
    statistics_.largest_window = options_.initial_stream_window;
    check(nghttp2_session_set_local_window_size(
        session_.get(), NGHTTP2_FLAG_NONE, 0,
        static_cast<std::int32_t>(options_.connection_window)));
  }
}

}  // namespace outhaul::h2
