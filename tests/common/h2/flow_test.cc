// Flow control, fairness, many streams.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/common/h2/harness.h"

namespace outhaul::h2::testing {
namespace {

void move_both_ways(Connection& connection, std::size_t size) {
  const std::string content = pattern(size);
  auto client = connection.open(post("/large"), true);
  auto server = connection.next_request();
  REQUIRE(server->respond(status(200), true));
  Sender up{*client, content};
  Sender down{*server, content};
  Receiver at_server{*server};
  Receiver at_client{*client};
  const http::Fields trailers = fields({{"x-end", "yes"}});
  connection.run_until([&] {
    const bool sent_up = up.step();
    const bool sent_down = down.step(trailers);
    const bool got_up = at_server.step();
    const bool got_down = at_client.step();
    return sent_up && sent_down && got_up && got_down;
  });
  CHECK(at_server.content == content);
  CHECK(at_client.content == content);
  CHECK(client->body().trailers().find("x-end") == "yes");
}

TEST_CASE("large bodies both ways, ordinary windows") {
  Connection connection;
  move_both_ways(connection, 8 * 1024 * 1024);
}

TEST_CASE("bodies with tiny windows and random cuts") {
  for (const std::uint32_t window : {1U, 7U, 1000U}) {
    for (std::uint32_t seed = 1; seed <= 5; ++seed) {
      SessionOptions client_settings = client_options();
      client_settings.initial_stream_window = window;
      SessionOptions server_settings = server_options();
      server_settings.initial_stream_window = window;
      net::MemoryStreamOptions transport;
      transport.capacity = 300;
      transport.read_cut = {net::Cut::Mode::random, 50};
      transport.write_cut = {net::Cut::Mode::random, 70};
      transport.seed = seed;
      Connection connection(client_settings, server_settings, transport);
      move_both_ways(connection, window == 1 ? 300 : 20000);
    }
  }
}

TEST_CASE("a stalled stream holds up nobody else, and what it holds is bounded") {
  Connection connection;
  auto stalled = connection.open(post("/stalled"), true);
  auto stalled_server = connection.next_request();
  REQUIRE(stalled_server->respond(status(200), true));
  const std::string content = pattern(300 * 1024);
  Sender into_stalled{*stalled, content};
  Sender from_server{*stalled_server, content};
  connection.run_until([&] {
    into_stalled.step();
    from_server.step();
    connection.turns(5);
    return !stalled->writer().has_room() && !stalled_server->writer().has_room();
  });
  connection.turns();
  // The window (64 KiB) has been sent and nothing more is staged behind a closed one.
  CHECK(into_stalled.sent == 64 * 1024);
  CHECK(from_server.sent == 64 * 1024);
  for (int round = 0; round < 20; ++round)
    move_both_ways(connection, 200 * 1024);
  // It goes on as soon as it is read.
  Receiver at_server{*stalled_server};
  Receiver at_client{*stalled};
  connection.run_until([&] {
    const bool sent = into_stalled.step() && from_server.step();
    const bool got_up = at_server.step();
    return at_client.step() && got_up && sent;
  });
  CHECK(at_server.content == content);
  CHECK(at_client.content == content);
}

TEST_CASE("responses share the connection instead of going one after another") {
  SessionOptions wide = client_options();
  wide.initial_stream_window = 4 * 1024 * 1024;
  wide.connection_window = 8 * 1024 * 1024;
  Connection connection(wide);
  const std::string content = pattern(2 * 1024 * 1024);
  std::vector<std::unique_ptr<Stream>> clients;
  std::vector<std::unique_ptr<Stream>> servers;
  std::vector<Sender> senders;
  std::vector<Receiver> receivers;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(connection.open(get("/")));
    servers.push_back(connection.next_request());
    REQUIRE(servers.back()->respond(status(200), true));
  }
  for (const auto& stream : servers)
    senders.push_back(Sender{*stream, content});
  for (const auto& stream : clients)
    receivers.push_back(Receiver{*stream, {}, 0, false});
  connection.run_until([&] {
    for (Sender& sender : senders)
      sender.step();
    bool over = false;
    for (Receiver& receiver : receivers)
      over = receiver.step() || over;
    return over;
  });
  // When the first one is complete the others are nearly so.
  for (const Receiver& receiver : receivers)
    CHECK(receiver.count > content.size() * 3 / 4);
}

TEST_CASE("uploads share the connection too") {
  SessionOptions wide = server_options();
  wide.initial_stream_window = 4 * 1024 * 1024;
  wide.connection_window = 8 * 1024 * 1024;
  Connection connection(client_options(), wide);
  const std::string content = pattern(1024 * 1024);
  std::vector<std::unique_ptr<Stream>> clients;
  std::vector<std::unique_ptr<Stream>> servers;
  std::vector<Sender> senders;
  std::vector<Receiver> receivers;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(connection.open(post("/"), true));
    servers.push_back(connection.next_request());
    senders.push_back(Sender{*clients.back(), content});
    receivers.push_back(Receiver{*servers.back(), {}, 0, false});
  }
  connection.run_until([&] {
    for (Sender& sender : senders)
      sender.step();
    bool over = false;
    for (Receiver& receiver : receivers)
      over = receiver.step() || over;
    return over;
  });
  for (const Receiver& receiver : receivers)
    CHECK(receiver.count > content.size() * 3 / 4);
}

