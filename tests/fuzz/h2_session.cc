// Hostile bytes into an HTTP/2 session of either role: no crash, bounded turns, bounded memory (the
// runner limits it), an end once the peer is gone, and no stream left behind.
//
// The first byte of an input: bit 0 client role; bit 1 profile rhttp; bit 2 frames, else raw bytes;
// bit 3 short reads; bits 4 and 5 the application's conduct; bit 6 the peer does not read. Raw
// bytes go in as they are. Frames are, one after another: type, flags, stream, size (a byte each)
// and that many bytes of payload; the type's high bit repeats the frame sixteen times, for floods.
// Magic and SETTINGS of a well-behaved peer come first, so that a mutation reaches what lies behind
// them.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/h2/session.h"
#include "common/net/memory_stream.h"
#include "tests/fuzz/h2_application.h"
#include "tests/fuzz/property.h"

namespace outhaul::fuzz {
namespace {

constexpr std::string_view client_magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::string_view empty_settings("\0\0\0\4\0\0\0\0\0", 9);
constexpr int repeats = 16;
constexpr int turns_until_end = 200;

/// The bits of the first byte.
struct Plan {
  explicit Plan(unsigned bits)
      : client((bits & 1U) != 0),
        magic_from_server((bits & 2U) != 0),
        framed((bits & 4U) != 0),
        short_reads((bits & 8U) != 0),
        conduct(static_cast<Conduct>((bits >> 4U) & 3U)),
        deaf((bits & 64U) != 0) {}
  bool client;
  bool magic_from_server;
  bool framed;
  bool short_reads;
  Conduct conduct;
  bool deaf;
};

unsigned byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

std::string frames_of(std::string_view input) {
  constexpr std::size_t header_bytes = 4;
  std::string frames;
  while (input.size() >= header_bytes) {
    const std::size_t size = std::min<std::size_t>(byte_at(input, 3), input.size() - header_bytes);
    std::string frame{'\0',
                      '\0',
                      static_cast<char>(size),
                      static_cast<char>(input[0] & 0x7f),
                      input[1],
                      '\0',
                      '\0',
                      '\0',
                      input[2]};
    frame += input.substr(header_bytes, size);
    const int count = (byte_at(input, 0) & 0x80U) != 0 ? repeats : 1;
    for (int i = 0; i < count; ++i)
      frames += frame;
    input.remove_prefix(header_bytes + size);
  }
  return frames;
}

std::string bytes_of(const Plan& plan, std::string_view input) {
  if (!plan.framed) return std::string(input);
  std::string bytes;
  if (!plan.client && !plan.magic_from_server) bytes += client_magic;
  bytes += empty_settings;
  return bytes + frames_of(input);
}

h2::SessionOptions options_for(const Plan& plan) {
  h2::SessionOptions options;
  options.role = plan.client ? h2::Role::client : h2::Role::server;
  options.send_client_magic_as_server = plan.magic_from_server && !plan.client;
  // Small limits, so that small inputs reach them.
  options.max_concurrent_streams = 4;
  options.max_header_list_size = 512;
  options.max_fields = 6;
  options.max_field_size = 128;
  options.max_path_size = 32;
  return options;
}

net::MemoryStreamOptions transport_for(const Plan& plan) {
  net::MemoryStreamOptions options;
  if (plan.short_reads) {
    options.read_cut = {net::Cut::Mode::random, 7};
    options.write_cut = {net::Cut::Mode::random, 4096};
  }
  return options;
}

Task<void> serve(h2::Session& session, std::optional<h2::SessionEnd>& end) {
  end = co_await session.run();
}

/// The hostile end of the connection.
class Attacker {
 public:
  Attacker(Loop& loop, net::MemoryStream& stream, std::string bytes, bool deaf)
      : loop_(loop), stream_(stream), bytes_(std::move(bytes)), deaf_(deaf) {}

  void step() {
    const Bytes part = as_bytes(std::string_view(bytes_).substr(sent_));
    if (!part.empty()) sent_ += stream_.write(std::span(&part, 1)).bytes;
    if (!deaf_) read_all();
  }
  bool done() const { return sent_ == bytes_.size(); }
  void read_all() {
    while (stream_.read(loop_.receive_buffer()).status == net::IoStatus::done) {
    }
  }

 private:
  Loop& loop_;
  net::MemoryStream& stream_;
  std::string bytes_;
  bool deaf_;
  std::size_t sent_ = 0;
};

void run(const Plan& plan, std::string_view input) {
  Loop loop;
  const net::MemoryStream::Pair ends = net::MemoryStream::make_pair(loop, transport_for(plan));
  Application application(plan.conduct);
  h2::SessionOptions options = options_for(plan);
  h2::Session session(loop, *ends.second, options, application);
  std::optional<h2::SessionEnd> end;
  Scope scope(loop);
  scope.spawn(serve(session, end));

  const std::string bytes = bytes_of(plan, input);
  Attacker attacker(loop, *ends.first, bytes, plan.deaf);
  const auto turn = [&] {
    loop.run_turn(Duration::zero());
    if (plan.client) application.open_requests(session);
    application.step();
    require(plan.client || application.streams() <= options.max_concurrent_streams,
            "no more streams at once than the limit");
  };
  // A read of at least one byte a turn, and some turns for what it sets off.
  for (std::size_t i = 0; i < bytes.size() + 8 && !end; ++i) {
    attacker.step();
    turn();
    if (attacker.done() && i > 8 && !plan.short_reads) break;
  }
  ends.first->shutdown_write();
  for (int i = 0; i < turns_until_end && !end; ++i) {
    attacker.read_all();
    turn();
  }
  if (!end && plan.short_reads) ends.first->reset();
  for (std::size_t i = 0; i < bytes.size() + turns_until_end && !end; ++i)
    turn();
  require(end.has_value(), "the session ends once its peer is gone");
  application.let_go();
  require(session.active_streams() == 0, "no stream is left behind");
}

}  // namespace
}  // namespace outhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  outhaul::fuzz::run(outhaul::fuzz::Plan(data[0]), outhaul::fuzz::text_of(data + 1, size - 1));
  return 0;
}
