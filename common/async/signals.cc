#include "common/async/signals.h"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <sys/signalfd.h>
#include <unistd.h>

namespace outhaul {

SignalWatch::SignalWatch(Loop& loop, std::initializer_list<int> signals,
                         std::function<void(int)> handler)
    : loop_(loop), handler_(std::move(handler)) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals)
    sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  loop_.add(fd_, EPOLLIN | EPOLLET, *this);
}

SignalWatch::~SignalWatch() {
  loop_.remove(fd_, *this);
  close(fd_);
}

void SignalWatch::on_fd_events(std::uint32_t) {
  loop_.ready(deliver_);
}

void SignalWatch::deliver() {
  signalfd_siginfo info{};
  while (read(fd_, &info, sizeof info) == sizeof info) {
    handler_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace outhaul
