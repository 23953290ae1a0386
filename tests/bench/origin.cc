// A minimal HTTP/1.1 origin for benchmarks, so that the origin is not what is measured: keep-alive,
// ready-made answers, request bodies counted and thrown away. It trusts its peer and is no server
// for anything else: a head it does not understand closes the connection.
//
//   GET /bytes/N    N bytes, with the fields that nginx sends for a file
//   POST, PUT       the body (content-length only) is read to its end, then the answer is 2 bytes

#include <algorithm>
#include <charconv>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/signals.h"
#include "common/net/io.h"
#include "common/net/listener.h"
#include "tests/bench/arguments.h"

namespace outhaul::bench {

namespace {

constexpr std::string_view usage = "usage: origin --listen ADDRESS:PORT";
constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::size_t piece_size = std::size_t{64} * 1024;

std::string response_head(std::size_t length) {
  return "HTTP/1.1 200 OK\r\nserver: bench-origin\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
         "content-type: application/octet-stream\r\ncontent-length: " +
         std::to_string(length) +
         "\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nconnection: keep-alive\r\n"
         "etag: \"68a1b2c3-400\"\r\naccept-ranges: bytes\r\n\r\n";
}

/// The number behind `prefix` in `text`; 0 when there is none.
std::size_t number_behind(std::string_view text, std::string_view prefix) {
  const auto at = std::ranges::search(text, prefix, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
  });
  std::size_t number = 0;
  if (at.empty()) return number;
  const auto offset = static_cast<std::size_t>(at.end() - text.begin());
  std::from_chars(text.data() + offset, text.data() + text.size(), number);
  return number;
}

class Connection {
 public:
  explicit Connection(net::ByteStream& stream) : stream_(stream) {}

  Task<Result<void>> serve() {
    std::vector<std::byte> chunk(piece_size);
    for (;;) {
      OUTHAUL_CO_TRY(count, co_await net::read_some(stream_, chunk));
      if (count == 0) co_return Result<void>();
      std::string_view input = as_text(Bytes(chunk.data(), count));
      while (!input.empty()) {
        input.remove_prefix(take(input));
        if (!complete_) continue;
        OUTHAUL_CO_CHECK(answered, co_await answer());
      }
    }
  }

 private:
  /// Takes bytes of a head or of a body; complete_ when a request is all there.
  std::size_t take(std::string_view input) {
    complete_ = false;
    if (body_left_ > 0) {
      const std::size_t taken = std::min(body_left_, input.size());
      body_left_ -= taken;
      complete_ = body_left_ == 0;
      return taken;
    }
    const std::size_t before = head_.size();
    head_.append(input);
    const std::size_t search_from = before < head_end.size() ? 0 : before - head_end.size();
    const std::size_t end = head_.find(head_end, search_from);
    if (end == std::string::npos) return input.size();
    head_.resize(end + head_end.size());
    wanted_ = number_behind(std::string_view(head_).substr(0, head_.find("\r\n")), "/bytes/");
    body_left_ = number_behind(head_, "\r\ncontent-length: ");
    complete_ = body_left_ == 0;
    const std::size_t taken = head_.size() - before;
    is_upload_ = body_left_ > 0;
    head_.clear();
    return taken;
  }

  Task<Result<void>> answer() {
    complete_ = false;
    std::size_t left = is_upload_ ? 2 : wanted_;
    if (left != ready_length_ || ready_.empty()) {
      ready_ = response_head(left);
      ready_length_ = left;
      first_piece_ = std::min(left, piece_size);
      ready_.append(first_piece_, 'x');
    }
    OUTHAUL_CO_CHECK(began, co_await net::write_all(stream_, as_bytes(ready_)));
    left -= first_piece_;
    if (left == 0) co_return Result<void>();
    const std::string piece(piece_size, 'x');
    while (left > 0) {
      const std::string_view next = std::string_view(piece).substr(0, left);
      OUTHAUL_CO_CHECK(written, co_await net::write_all(stream_, as_bytes(next)));
      left -= next.size();
    }
    co_return Result<void>();
  }

  net::ByteStream& stream_;
  std::string head_;
  std::size_t body_left_ = 0;
  std::size_t wanted_ = 0;
  bool is_upload_ = false;
  bool complete_ = false;
  /// The last answer's head and first piece: the next one is mostly the same.
  std::string ready_;
  std::size_t ready_length_ = 0;
  std::size_t first_piece_ = 0;
};

Task<void> serve(std::unique_ptr<net::TcpStream> stream) {
  Connection connection(*stream);
  // How a connection ends does not matter here.
  const Result<void> ended = co_await connection.serve();
  if (!ended) stream->reset();
}

Task<void> accept_all(Loop& loop, net::Listener& listener) {
  Scope connections(loop);
  for (;;) {
    auto accepted = co_await listener.accept();
    if (!accepted) break;
    connections.spawn(serve(std::move(*accepted)));
  }
  loop.stop();
}

Result<void> run(const Arguments& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  Loop loop;
  SignalWatch signals(loop, {SIGTERM, SIGINT}, [&loop](int) { loop.stop(); });
  OUTHAUL_TRY(listener, net::Listener::open(loop, arguments.endpoint("listen"), {}));
  Scope accepting(loop);
  accepting.spawn(accept_all(loop, *listener));
  loop.run();
  return {};
}

}  // namespace

}  // namespace outhaul::bench

int main(int argument_count, char** arguments) {
  using namespace outhaul::bench;
  return run_program("origin", argument_count, arguments, usage, run);
}
