#include "agent/origins/pool.h"

#include <algorithm>
#include <utility>

#include "common/async/runnable.h"
#include "common/async/timed_wait.h"
#include "common/base/memory_pool.h"
#include "common/net/io.h"

namespace outhaul::agent {

/// A connection in the pool. Owned by the list of its key; destroyed by remove().
class OriginPool::Idle final : public ListNode, public Pooled {
 public:
  Idle(OriginPool& pool, Entry& entry, std::unique_ptr<OriginConnection> connection,
       Duration timeout)
      : pool_(pool),
        entry_(entry),
        connection_(std::move(connection)),
        watch_(pool.watch(*this, timeout)) {}

  void start_watch() { watch_.start(); }
  /// Something arrived, or the idle time is up: removal from the loop, because the watch that finds
  /// out must not be destroyed from inside itself.
  void retire_soon() { pool_.loop_.ready(retire_); }

  /// Its place in the pool.
  Entry& entry() const { return entry_; }
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
  Entry& entry_;
  std::unique_ptr<OriginConnection> connection_;
  Task<void> watch_;
  Retire retire_{*this};
};

OriginPool::~OriginPool() {
  close_all();
}

void OriginPool::retire_all() {
  for (auto& [key, list] : idle_) {
    while (!list.connections.empty())
      destroy(list, list.connections.front());
  }
  idle_.clear();
  http2_.retire_all();
}

void OriginPool::close_all() {
  retire_all();
  http2_.close_all();
}

std::optional<ConnectionSlot> OriginPool::reserve(const Uuid& service,
                                                  const std::shared_ptr<ServiceUse>& use,
                                                  std::uint32_t limit) {
  if (use->connections >= limit) close_idle(&service);
  if (process_->connections >= maximum_) close_idle(nullptr);
  auto slot = ConnectionSlot::take(open_, *process_, maximum_, use, limit);
  if (slot) ++counts_.opened;
  return slot;
}

bool OriginPool::close_idle(const Uuid* service) {
  for (auto& [key, list] : idle_) {
    if (list.count == 0 || (service != nullptr && key.service != *service)) continue;
    destroy(list, list.connections.front());
    return true;
  }
  return http2_.retire_idle(service);
}

PoolStatistics OriginPool::statistics() const {
  PoolStatistics statistics = counts_;
  statistics.http2_connections = http2_.connections();
  statistics.http2_requests = http2_.requests();
  statistics.idle = idle_count_ + http2_.idle();
  statistics.active = open_ - std::min(open_, statistics.idle);
  statistics.circuits_open = circuits_.open();
  return statistics;
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
  for (;;) {
    const auto found = idle_.find(key);  // anew, because remove() may have erased it
    if (found == idle_.end() || found->second.count == 0) return nullptr;
    Idle& idle = found->second.connections.back();
    std::unique_ptr<OriginConnection> connection = idle.take();
    remove(idle);
    // The end may have arrived in this very turn, before the watch could run.
    if (net::reusable(connection->stream())) return connection;
  }
}

void OriginPool::give_back(const OriginKey& key, std::unique_ptr<OriginConnection> connection,
                           const KeepAlive& keep_alive) {
  if (idle_count_ >= maximum_) return;
  Entry& entry = *idle_.try_emplace(key).first;
  IdleList& list = entry.second;
  if (list.count >= keep_alive.connections) return;
  auto idle = std::make_unique<Idle>(*this, entry, std::move(connection), keep_alive.timeout);
  list.connections.push_back(*idle);
  ++list.count;
  ++idle_count_;
  idle.release()->start_watch();  // owned by the list from here on
}

void OriginPool::remove(Idle& idle) {
  Entry& entry = idle.entry();
  destroy(entry.second, idle);
  // A busy key empties and fills all the time, so its entry stays; but keys come and go with
  // services and addresses, so not for ever.
  if (entry.second.count == 0 && idle_.size() > maximum_) idle_.erase(idle_.find(entry.first));
}

void OriginPool::destroy(IdleList& list, Idle& idle) {
  const std::unique_ptr<Idle> owner(&idle);
  idle.unlink();
  --list.count;
  --idle_count_;
}

}  // namespace outhaul::agent
