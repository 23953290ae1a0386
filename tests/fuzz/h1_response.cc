// HTTP/1.1 responses to GET, HEAD and CONNECT get the same verdict however they are cut.
#include <string_view>

#include "common/http/h1_head.h"
#include "tests/common/http/h1_probe.h"
#include "tests/fuzz/cuts.h"
#include "tests/fuzz/h1_verdicts.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul;
  const fuzz::CutMessage message = fuzz::cut_message(fuzz::text_of(data, size));
  for (const std::string_view method : {"GET", "HEAD", "CONNECT"}) {
    fuzz::require_same_verdict(message, [method](const fuzz::Pieces& pieces) {
      return http::test::probe_response(method, pieces);
    });
  }
  fuzz::require_same_verdict(message, fuzz::narrow_head_verdict<http::ResponseHeadParser>);
  return 0;
}