TEST_CASE("a thousand parallel streams") {
  SessionOptions many = server_options();
  many.max_concurrent_streams = 1000;
  Connection connection(client_options(), many);
  CHECK(connection.client.session->available_streams() == 2000);
  std::vector<std::unique_ptr<Stream>> clients;
  for (int i = 0; i < 1000; ++i)
    clients.push_back(connection.open(post("/" + std::to_string(i)), true));
  CHECK(connection.client.session->available_streams() == 1000);
  auto& requests = connection.server.handler.requests;
  connection.run_until([&] { return requests.size() == 1000; });
  CHECK(connection.server.session->active_streams() == 1000);
  for (const auto& stream : requests) {
    REQUIRE(stream->respond(status(200), true));
    stream->writer().write(as_bytes(stream->request().path));
    stream->writer().finish({});
  }
  for (const auto& stream : clients)
    stream->writer().finish({});
  for (std::size_t i = 0; i < clients.size(); ++i) {
    Receiver receiver{*clients[i]};
    connection.run_until([&] { return receiver.step(); });
    CHECK(receiver.content == "/" + std::to_string(i));
  }
  requests.clear();
  clients.clear();
  connection.turns();
  CHECK(connection.server.session->active_streams() == 0);
  CHECK(connection.client.session->available_streams() == 2000);
}

TEST_CASE("a stream that ended in order does not count against the working limit") {
  SessionOptions few = server_options();
  few.max_concurrent_streams = 2;
  Connection connection(client_options(), few);
  std::vector<std::unique_ptr<Stream>> held;
  for (int round = 0; round < 3; ++round) {
    const auto first = connection.open(get("/"));
    const auto second = connection.open(get("/"));
    for (int i = 0; i < 2; ++i) {
      held.push_back(connection.next_request());
      REQUIRE(held.back()->respond(status(200), false));
    }
    connection.turns();
    CHECK(first->take_head().has_value());
    CHECK(second->take_head().has_value());
  }
  // They still exist, and one that has not ended counts.
  CHECK(connection.server.session->active_streams() == 6);
  CHECK(connection.server.session->statistics().streams_refused == 0);
  const auto third = connection.open(post("/"), true);
  const auto fourth = connection.open(post("/"), true);
  const auto fifth = connection.open(post("/"), true);
  connection.run_until([&] { return fifth->failed(); });
  CHECK(fifth->unprocessed());
  held.clear();
  connection.turns();
  CHECK(connection.server.session->active_streams() == 2);
}

TEST_CASE("the working limit answers REFUSED_STREAM, the announced one is twice as high") {
  SessionOptions few = server_options();
  few.max_concurrent_streams = 2;
  Connection connection(client_options(), few);
  CHECK(connection.client.session->available_streams() == 4);
  std::vector<std::unique_ptr<Stream>> clients;
  for (int i = 0; i < 4; ++i)
    clients.push_back(connection.open(get("/")));
  const auto fifth = connection.client.session->open(get("/"), false);
  REQUIRE_FALSE(fifth.has_value());
  connection.run_until([&] { return clients[3]->failed() && clients[2]->failed(); });
  CHECK(clients[3]->unprocessed());
  CHECK(clients[3]->peer_code() == ErrorCode::refused_stream);
  CHECK(clients[3]->failure().kind == ErrorKind::reset);
  CHECK_FALSE(clients[0]->failed());
  CHECK(connection.server.session->statistics().streams_refused == 2);
  // A stream whose peer has cancelled it still counts until the application lets go.
  clients.clear();
  connection.turns();
  CHECK(connection.server.session->active_streams() == 2);
  auto refused = connection.open(get("/"));
  connection.run_until([&] { return refused->failed(); });
  connection.server.handler.requests.clear();
  auto accepted = connection.open(get("/"));
  connection.run_until([&] { return connection.server.handler.requests.size() == 1; });
  CHECK_FALSE(accepted->failed());
}

