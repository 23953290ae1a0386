// Requests one after the other beside bulk downloads, all on one HTTP/2 connection in plaintext:
// how long each takes, and how much of the connection they get. Prints a JSON object:
//
//   seconds      from the first request to the end of the last
//   times_us     of each request, in order
//   bytes        content of the requests
//   bulk_bytes   content that the bulk downloads got meanwhile

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "tests/bench/arguments.h"
#include "tests/bench/mixed/h2_client.h"

namespace outhaul::bench {

namespace {

constexpr std::string_view usage =
    "usage: mixed_load --connect ADDRESS:PORT --path PATH --requests N\n"
    "  --path, --requests, --priority        what is asked for, one at a time, after the bulk "
    "runs\n"
    "  --bulk N --bulk-path PATH --bulk-priority TEXT\n"
    "                                        downloads that run all the time, each begun anew at\n"
    "                                        its end; none without --bulk\n"
    "  --descriptor TEXT                     value of Tunnel-Service";
/// Of each bulk download before the first request.
constexpr std::uint64_t bulk_runs = std::uint64_t{1} << 18;

class Bulk {
 public:
  Bulk(H2Client& client, const Arguments& arguments)
      : client_(client),
        path_(arguments.text_or("bulk-path", "")),
        priority_(arguments.text_or("bulk-priority", "")),
        streams_(arguments.number_or("bulk", 0)) {
    for (Stream& stream : streams_)
      begin(stream);
    while (!all_run())
      client_.turn();
  }
  Bulk(const Bulk&) = delete;
  Bulk& operator=(const Bulk&) = delete;

 private:
  struct Stream {
    std::uint64_t earlier = 0;
    const H2Client::Download* now = nullptr;
  };
  void begin(Stream& stream) {
    stream.now = &client_.get(path_, priority_, [this, &stream](const H2Client::Download& ended) {
      stream.earlier += ended.received;
      begin(stream);
    });
  }
  bool all_run() const {
    return std::ranges::all_of(streams_, [](const Stream& stream) {
      return stream.earlier + stream.now->received >= bulk_runs;
    });
  }

  H2Client& client_;
  std::string path_;
  std::string priority_;
  std::vector<Stream> streams_;
};

void run(const Arguments& arguments) {
  H2Client client(arguments.endpoint("connect"), arguments.text_or("descriptor", ""));
  const Bulk bulk(client, arguments);
  const std::string path = arguments.text("path");
  const std::size_t requests = arguments.number_or("requests", 1);
  const std::string priority = arguments.text_or("priority", "");
  std::vector<double> times;
  std::uint64_t bytes = 0;
  const std::uint64_t before = client.received();
  const Clock::time_point began = Clock::now();
  while (times.size() < requests) {
    bool ended = false;
    client.get(path, priority, [&](const H2Client::Download& download) {
      times.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - download.began).count());
      bytes += download.received;
      ended = true;
    });
    while (!ended)
      client.turn();
  }
  const std::chrono::duration<double> took = Clock::now() - began;
  std::printf("{\"seconds\": %.6f, \"bytes\": %llu, \"bulk_bytes\": %llu, \"times_us\": [",
              took.count(), static_cast<unsigned long long>(bytes),
              static_cast<unsigned long long>(client.received() - before - bytes));
  for (std::size_t i = 0; i < times.size(); ++i)
    std::printf("%s%.0f", i == 0 ? "" : ",", times[i]);
  std::printf("]}\n");
}

}  // namespace

}  // namespace outhaul::bench

int main(int argument_count, char** arguments) {
  using namespace outhaul::bench;
  try {
    run(Arguments(argument_count, arguments, usage));
    return 0;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "mixed_load: %s\n", exception.what());
  }
  return 1;
}
