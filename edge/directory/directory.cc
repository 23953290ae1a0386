#include "edge/directory/directory.h"

#include <vector>

#include "common/base/signals_blocked.h"
namespace outhaul::edge {
namespace {

Result<std::shared_ptr<const Snapshot>> load(Store& store) {
  OUTHAUL_TRY(tunnels, store.list_tunnels());
  OUTHAUL_TRY(services, store.list_services());
  OUTHAUL_TRY(bindings, store.list_bindings());
  auto snapshot = std::make_shared<Snapshot>();
  for (Tunnel& tunnel : tunnels)
    snapshot->put(std::move(tunnel));
  for (Service& service : services)
    snapshot->put(std::move(service));
  for (Binding& binding : bindings) {
    if (snapshot->service(binding.service_id) == nullptr) {
      return Error{ErrorKind::invalid,
                   "the directory file is damaged: a binding of no service; "
                   "restore it from a backup"};
    }
    snapshot->put(std::move(binding));
  }
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

}  // namespace

Result<std::unique_ptr<Directory>> Directory::open(const std::string& path) {
  OUTHAUL_TRY(store, Store::open(path));
  auto first = load(store);
  if (!first) return Error{first.error().kind, path + ": " + first.error().message};
  return std::make_unique<Directory>(std::move(store), std::move(*first));
}

Directory::Directory(Store store, std::shared_ptr<const Snapshot> first)
    : store_(std::move(store)), snapshot_(std::move(first)) {
  const SignalsBlocked blocked;
  writer_ = std::thread([this] { write_until_stopped(); });
}

Directory::~Directory() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  queue_changed_.notify_one();
  writer_.join();
}

std::shared_ptr<const Snapshot> Directory::snapshot() const {
  const std::lock_guard lock(snapshot_mutex_);
  return snapshot_;
}

void Directory::enqueue(Job job) {
  {
    const std::lock_guard lock(queue_mutex_);
    queue_.push_back(std::move(job));
  }
  queue_changed_.notify_one();
}

void Directory::write_until_stopped() {
  while (true) {
    std::deque<Job> jobs;
    {
      std::unique_lock lock(queue_mutex_);
      queue_changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      jobs.swap(queue_);
    }
    write(jobs);
  }
}

/// Whatever waited together shares one new snapshot.
void Directory::write(std::deque<Job>& jobs) {
  auto next = std::make_shared<Snapshot>(*snapshot());
  std::vector<Announcement> announcements;
  announcements.reserve(jobs.size());
  for (const Job& job : jobs)
    announcements.push_back(job(store_, *next));
  {
    const std::lock_guard lock(snapshot_mutex_);
    snapshot_ = std::move(next);
  }
  for (const Announcement& announce : announcements)
    announce();
}

}  // namespace outhaul::edge