TEST_CASE("10 000 cancelled streams cost no window and no connection") {
  Connection connection;
  auto& server = connection.server;
  server.handler.answer = [](std::unique_ptr<Stream> stream) {
    stream->abandon_with(ErrorCode::cancel);  // dropped unread
  };
  const std::string part = pattern(3000);
  for (int i = 0; i < 10000; ++i) {
    auto stream = connection.open(post("/"), true);
    stream->writer().write(as_bytes(part));
    connection.turns(i % 3 == 0 ? 1 : 2);
  }
  connection.turns();
  CHECK_FALSE(server.end);
  CHECK(connection.client.session->active_streams() == 0);
  CHECK(server.session->active_streams() == 0);
  server.handler.answer = nullptr;
  auto client = connection.open(post("/"), true);
  auto stream = connection.next_request();
  const std::string mebibyte_of_it = pattern(1024 * 1024);
  Receiver receiver{*stream, {}, 0, false};
  for (int i = 0; i < 64; ++i) {
    std::size_t sent = 0;
    connection.run_until([&] {
      sent += client->writer().write(as_bytes(std::string_view(mebibyte_of_it).substr(sent)));
      receiver.step();
      return sent == mebibyte_of_it.size();
    });
  }
  client->writer().finish({});
  connection.run_until([&] { return receiver.step(); });
  CHECK(receiver.count == 64U * 1024 * 1024);
}

TEST_CASE("many streams have a frame each waiting, few have more, and all get through") {
  constexpr std::size_t ample = 64 * 1024;
  constexpr std::size_t frame = 16 * 1024;
  Connection connection;
  const std::string content = pattern(ample);
  std::vector<std::unique_ptr<Stream>> streams;
  std::vector<std::unique_ptr<Stream>> served;
  std::vector<Sender> senders;
  std::vector<Receiver> receivers;
  for (int i = 0; i < 28; ++i) {
    streams.push_back(connection.open(post("/"), true));
    served.push_back(connection.next_request());
    senders.push_back({*streams.back(), content});
    receivers.push_back({*served.back()});
  }
  // No turn of the loop in between: nothing leaves.
  for (std::size_t i = 0; i < senders.size(); ++i) {
    senders[i].step();
    CHECK(senders[i].sent == (i < 24 ? ample : frame));
  }
  connection.run_until([&] {
    bool done = true;
    for (std::size_t i = 0; i < senders.size(); ++i) {
      senders[i].step();
      done = receivers[i].step() && done;
    }
    return done;
  });
  for (const Receiver& receiver : receivers)
    CHECK(receiver.content == content);
  // What is gone does not count any more, whether it was sent or dropped with a reset.
  auto dropped = connection.open(post("/"), true);
  Sender{*dropped, content}.step();
  dropped.reset();
  connection.turns();
  for (int i = 0; i < 6; ++i) {
    streams[0] = connection.open(post("/"), true);
    Sender sender{*streams[0], content};
    sender.step();
    CHECK(sender.sent == ample);
    streams[0]->reset(ErrorCode::cancel);
  }
}

TEST_CASE("while the transport is stuck nothing is collected") {
  net::MemoryStreamOptions narrow;
  narrow.capacity = 2000;
  Connection connection(client_options(), server_options(), narrow);
  auto client = connection.open(get("/"));
  auto server = connection.next_request();
  REQUIRE(server->respond(status(200), true));
  connection.turns();
  CHECK(server->writer().has_room());
  connection.ends.second->hold();
  const std::string content = pattern(100000);
  Sender sender{*server, content};
  for (int i = 0; i < 50; ++i) {
    sender.step();
    connection.turns(1);
  }
  CHECK_FALSE(server->writer().has_room());
  CHECK_FALSE(connection.server.session->output_empty());
  CHECK(sender.sent <= 64 * 1024);
  connection.ends.second->release();
  Receiver receiver{*client};
  connection.run_until([&] {
    sender.step();
    return receiver.step();
  });
  CHECK(receiver.content == content);
  connection.run_until([&] { return connection.server.session->output_empty(); });
}

}  // namespace
}  // namespace outhaul::h2::testing
