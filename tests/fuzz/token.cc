// Tokens and credentials files: an accepted one survives writing and reading, a refused one is
// never shown.
#include "common/tunnel/token.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul;
  const std::string_view input = fuzz::text_of(data, size);
  const auto token = tunnel::parse_token(input);
  if (!token) {
    const ErrorKind kind = token.error().kind;
    fuzz::require(kind == ErrorKind::invalid || kind == ErrorKind::limit, "the kinds of refusals");
    fuzz::require(token.error().message.starts_with("token: "), "a refusal names the token");
    return 0;
  }
  fuzz::require(!token->edges.empty() && token->pins.size() <= tunnel::pin_count_maximum,
                "an accepted token has edges and a bounded number of pins");
  const std::string text = tunnel::serialize_token(*token);
  const auto again = tunnel::parse_token(text);
  fuzz::require(again.has_value(), "what was written can be parsed");
  fuzz::require(again->tunnel_id == token->tunnel_id && again->edges == token->edges &&
                    again->pins == token->pins &&
                    std::ranges::equal(again->secret.bytes(), token->secret.bytes()),
                "the written token means the same");
  fuzz::require(tunnel::serialize_token(*again) == text, "the written token is canonical");
  return 0;
}
