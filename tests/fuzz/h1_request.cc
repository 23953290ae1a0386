// HTTP/1.1 requests: head, framing and chunked body get the same verdict however they are cut.
#include "common/http/h1_head.h"
#include "tests/common/http/h1_probe.h"
#include "tests/fuzz/cuts.h"
#include "tests/fuzz/h1_verdicts.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outhaul;
  const fuzz::CutMessage message = fuzz::cut_message(fuzz::text_of(data, size));
  fuzz::require_same_verdict(message, http::test::probe_request);
  fuzz::require_same_verdict(message, fuzz::narrow_head_verdict<http::RequestHeadParser>);
  fuzz::require_same_verdict(message, fuzz::narrow_chunked_verdict);
  return 0;
}
