#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "common/base/result.h"
#include "edge/directory/mutations.h"
#include "edge/directory/snapshot.h"
#include "edge/directory/store.h"

namespace outhaul::edge {

/// The edge's directory of tunnels, services and bindings.
///
/// One writer thread owns the store; readers use an immutable snapshot and never wait for SQLite:
///
///   OUTHAUL_TRY(directory, Directory::open("/var/lib/outhaul/directory.db"));
///   const auto snapshot = directory->snapshot();         // any thread
///   const Binding* binding = snapshot->authorize(id, token);
///   directory->submit(DeleteService{id}, [](Result<Service> r) { post r to the caller's loop });
///
/// Changes are applied in the order of submission. A change is on disk and in snapshot() before
/// its callback runs, so whoever saw the answer sees the change.
class Directory {
 public:
  /// Opens the store and starts the writer. Errors: see open_directory_database.
  static Result<std::unique_ptr<Directory>> open(const std::string& path);

  /// For open(): `first` is what `store` holds.
  Directory(Store store, std::shared_ptr<const Snapshot> first);
  /// Finishes what was submitted, callbacks included, then closes the file.
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  /// The directory as it is now; never null. Holds a lock only to copy the pointer.
  std::shared_ptr<const Snapshot> snapshot() const;

  template <Mutation M>
  using Callback = std::function<void(Result<typename M::Outcome>)>;

  /// Queues the change. `done` runs once, on the writer thread: it must only post the result on.
  /// It must not throw and must not call call(), which would wait for itself.
  template <Mutation M>
  void submit(M mutation, Callback<M> done) {
    enqueue([mutation = std::move(mutation), done = std::move(done)](Store& store, Snapshot& next) {
      return [done, result = mutation.apply(store, next)] { done(result); };
    });
  }

  /// The same, waiting for the result. For command lines and tests, never on a loop.
  template <Mutation M>
  Result<typename M::Outcome> call(M mutation) {
    std::promise<Result<typename M::Outcome>> promise;
    submit(std::move(mutation), [&promise](Result<typename M::Outcome> result) {
      promise.set_value(std::move(result));
    });
    return promise.get_future().get();
  }

 private:
  /// Applies one change and returns what announces its result, to be run after publication.
  using Announcement = std::function<void()>;
  using Job = std::function<Announcement(Store&, Snapshot&)>;

  void enqueue(Job job);
  void write_until_stopped();
  void write(std::deque<Job>& jobs);

  Store store_;  // the writer thread's alone

  mutable std::mutex snapshot_mutex_;
  std::shared_ptr<const Snapshot> snapshot_;

  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::deque<Job> queue_;
  bool stopping_ = false;

  std::thread writer_;  // last: starts when all else is there
};

}  // namespace outhaul::edge
