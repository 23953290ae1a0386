#include <span>

#include "common/tunnel/secret_file.h"
#include "common/tunnel/token.h"

namespace outhaul::tunnel {

Result<Token> read_token_file(const std::string& path) {
  constexpr std::string_view what = "token file";
  auto text = read_secret_file(path, what, token_size_maximum);
  if (!text) return std::move(text.error());
  auto token = parse_token(*text);
  wipe_memory(std::as_writable_bytes(std::span(text->data(), text->size())));
  if (token) return token;
  return Error{token.error().kind,
               std::string(what).append(" ").append(path).append(": ") + token.error().message};
}

}  // namespace outhaul::tunnel
