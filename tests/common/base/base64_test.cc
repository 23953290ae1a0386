#include "common/base/base64.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul;

namespace {

std::string decoded(const Result<std::vector<std::byte>>& result) {
  return result ? std::string(as_text(*result)) : "error: " + result.error().message;
}

}  // namespace

TEST_CASE("the vectors of RFC 4648 section 10") {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    CHECK(base64_encode(as_bytes(plain)) == text);
    CHECK(decoded(base64_decode(text)) == plain);
    const std::string unpadded = text.substr(0, text.find('='));
    CHECK(base64url_encode(as_bytes(plain)) == unpadded);
    CHECK(decoded(base64url_decode(unpadded)) == plain);
    CHECK(decoded(base64url_decode(text, Base64Padding::optional)) == plain);
    CHECK(decoded(base64url_decode(unpadded, Base64Padding::optional)) == plain);
  }
}

TEST_CASE("each alphabet takes only its own two extra characters") {
  const std::string plain = "\xfb\xff";
  CHECK(base64_encode(as_bytes(plain)) == "+/8=");
  CHECK(base64url_encode(as_bytes(plain)) == "-_8");
  CHECK(decoded(base64_decode("+/8=")) == plain);
  CHECK(decoded(base64url_decode("-_8")) == plain);
  CHECK_FALSE(base64_decode("-_8="));
  CHECK_FALSE(base64url_decode("+/8"));
}

TEST_CASE("every value has one spelling") {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zh==", "Zm9=", "Zm 9v",
                           "Zm9v\n", "Zg==Zg==", "Z=g=", "Zm9v="}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
  }
  for (const char* text : {"Z", "Zh", "Zm9", "Zg==", "Zm9v=", "Zm9v "}) {
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text));
  }
  for (const char* text : {"Zg=", "Zg===", "Zm9v=", "=", "Zm9v====", "Zh=="}) {
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text, Base64Padding::optional));
  }
}

TEST_CASE("errors do not repeat the input") {
  const auto result = base64_decode("c2VjcmV0!!!!");
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::invalid);
  CHECK(result.error().message.find("c2Vj") == std::string::npos);
}
