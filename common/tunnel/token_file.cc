#include <span>
#include <string_view>

#include "common/tunnel/secret.h"
#include "common/tunnel/secret_file.h"
#include "common/tunnel/token.h"

namespace outhaul::tunnel {

Result<Token> read_token_file(const std::string& path) {
  constexpr std::string_view what = "token file";
  OUTHAUL_TRY(text, read_secret_file(path, what, token_size_maximum));
  auto token = parse_token(text);
  wipe_memory(std::as_writable_bytes(std::span(text.data(), text.size())));
  if (token) return token;
  return Error{token.error().kind, std::string(what).append(" ").append(path).append(": ").append(
                                       token.error().message)};
}

}  // namespace outhaul::tunnel
