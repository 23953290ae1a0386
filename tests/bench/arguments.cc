#include "tests/bench/arguments.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

#include "common/base/ip_address.h"

namespace outhaul::bench {

namespace {

template <typename Number>
bool parse_whole(std::string_view text, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

}  // namespace

Arguments::Arguments(int count, char** values, std::string_view usage) : usage_(usage) {
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = values[i];
    if (!name.starts_with("--") || i + 1 == count) refuse(std::string(name) + " has no value");
    values_[std::string(name.substr(2))] = values[i + 1];
  }
}

std::string Arguments::text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) refuse("--" + name + " is missing");
  return found->second;
}

std::string Arguments::text_or(const std::string& name, std::string fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::move(fallback) : found->second;
}

std::size_t Arguments::number_or(const std::string& name, std::size_t fallback) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fallback;
  std::size_t number = 0;
  if (!parse_whole(found->second, number)) refuse("--" + name + " is not a number");
  return number;
}

net::SocketAddress Arguments::endpoint(const std::string& name) const {
  const std::string value = text(name);
  const std::size_t colon = value.rfind(':');
  if (colon == std::string::npos) refuse("--" + name + " is not ADDRESS:PORT");
  const auto address = IpAddress::parse(value.substr(0, colon));
  std::uint16_t port = 0;
  if (!address || !parse_whole(std::string_view(value).substr(colon + 1), port)) {
    refuse("--" + name + " is not ADDRESS:PORT");
  }
  return {*address, port};
}

void Arguments::refuse(const std::string& why) const {
  std::fprintf(stderr, "%s\n%s\n", why.c_str(), usage_.c_str());
  std::exit(2);
}

int run_program(const char* name, int count, char** values, std::string_view usage,
                Result<void> (*run)(const Arguments&)) {
  try {
    const Result<void> ended = run(Arguments(count, values, usage));
    if (ended) return 0;
    std::fprintf(stderr, "%s: %s\n", name, ended.error().message.c_str());
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "%s: %s\n", name, exception.what());
  }
  return 1;
}

}  // namespace outhaul::bench
