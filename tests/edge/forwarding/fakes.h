#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "edge/forwarding/response_sink.h"
#include "edge/forwarding/tunnel_stream.h"

namespace outhaul::edge {

/// A body of fixed text that then is complete, failed, or stays open.
class TextBody final : public http::BodyReader {
 public:
  TextBody(Loop& loop, std::string text, http::BodyState end = http::BodyState::complete)
      : text_(std::move(text)), end_(end), readable_(loop) {}

  Bytes peek() override {
    if (text_.empty() && end_ == http::BodyState::open) readable_.clear();
    return as_bytes(text_);
  }
  void consume(std::size_t count) override { text_.erase(0, count); }
  http::BodyState state() const override { return text_.empty() ? end_ : http::BodyState::open; }
  Readiness& readable() override { return readable_; }
  const http::Fields& trailers() const override { return trailers_; }
  const Error& error() const override { return error_; }
  void fail_with(Error error) {
    error_ = std::move(error);
    end_ = http::BodyState::failed;
  }

 private:
  std::string text_;
  http::BodyState end_;
  Readiness readable_;
  http::Fields trailers_;
  Error error_{ErrorKind::closed, "cut"};
};

/// Collects what is written.
class TextWriter final : public http::BodyWriter {
 public:
  explicit TextWriter(Loop& loop) : writable_(loop) {}
  std::size_t write(Bytes data) override {
    text += as_text(data);
    return data.size();
  }
  bool has_room() const override { return true; }
  void finish(const http::Fields&) override { finished = true; }
  bool drained() const override { return finished; }
  void drive() override {}
  Readiness& writable() override { return writable_; }
  bool failed() const override { return false; }
  const Error& error() const override { return error_; }

  std::string text;
  bool finished = false;

 private:
  Readiness writable_;
  Error error_;
};

/// How a connection of the fake answers one request.
struct Script {
  std::string connection = "c1";
  std::vector<http::ResponseHead> heads{};
  std::string body{};
  /// The body breaks off after its text.
  bool body_breaks = false;
  /// The body's end never comes.
  bool body_stays_open = false;
  /// No (more) head comes: the stream fails.
  std::optional<Error> failure{};
  bool unprocessed = false;
  std::optional<h2::ErrorCode> peer_code{};
  /// There is no such connection.
  std::optional<Error> refusal{};
};

/// What arrived at a connection.
struct Arrived {
  http::RequestHead head;
  bool has_body = false;
  std::string avoid;
  std::string body;
  bool body_finished = false;
};

class ScriptedStream final : public TunnelStream {
 public:
  ScriptedStream(Loop& loop, Script script, std::shared_ptr<Arrived> arrived)
      : script_(std::move(script)),
        arrived_(std::move(arrived)),
        readable_(loop),
        body_(loop, script_.body, end_of(script_)),
        writer_(loop) {
    readable_.set();
  }
  ~ScriptedStream() override {
    arrived_->body = writer_.text;
    arrived_->body_finished = writer_.finished;
  }

  std::optional<http::ResponseHead> take_head() override {
    if (next_ == script_.heads.size()) {
      if (!failed()) readable_.clear();
      return std::nullopt;
    }
    return script_.heads[next_++];
  }
  Readiness& head_readable() override { return readable_; }
  http::BodyReader& body() override { return body_; }
  http::BodyWriter& writer() override { return writer_; }
  bool failed() const override { return script_.failure && next_ == script_.heads.size(); }
  const Error& failure() const override { return *script_.failure; }
  bool unprocessed() const override { return script_.unprocessed; }
  std::optional<h2::ErrorCode> peer_code() const override { return script_.peer_code; }
  std::string_view connection() const override { return script_.connection; }

 private:
  static http::BodyState end_of(const Script& script) {
    if (script.body_breaks) return http::BodyState::failed;
    return script.body_stays_open ? http::BodyState::open : http::BodyState::complete;
  }

  Script script_;
  std::shared_ptr<Arrived> arrived_;
  Readiness readable_;
  TextBody body_;
  TextWriter writer_;
  std::size_t next_ = 0;
};

/// Plays its scripts in order, one for each open().
class ScriptedTunnels final : public Tunnels {
 public:
  explicit ScriptedTunnels(Loop& loop) : loop_(loop) {}

  Result<std::unique_ptr<TunnelStream>> open(const Uuid&, const http::RequestHead& head,
                                             bool has_body, std::string_view avoid) override {
    if (scripts.empty()) return Error{ErrorKind::not_found, "no agent"};
    Script script = std::move(scripts.front());
    scripts.pop_front();
    if (script.refusal) return *script.refusal;
    arrived.push_back(std::make_shared<Arrived>());
    arrived.back()->head = head;
    arrived.back()->has_body = has_body;
    arrived.back()->avoid = avoid;
    return std::unique_ptr<TunnelStream>(
        std::make_unique<ScriptedStream>(loop_, std::move(script), arrived.back()));
  }
  Task<bool> wait_for_connection(Uuid, Duration) override {
    ++waits;
    const bool connected = !scripts.empty();
    co_return connected;
  }

  std::deque<Script> scripts;
  std::vector<std::shared_ptr<Arrived>> arrived;
  int waits = 0;

 private:
  Loop& loop_;
};

class RecordingSink final : public ResponseSink {
 public:
  explicit RecordingSink(Loop& loop) : writer_(loop) {}
  void inform(const http::ResponseHead& given) override { interim.push_back(given.status); }
  Result<void> respond(const http::ResponseHead& given, bool has_body) override {
    head = given;
    if (!has_body) writer_.finish({});
    return {};
  }
  Result<void> open_tunnel(http::ResponseHead& given) override {
    head = given;
    is_tunnel = true;
    return {};
  }
  http::BodyWriter& writer() override { return writer_; }
  void cut() override { was_cut = true; }
  const std::string& body() const { return writer_.text; }
  bool complete() const { return writer_.finished && !was_cut; }
  std::string field(const char* name) const {
    return std::string(head->fields.find(name).value_or(""));
  }

  std::vector<int> interim;
  std::optional<http::ResponseHead> head;
  bool was_cut = false;
  bool is_tunnel = false;

 private:
  TextWriter writer_;
};

}  // namespace outhaul::edge
