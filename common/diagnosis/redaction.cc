#include "common/diagnosis/redaction.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "common/base/base64.h"
#include "common/base/hex.h"
#include "common/http/syntax.h"
#include "common/tunnel/secret.h"

namespace outhaul::diagnosis {

namespace {

/// What every token begins with: base64url of '{"'.
constexpr std::string_view token_start = "eyJ";
constexpr std::size_t token_size_minimum = 40;

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '=';
}

void replace_all(std::string& text, std::string_view what) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += mask.size())
    text.replace(at, what.size(), mask);
}

void mask_tokens(std::string& text) {
  for (std::size_t at = 0; (at = text.find(token_start, at)) != std::string::npos;) {
    std::size_t end = at;
    while (end < text.size() && is_token_character(text[end]))
      ++end;
    if (end - at >= token_size_minimum) text.replace(at, end - at, mask);
    at += mask.size();
  }
}

/// "http://user:password@proxy" becomes "http://***@proxy".
void mask_user_information(std::string& text) {
  constexpr std::string_view separator = "://";
  for (std::size_t at = 0; (at = text.find(separator, at)) != std::string::npos;) {
    at += separator.size();
    const std::size_t end = std::min(text.find_first_of(" /\"'\t\r\n?#", at), text.size());
    const std::size_t sign = text.substr(at, end - at).rfind('@');
    if (sign != std::string::npos) text.replace(at, sign, mask);
  }
}

void mask_private_keys(std::string& text) {
  constexpr std::string_view end_mark = "-----END ";
  for (std::size_t at = 0; (at = text.find("PRIVATE KEY-----", at)) != std::string::npos;) {
    const std::size_t begin = text.rfind("-----BEGIN ", at);
    if (begin == std::string::npos) {
      ++at;
      continue;
    }
    std::size_t end = text.find(end_mark, at);
    end = end == std::string::npos ? text.size() : text.find("-----", end + end_mark.size());
    end = end == std::string::npos ? text.size() : std::min(end + 5, text.size());
    text.replace(begin, end - begin, mask);
    at = begin + mask.size();
  }
}

bool is_secret_key(std::string_view key) {
  std::string low;
  for (const char c : key)
    if (c != ' ' && c != '\t' && c != '"') low += http::to_lower(c);
  // "token_file" says where it is.
  if (low.ends_with("file")) return false;
  constexpr std::array<std::string_view, 5> words{"token", "secret", "passw", "api_key", "apikey"};
  return std::ranges::any_of(
      words, [&](std::string_view word) { return low.find(word) != std::string::npos; });
}

}  // namespace

Redaction::~Redaction() {
  for (std::string& text : known_)
    tunnel::wipe_memory(std::as_writable_bytes(std::span(text.data(), text.size())));
}

void Redaction::learn(const tunnel::Token& token) {
  const auto secret = token.secret.bytes();
  known_.push_back(tunnel::serialize_token(token));
  std::string standard = base64_encode(secret);
  // With and without padding; the shorter one is part of the longer.
  while (standard.ends_with('='))
    standard.pop_back();
  std::string url = standard;
  std::ranges::replace(url, '+', '-');
  std::ranges::replace(url, '/', '_');
  known_.push_back(std::move(standard));
  known_.push_back(std::move(url));
  known_.push_back(hex_encode(secret));
}

std::string Redaction::apply(std::string_view text) const {
  std::string clean(text);
  for (const std::string& secret : known_)
    replace_all(clean, secret);
  mask_tokens(clean);
  mask_user_information(clean);
  mask_private_keys(clean);
  return clean;
}

std::string Redaction::apply_to_configuration(std::string_view text) const {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos && is_secret_key(line.substr(0, equals))) {
      lines.append(line.substr(0, equals)).append("= ").append(mask);
    } else {
      lines.append(line);
    }
    lines += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return apply(lines);
}

}  // namespace outhaul::diagnosis
