#include "agent/origins/pool.h"

#include <utility>

#include "common/async/runnable.h"
#include "common/async/timed_wait.h"
#include "common/net/io.h"

namespace outhaul::agent {

/// A connection in the pool. Owned by the list of its key; destroyed by remove().
class OriginPool::Idle final : public ListNode {
 public:
  Idle(OriginPool& pool, const OriginKey& key, std::unique_ptr<OriginConnection> connection,
       Duration timeout)
      : pool_(pool),
        key_(key),
        connection_(std::move(connection)),
        watch_(pool.watch(*this, timeout)) {}

  void start_watch() { watch_.start(); }
  /// Something arrived, or the idle time is up: removal from the loop, because the watch that finds
  /// out must not be destroyed from inside itself.
  void retire_soon() { pool_.loop_.ready(retire_); }

  const OriginKey& key() const { return key_; }
  OriginConnection& connection() { return *connection_; }
  std::unique_ptr<OriginConnection> take() {
    watch_.reset();
    return std::move(connection_);
  }

 private:
  class Retire final : public Runnable {
   public:
    explicit Retire(Idle& idle) : idle_(idle) {}
    void run() override { idle_.pool_.remove(idle_); }

   private:
    Idle& idle_;
  };

  OriginPool& pool_;
  OriginKey key_;
  std::unique_ptr<OriginConnection> connection_;
  Task<void> watch_;
  Retire retire_{*this};
};

OriginPool::~OriginPool() {
  close_all();
}

void OriginPool::close_all() {
  for (auto& [key, list] : idle_) {
    while (!list.connections.empty())
      destroy(list, list.connections.front());
  }
  idle_.clear();
}

Task<void> OriginPool::watch(Idle& idle, Duration timeout) {
  net::ByteStream& stream = idle.connection().stream();
  for (;;) {
    const bool woken = co_await wait_for(loop_, stream.readable(), timeout);
    if (!woken || !net::reusable(stream)) break;
  }
  idle.retire_soon();
}

std::unique_ptr<OriginConnection> OriginPool::take(const OriginKey& key) {
  const auto found = idle_.find(key);
  if (found == idle_.end()) return nullptr;
  IntrusiveList<Idle>& connections = found->second.connections;
  while (!connections.empty()) {
    Idle& idle = connections.back();
    std::unique_ptr<OriginConnection> connection = idle.take();
    remove(idle);
    // The end may have arrived in this very turn, before the watch could run.
    if (net::reusable(connection->stream())) return connection;
  }
  return nullptr;
}

void OriginPool::give_back(const OriginKey& key, std::unique_ptr<OriginConnection> connection,
                           const KeepAlive& keep_alive) {
  if (idle_count_ >= idle_maximum_) return;
  IdleList& list = idle_[key];
  if (list.count >= keep_alive.connections) return;
  auto idle = std::make_unique<Idle>(*this, key, std::move(connection), keep_alive.timeout);
  list.connections.push_back(*idle);
  ++list.count;
  ++idle_count_;
  idle.release()->start_watch();  // owned by the list from here on
}

void OriginPool::remove(Idle& idle) {
  const auto found = idle_.find(idle.key());
  destroy(found->second, idle);
  // A busy key empties and fills all the time, so its entry stays; but keys come and go with
  // services and addresses, so not for ever.
  if (found->second.count == 0 && idle_.size() > idle_maximum_) idle_.erase(found);
}

void OriginPool::destroy(IdleList& list, Idle& idle) {
  const std::unique_ptr<Idle> owner(&idle);
  idle.unlink();
  --list.count;
  --idle_count_;
}

}  // namespace outhaul::agent
