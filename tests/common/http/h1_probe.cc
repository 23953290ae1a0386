#include "tests/common/http/h1_probe.h"

#include <optional>

#include "common/http/h1_chunked.h"
#include "common/http/h1_framing.h"
#include "common/http/h1_head.h"

namespace outhaul::http::test {
namespace {

std::string name_of(FaultReason reason) {
  switch (reason) {
    case FaultReason::syntax:
      return "syntax";
    case FaultReason::version:
      return "version";
    case FaultReason::target_too_long:
      return "target_too_long";
    case FaultReason::head_too_large:
      return "head_too_large";
    case FaultReason::field_too_large:
      return "field_too_large";
    case FaultReason::too_many_fields:
      return "too_many_fields";
    case FaultReason::expectation:
      return "expectation";
    case FaultReason::loop:
      return "loop";
  }
  return "?";
}

std::string refused(const Fault& fault) {
  return "refused " + name_of(fault.reason);
}

/// The pieces of a message, taken one after another; a parser sees each of them on its own.
class Source {
 public:
  explicit Source(const Pieces& pieces) : pieces_(pieces) {}
  bool at_end() const { return index_ == pieces_.size(); }
  Bytes current() const { return as_bytes(pieces_[index_].substr(offset_)); }
  void consume(std::size_t count) {
    offset_ += count;
    if (offset_ == pieces_[index_].size()) {
      ++index_;
      offset_ = 0;
    }
  }
  std::string rest() const {
    std::string text;
    for (std::size_t i = index_; i < pieces_.size(); ++i) {
      text += pieces_[i].substr(i == index_ ? offset_ : 0);
    }
    return text;
  }

 private:
  const Pieces& pieces_;
  std::size_t index_ = 0;
  std::size_t offset_ = 0;
};

/// Nothing when the head is complete.
template <typename Parser>
std::optional<std::string> read_head(Parser& parser, Source& source) {
  while (!source.at_end()) {
    const HeadStep step = parser.feed(source.current());
    if (step.status == HeadStatus::failed) return refused(parser.fault());
    source.consume(step.consumed);
    if (step.status == HeadStatus::complete) return std::nullopt;
  }
  return "more";
}

std::string finish(std::string outcome, const std::string& body, const Source& source) {
  if (!body.empty()) outcome += " body=" + body;
  if (!source.rest().empty()) outcome += " left=" + std::to_string(source.rest().size());
  return outcome;
}

std::string read_chunked(std::string outcome, Source& source) {
  ChunkedDecoder decoder;
  std::string body;
  while (!source.at_end()) {
    const ChunkedDecoder::Step step = decoder.next(source.current());
    if (step.status == ChunkedDecoder::Status::failed) return refused(decoder.fault());
    body += as_text(step.payload);
    source.consume(step.consumed);
    if (step.status != ChunkedDecoder::Status::complete) continue;
    if (!decoder.trailers().empty()) {
      outcome += " trailers=" + std::to_string(decoder.trailers().size());
    }
    return finish(std::move(outcome), body, source);
  }
  return "more";
}

std::string read_body(std::string outcome, const Framing& framing, Source& source) {
  switch (framing.kind) {
    case BodyKind::none:
      return finish(std::move(outcome), "", source);
    case BodyKind::until_close:
      return outcome + " until-close";
    case BodyKind::chunked:
      return read_chunked(std::move(outcome), source);
    case BodyKind::content_length: {
      const std::string rest = source.rest();
      if (rest.size() < framing.length) return "more";
      const std::string body = rest.substr(0, framing.length);
      if (!body.empty()) outcome += " body=" + body;
      if (rest.size() > body.size())
        outcome += " left=" + std::to_string(rest.size() - body.size());
      return outcome;
    }
  }
  return "?";
}

}  // namespace

std::string probe_request(const Pieces& pieces) {
  Source source(pieces);
  RequestHeadParser parser;
  if (auto outcome = read_head(parser, source)) return *outcome;
  const H1Version version = parser.version();
  const RequestHead head = parser.take_head();
  const Result<Framing> framing = request_framing(head.method, version, head.fields);
  if (!framing) return "refused framing";
  std::string target(head.method);
  target.append(" ").append(head.path.empty() ? "-" : head.path).append(" ");
  return read_body(target.append(head.authority), *framing, source);
}

std::string probe_response(std::string_view request_method, const Pieces& pieces) {
  Source source(pieces);
  ResponseHeadParser parser;
  if (auto outcome = read_head(parser, source)) return *outcome;
  const H1Version version = parser.version();
  const ResponseHead head = parser.take_head();
  const Result<Framing> framing =
      response_framing(request_method, version, head.status, head.fields);
  if (!framing) return "refused framing";
  return read_body(std::to_string(head.status), *framing, source);
}

}  // namespace outhaul::http::test
