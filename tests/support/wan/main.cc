// A wide-area network between two network namespaces: it makes a TUN interface in each and passes
// packets between them, with delay, loss and whatever else a real one does to them. Commands are
// lines on standard input (control.h), answers are lines on standard output, the first one, "{}",
// says that the interfaces are there. Ends with the end of its input.

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/support/wan/control.h"

namespace outhaul::wan {
namespace {

// Packets that are due within it are written together. A link of 200 Mbit/s has one each 60 us.
constexpr std::chrono::microseconds granularity{100};

timespec until(const std::array<Link*, 2>& links, Time now) {
  std::chrono::nanoseconds wait = std::chrono::hours(1);
  for (const Link* link : links) {
    const std::optional<Time> next = link->next();
    if (next) wait = std::min<std::chrono::nanoseconds>(wait, *next - now);
  }
  wait = std::max<std::chrono::nanoseconds>(wait, granularity);
  return {wait.count() / 1'000'000'000, wait.count() % 1'000'000'000};
}

class Commands {
 public:
  explicit Commands(Links links) : links_(links) {}

  /// False at the end of the input.
  bool read() {
    std::array<char, 4096> room{};
    const ssize_t count = ::read(STDIN_FILENO, room.data(), room.size());
    if (count <= 0) return count < 0 && errno == EINTR;
    input_.append(room.data(), static_cast<std::size_t>(count));
    for (std::size_t end = 0; (end = input_.find('\n')) != std::string::npos;) {
      std::cout << obey(input_.substr(0, end), links_) << std::endl;
      input_.erase(0, end + 1);
    }
    return true;
  }

 private:
  Links links_;
  std::string input_;
};

void run(TunDevice& a, TunDevice& b, std::uint64_t seed) {
  Link a_to_b(a, b, seed);
  Link b_to_a(b, a, seed + 1);
  const std::array<Link*, 2> links{&a_to_b, &b_to_a};
  Commands commands({a_to_b, b_to_a});
  std::array<pollfd, 3> files{
      {{a.descriptor(), POLLIN, 0}, {b.descriptor(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
  for (;;) {
    const timespec wait = until(links, Clock::now());
    if (ppoll(files.data(), files.size(), &wait, nullptr) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "ppoll");
    }
    if (files[2].revents != 0 && !commands.read()) return;
    for (std::size_t i = 0; i < links.size(); ++i) {
      const Time now = Clock::now();
      links.at(i)->deliver(now);
      if (files.at(i).revents != 0) links.at(i)->take(now);
    }
  }
}

}  // namespace
}  // namespace outhaul::wan

int main(int count, char** arguments) {
  using outhaul::wan::TunDevice;
  if (count != 4) {
    std::cerr << "usage: wan NAMESPACE_FILE_A NAMESPACE_FILE_B INTERFACE\n";
    return 2;
  }
  try {
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
    TunDevice a(arguments[1], arguments[3]);
    TunDevice b(arguments[2], arguments[3]);
    std::cout << "{}" << std::endl;
    // The same losses in every run: a test that fails can be repeated.
    outhaul::wan::run(a, b, 1);
  } catch (const std::exception& error) {
    std::cerr << "wan: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
