#include "tests/fuzz/passage.h"

#include <span>
#include <utility>

#include "common/base/limits.h"
#include "edge/agents/h2_tunnel_stream.h"
#include "tests/fuzz/h1_reading.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

/// Turns without a byte moved after which nothing will: one hop takes a turn or two.
constexpr int idle_turns = 24;
constexpr int most_turns = 20000;

net::MemoryStreamOptions transport_for(const PassagePlan& plan) {
  net::MemoryStreamOptions options;
  if (plan.narrow_streams) options.capacity = 48;
  if (plan.short_pieces) {
    options.read_cut = {net::Cut::Mode::random, 61};
    options.write_cut = {net::Cut::Mode::random, 61};
  }
  return options;
}

/// The tunnel and address that bench::AgentSide serves.
std::shared_ptr<const edge::Snapshot> directory() {
  edge::Tunnel tunnel;
  tunnel.id = *Uuid::parse("0191dce4-9ab4-7fce-b660-8e5dec5172da");
  tunnel.name = "office";
  edge::Service service;
  service.id = *Uuid::parse("e6a0817c-79c5-40ca-9776-a1c019defe70");
  service.spec.name = "api";
  service.spec.http_port = std::uint16_t{80};
  service.spec.host.ipv4 = "10.0.0.5";
  service.spec.tunnel_id = tunnel.id;
  edge::Snapshot snapshot;
  snapshot.put(std::move(tunnel));
  snapshot.put(std::move(service));
  return std::make_shared<const edge::Snapshot>(std::move(snapshot));
}

h2::SessionOptions client_options() {
  h2::SessionOptions options;
  options.role = h2::Role::client;
  return options;
}

/// Reads what has arrived; false when the stream has ended one way or the other.
net::IoStatus read_all(Loop& loop, net::MemoryStream& stream, std::string& into) {
  for (;;) {
    const net::IoResult got = stream.read(loop.receive_buffer());
    if (got.status != net::IoStatus::done) return got.status;
    into += as_text(Bytes(loop.receive_buffer()).first(got.bytes));
  }
}

}  // namespace

ScriptedOrigin::ScriptedOrigin(Loop& loop, const net::MemoryStreamOptions& transport,
                               const PassagePlan& plan, std::string answer)
    : loop_(loop), transport_(transport), plan_(plan), answer_(std::move(answer)) {}

Task<Result<agent::ConnectedOrigin>> ScriptedOrigin::connect(
    std::vector<net::SocketAddress> addresses, agent::OriginTls, const agent::ServiceSettings&) {
  if (stream_) co_return Error{ErrorKind::refused, "the origin takes one connection"};
  net::MemoryStream::Pair pair = net::MemoryStream::make_pair(loop_, transport_);
  stream_ = std::move(pair.second);
  agent::ConnectedOrigin connected;
  connected.address = addresses.front();
  connected.connection = std::make_unique<agent::OriginConnection>(std::move(pair.first),
                                                                   connected.address.to_string());
  co_return connected;
}

bool ScriptedOrigin::may_answer() const {
  if (plan_.origin_answers_at_once) return true;
  const H1Reading reading = read_with_outhaul(MessageKind::request, received_);
  if (reading.outcome != H1Reading::Outcome::more) return true;
  // A client that expects 100 waits for this answer.
  return reading.head_complete && received_.find("expect:") != std::string::npos;
}

void ScriptedOrigin::step() {
  if (!stream_) return;
  read_all(loop_, *stream_, received_);
  if (answered_ || !may_answer()) return;
  while (sent_ < answer_.size()) {
    const Bytes rest = as_bytes(answer_).subspan(sent_);
    const net::IoResult put = stream_->write(std::span(&rest, 1));
    if (put.status == net::IoStatus::would_block) return;
    if (put.status != net::IoStatus::done) break;
    sent_ += put.bytes;
  }
  answered_ = true;
  if (plan_.origin_resets) {
    stream_->reset();
  } else if (plan_.origin_closes) {
    stream_->shutdown_write();
  }
}

EdgeSide::EdgeSide(Loop& loop, net::ByteStream& tunnel, net::ByteStream& client)
    : snapshot_(directory()),
      budget_(default_limits.replay_total_size),
      forward_{loop, default_limits, *this, budget_, nullptr, "edge-fuzz"},
      context_{loop, log_, default_limits, forward_, [this] { return snapshot_; }},
      client_{client, "api", "client"},
      session_(loop, tunnel, client_options(), *this),
      scope_(loop) {}

EdgeSide::~EdgeSide() {
  scope_.cancel_all();
}

void EdgeSide::start_session() {
  scope_.spawn(serve_session());
}

void EdgeSide::start_client() {
  scope_.spawn(serve_client());
}

void EdgeSide::on_request(std::unique_ptr<h2::Stream>) {
  require(false, "an agent cannot send requests");
}

Result<std::unique_ptr<edge::TunnelStream>> EdgeSide::open(const Uuid&,
                                                           const http::RequestHead& head,
                                                           bool has_body, std::string_view) {
  OUTHAUL_TRY(stream, session_.open(head, has_body));
  return std::unique_ptr<edge::TunnelStream>(
      std::make_unique<edge::H2TunnelStream>(std::move(stream), "c1"));
}

Task<bool> EdgeSide::wait_for_connection(Uuid, Duration) {
  co_return true;
}

Task<void> EdgeSide::serve_session() {
  const h2::SessionEnd end = co_await session_.run();
  session_over_ = true;
}

Task<void> EdgeSide::serve_client() {
  edge::H1Connection connection(context_, client_, ByteQueue());
  co_await connection.run();
  client_over_ = true;
}

Passed pass(const PassagePlan& plan, std::string_view request, std::string_view answer) {
  Loop loop;
  const net::MemoryStreamOptions transport = transport_for(plan);
  net::MemoryStream::Pair tunnel = net::MemoryStream::make_pair(loop, transport);
  net::MemoryStream::Pair client = net::MemoryStream::make_pair(loop, transport);
  ScriptedOrigin origin(loop, transport, plan, std::string(answer));
  bench::AgentSide agent(loop, *tunnel.first, origin);
  EdgeSide edge(loop, *tunnel.second, *client.second);
  agent.start();
  edge.start_session();
  for (int turn = 0; turn < most_turns && !edge.ready(); ++turn)
    loop.run_turn(Duration::zero());
  edge.start_client();

  Passed passed;
  std::uint64_t moved_before = 0;
  for (int turn = 0, idle = 0; turn < most_turns && idle < idle_turns; ++turn) {
    if (!request.empty()) {
      const Bytes rest = as_bytes(request);
      request.remove_prefix(client.first->write(std::span(&rest, 1)).bytes);
    }
    const net::IoStatus status = read_all(loop, *client.first, passed.client_received);
    if (status == net::IoStatus::end) passed.client_saw_end = true;
    if (status == net::IoStatus::failed) passed.client_saw_reset = true;
    origin.step();
    loop.run_turn(Duration::zero());
    require(!edge.session_is_over(), "no request ends the tunnel");
    const std::uint64_t moved = origin.progress() + tunnel.first->bytes_read() +
                                tunnel.second->bytes_read() + client.first->bytes_read() +
                                client.first->bytes_written();
    idle = moved == moved_before ? idle + 1 : 0;
    moved_before = moved;
    require(turn + 1 < most_turns, "a passage comes to an end");
    // As the edge's listener does: the client gets what is under way, then the end.
    if (edge.client_is_over()) client.second.reset();
  }
  passed.origin_received = origin.received();
  passed.origin_has_answered = origin.has_answered();
  return passed;
}

}  // namespace outhaul::fuzz
