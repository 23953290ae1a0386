#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "common/async/loop.h"
#include "common/async/runnable.h"
#include "common/async/timer.h"
#include "common/base/bytes.h"
#include "common/dns/answer.h"
#include "common/dns/message.h"
#include "common/dns/server_set.h"

struct ares_channeldata;

namespace outhaul::dns {

enum class Transport : std::uint8_t {
  udp_first,  ///< TCP when a response is truncated
  tcp,
};

enum class Delivery : std::uint8_t {
  received,     ///< a response with the right id, source and question
  silent,       ///< nothing in the channel's time
  unreachable,  ///< refused, no route, connection cut
  failed,       ///< the query could not be sent: no memory, no file descriptor
};

class Channel;

/// One query of one channel. The owner may destroy it at any time: that only unlinks it, the
/// channel ignores the response.
class Query {
 public:
  Query() = default;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

 protected:
  virtual ~Query();
  /// The outcome, once, from the loop's ready queue. `message` is empty unless received.
  virtual void delivered(Delivery delivery, Bytes message) = 0;

 private:
  friend class Channel;
  struct Slot;
  class Deliver final : public Runnable {
   public:
    explicit Deliver(Query& query) : query_(query) {}
    void run() override { query_.delivered(query_.delivery_, query_.message_); }

   private:
    Query& query_;
  };

  Slot* slot_ = nullptr;
  Delivery delivery_ = Delivery::silent;
  std::vector<std::byte> message_;
  Deliver deliver_{*this};
};

/// A c-ares channel on the loop, for one server.
///
/// One server each, because c-ares 1.18 neither remembers which servers are dead nor tells which
/// one answered; who is asked when is the business of Fetch. It sends once, and retries only by TCP
/// after truncation. Nothing of c-ares is called from inside its callbacks: they note what happened
/// and the loop does the rest. c-ares reads no configuration files here.
class Channel {
 public:
  /// `time_limit`: how long a query may stay open.
  Channel(Loop& loop, const ServerAddress& server, Transport transport,
          std::chrono::milliseconds time_limit);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  /// Open queries are never delivered.
  ~Channel();

  /// Asks; the outcome always comes later. `query` must not be in use.
  void send(const Question& question, Edns edns, Query& query);

  /// No query is open, not even one that nobody waits for.
  bool idle() const { return slots_.empty(); }
  /// Queries sent so far.
  std::uint32_t used() const { return used_; }
  TimePoint created() const { return created_; }

 private:
  class Socket;
  /// c-ares counts the users of its library.
  struct Library {
    Library();
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
  };
  struct Destroy {
    void operator()(ares_channeldata* channel) const;
  };
  class Process final : public Runnable {
   public:
    explicit Process(Channel& channel) : channel_(channel) {}
    void run() override { channel_.process_sockets(); }

   private:
    Channel& channel_;
  };
  class Tick final : public Timer {
   public:
    explicit Tick(Channel& channel) : channel_(channel) {}

   private:
    void expired() override { channel_.process_time(); }
    Channel& channel_;
  };

  static void on_socket_state(void* channel, int fd, int readable, int writable);
  static void on_reply(void* slot, int status, int timeouts, unsigned char* message, int size);
  void watch_socket(int fd, bool readable, bool writable);
  void process_sockets();
  void process_time();
  void deliver(Query& query, Delivery delivery, Bytes message);
  std::uint16_t unused_id() const;

  Loop& loop_;
  Library library_;
  TimePoint created_;
  std::uint32_t used_ = 0;
  std::map<int, std::unique_ptr<Socket>> sockets_;
  std::unordered_map<std::uint16_t, std::unique_ptr<Query::Slot>> slots_;
  Process process_{*this};
  Tick tick_{*this};
  // Last: destroying it calls back for every open query and socket.
  std::unique_ptr<ares_channeldata, Destroy> channel_;
};

}  // namespace outhaul::dns
