#pragma once

#include <csignal>

#include <pthread.h>

namespace outhaul {

/// Blocks all signals of this thread for as long as it lives, to start another one meanwhile:
/// signals belong to the main loop's signalfd. A thread begins with the mask of the one that made
/// it, so there is no moment at which a signal could reach the new one.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace outhaul
