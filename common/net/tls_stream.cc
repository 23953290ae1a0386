#include "common/net/tls_stream.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <utility>

#include <openssl/err.h>

#include "common/base/ip_address.h"
#include "common/net/io.h"
#include "common/net/tls_blocks.h"
#include "common/net/tls_failure.h"

namespace outhaul::net {

namespace {

constexpr std::size_t record_size = std::size_t{16} * 1024;
// Header, nonce, MAC and padding of a record, in any cipher of TLS 1.2 and 1.3.
constexpr std::size_t record_overhead = 128;
constexpr std::size_t largest_fill = std::size_t{64} * 1024;
// Never less than a full record at once, however little the caller asks for.
constexpr std::size_t smallest_fill = record_size + record_overhead;

/// What SSL_set_tlsext_host_name() does, without its cast.
bool set_server_name(SSL* ssl, std::string name) {
  return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

}  // namespace

/// Reads along the parts of a write, across their borders.
class TlsStream::Parts {
 public:
  explicit Parts(std::span<const Bytes> parts) : parts_(parts) {
    for (const Bytes& part : parts)
      left_ += part.size();
  }
  std::size_t left() const { return left_; }

  /// The next `size` <= left() bytes: in place when they lie in one part, else copied to
  /// `scratch`, which has room for them.
  Bytes next(std::size_t size, TlsBlock& scratch) {
    skip_empty();
    left_ -= size;
    if (parts_.front().size() - offset_ >= size) {
      const Bytes whole = parts_.front().subspan(offset_, size);
      offset_ += size;
      return whole;
    }
    if (!scratch) scratch = TlsBlock::take();
    for (std::size_t copied = 0; copied < size;) {
      skip_empty();
      const Bytes rest = parts_.front().subspan(offset_);
      const std::size_t count = std::min(rest.size(), size - copied);
      std::memcpy(scratch.data() + copied, rest.data(), count);
      copied += count;
      offset_ += count;
    }
    return {scratch.data(), size};
  }

 private:
  void skip_empty() {
    while (offset_ == parts_.front().size()) {
      parts_ = parts_.subspan(1);
      offset_ = 0;
    }
  }

  std::span<const Bytes> parts_;
  std::size_t offset_ = 0;
  std::size_t left_ = 0;
};

TlsStream::TlsStream(std::unique_ptr<ByteStream> transport,
                     std::shared_ptr<const TlsContext> context, TlsTarget target,
                     TlsStreamOptions options)
    : transport_(std::move(transport)),
      context_(std::move(context)),
      target_(std::move(target)),
      options_(options),
      ssl_(SSL_new(context_->native())) {
  if (!ssl_) throw std::bad_alloc();
  BIO* bio = make_tls_bio(buffers_).release();
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_ex_data(ssl_.get(), 0, &peer_failure_);
}

TlsStream::TlsStream(std::unique_ptr<ByteStream> transport,
                     std::shared_ptr<const TlsClientContext> context, TlsTarget target,
                     TlsStreamOptions options)
    : TlsStream(std::move(transport), std::shared_ptr<const TlsContext>(std::move(context)),
                std::move(target), options) {
  SSL_set_connect_state(ssl_.get());
  set_target();
}

TlsStream::TlsStream(std::unique_ptr<ByteStream> transport,
                     std::shared_ptr<const TlsServerContext> context, TlsStreamOptions options)
    : TlsStream(std::move(transport), std::shared_ptr<const TlsContext>(std::move(context)),
                TlsTarget{}, options) {
  SSL_set_accept_state(ssl_.get());
}

TlsStream::~TlsStream() = default;

void TlsStream::set_target() {
  const auto address = IpAddress::parse(target_.name);
  std::string sni = target_.sni;
  if (sni.empty() && !address) sni = target_.name;
  bool usable = sni.empty() || set_server_name(ssl_.get(), sni);
  if (context_->verification() == PeerVerification::full) {
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl_.get());
    // RFC 9525: names are in the subject alternative names, and a wildcard is a whole label.
    X509_VERIFY_PARAM_set_hostflags(
        parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (address) {
      const Bytes bytes = address->bytes();
      usable = usable && X509_VERIFY_PARAM_set1_ip(
                             parameters, reinterpret_cast<const unsigned char*>(bytes.data()),
                             bytes.size()) == 1;
    } else {
      // An empty name would switch the check off.
      usable =
          usable && !target_.name.empty() &&
          X509_VERIFY_PARAM_set1_host(parameters, target_.name.data(), target_.name.size()) == 1;
    }
  }
  ERR_clear_error();
  if (!usable) {
    fail(Error{ErrorKind::invalid, "TLS: cannot verify or ask for the server name '" +
                                       target_.name + "'; give a DNS name or an IP address"});
  }
}

Task<Result<void>> TlsStream::handshake() {
  for (;;) {
    const Step step = step_handshake();
    if (step == Step::failed) co_return error_;
    if (step == Step::done) break;
    if (step == Step::need_readable) co_await transport_->readable().wait();
    if (step == Step::need_writable) co_await transport_->writable().wait();
  }
  OUTHAUL_CO_CHECK(flushed, co_await flush_all(*this));
  Result<void> agreed = check_alpn();
  if (!agreed) fail(agreed.error());
  co_return agreed;
}

TlsStream::Step TlsStream::step_handshake() {
  if (failed_) return Step::failed;
  const TlsBlock scratch = TlsBlock::take();
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
      secured_ = true;
      keep_input();
      return Step::done;
    }
    if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) {
      fail_from_openssl();
      return Step::failed;
    }
    const IoStatus flushed = flush_output();
    if (flushed == IoStatus::would_block) return Step::need_writable;
    switch (fill({scratch.data(), tls_block_size}, largest_fill)) {
      case IoStatus::done:
        break;
      case IoStatus::would_block:
        // Only now does a failed send count: the peer's reason may have been on its way.
        if (flushed == IoStatus::failed) {
          fail_from_transport();
          return Step::failed;
        }
        return Step::need_readable;
      case IoStatus::end:
        fail(Error{ErrorKind::closed,
                   doing() + ": the peer closed the connection before the handshake was done"});
        return Step::failed;
      case IoStatus::failed:
        fail_from_transport();
        return Step::failed;
    }
  }
}

Result<void> TlsStream::check_alpn() const {
  if (context_->alpn_rule() == AlpnRule::optional || !alpn().empty()) return {};
  std::string wanted;
  for (const std::string& name : context_->alpn())
    wanted += (wanted.empty() ? "" : ", ") + name;
  return Error{ErrorKind::tls_protocol,
               doing() + ": the peer agreed on no application protocol (ALPN), wanted is " +
                   wanted +
                   "; check that this is the right port and that nothing in between "
                   "ends TLS"};
}

IoResult TlsStream::read(MutableBytes into) {
  if (failed_) return {IoStatus::failed, 0};
  if (ended_) return {IoStatus::end, 0};
  if (into.empty()) return {IoStatus::done, 0};
  assert(secured_);
  const TlsBlock scratch = TlsBlock::take();
  const bool had_output = !buffers_.output.empty();
  std::size_t got = 0;
  IoStatus status = IoStatus::done;
  while (got < into.size() && status == IoStatus::done) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + got, into.size() - got, &count);
    if (result == 1) {
      got += count;
      continue;
    }
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        status = fill({scratch.data(), tls_block_size}, into.size() - got);
        if (status == IoStatus::end) status = end_of_transport();
        if (status == IoStatus::failed && !failed_) fail_from_transport();
        break;
      case SSL_ERROR_ZERO_RETURN:
        ended_ = true;
        status = IoStatus::end;
        break;
      default:
        fail_from_openssl();
        status = IoStatus::failed;
    }
  }
  keep_input();
  // An answer of the TLS layer itself (key update); nobody above would know to flush it.
  if (!failed_ && !had_output && !buffers_.output.empty()) {
    [[maybe_unused]] const IoStatus sent = flush_output();
  }
  return got > 0 ? IoResult{IoStatus::done, got} : IoResult{status, 0};
}

IoStatus TlsStream::fill(MutableBytes scratch, std::size_t wanted) {
  assert(buffers_.input.empty());
  const std::size_t limit = std::clamp(wanted, smallest_fill, largest_fill);
  const IoResult arrived = transport_->read(scratch.first(limit));
  if (arrived.status != IoStatus::done) return arrived.status;
  buffers_.input = scratch.first(arrived.bytes);
  if (!secured_ && first_byte_count_ < first_bytes_.size()) {
    const std::size_t count = std::min(first_bytes_.size() - first_byte_count_, arrived.bytes);
    std::memcpy(first_bytes_.data() + first_byte_count_, scratch.data(), count);
    first_byte_count_ += count;
  }
  return IoStatus::done;
}

void TlsStream::keep_input() {
  if (buffers_.input.empty()) {
    kept_input_ = {};
    return;
  }
  const bool in_place = !kept_input_.empty() && buffers_.input.data() >= kept_input_.data() &&
                        buffers_.input.data() < kept_input_.data() + kept_input_.size();
  if (in_place) return;
  kept_input_.assign(buffers_.input.begin(), buffers_.input.end());
  buffers_.input = kept_input_;
}

IoStatus TlsStream::end_of_transport() {
  // In the middle of a record nothing is tolerated: bytes are certainly missing.
  if (options_.truncation == Truncation::tolerated && SSL_has_pending(ssl_.get()) == 0) {
    ended_ = true;
    truncated_ = true;
    return IoStatus::end;
  }
  fail(Error{
      ErrorKind::closed,
      doing() + ": the peer closed the connection without close_notify; bytes may be missing"});
  return IoStatus::failed;
}

IoResult TlsStream::write(std::span<const Bytes> parts) {
  if (failed_) return {IoStatus::failed, 0};
  assert(secured_ && !close_notify_staged_);
  Parts source(parts);
  TlsBlock scratch;
  std::size_t taken = 0;
  while (source.left() > 0) {
    const std::size_t size = std::min(source.left(), record_size);
    if (buffers_.output.room() < size + record_overhead) {
      const IoStatus flushed = flush_output();
      if (flushed == IoStatus::failed) {
        fail_from_transport();
        return {IoStatus::failed, 0};
      }
      if (buffers_.output.room() < size + record_overhead) break;
    }
    if (!write_record(source.next(size, scratch))) return {IoStatus::failed, 0};
    taken += size;
  }
  if (taken == 0 && source.left() > 0) return {IoStatus::would_block, 0};
  return {IoStatus::done, taken};
}

bool TlsStream::write_record(Bytes plaintext) {
  // One record, unless the peer negotiated smaller ones (RFC 6066 section 4). The output stage
  // takes all that OpenSSL makes of it, so nothing is left half-written.
  while (!plaintext.empty()) {
    ERR_clear_error();
    std::size_t written = 0;
    if (SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &written) != 1) {
      fail_from_openssl();
      return false;
    }
    plaintext = plaintext.subspan(written);
    if (++records_under_key_ >= options_.records_per_key) update_key();
  }
  return true;
}

void TlsStream::update_key() {
  records_under_key_ = 0;
  if (SSL_version(ssl_.get()) != TLS1_3_VERSION) return;
  // Staged at once: OpenSSL would refuse close_notify while an update is pending.
  if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
      SSL_do_handshake(ssl_.get()) == 1) {
    ++key_updates_;
  }
}

IoStatus TlsStream::flush_output() {
  while (!buffers_.output.empty()) {
    const Bytes next = buffers_.output.front();
    const IoResult sent = transport_->write(std::span(&next, 1));
    if (sent.status != IoStatus::done) return sent.status;
    buffers_.output.consume(sent.bytes);
  }
  return transport_->flush().status;
}

IoResult TlsStream::flush() {
  if (failed_) return {IoStatus::failed, 0};
  const IoStatus status = flush_output();
  if (status == IoStatus::failed) fail_from_transport();
  return {status, 0};
}

IoResult TlsStream::shutdown_write() {
  if (failed_) return {IoStatus::failed, 0};
  if (!secured_) return transport_->shutdown_write();
  if (!close_notify_staged_) {
    ERR_clear_error();
    if (SSL_shutdown(ssl_.get()) < 0) {
      fail_from_openssl();
      return {IoStatus::failed, 0};
    }
    close_notify_staged_ = true;
  }
  return flush();
}

void TlsStream::reset() {
  transport_->reset();
  buffers_.output.clear();
  if (failed_) return;
  failed_ = true;
  error_ = Error{ErrorKind::cancelled, doing() + ": the connection was reset here"};
}

void TlsStream::fail(Error error) {
  failed_ = true;
  error_ = std::move(error);
  // The alert that says why, if OpenSSL made one: on its way as far as it goes.
  [[maybe_unused]] const IoStatus sent = flush_output();
  buffers_.output.clear();
  buffers_.input = {};
  kept_input_ = {};
}

void TlsStream::fail_from_openssl() {
  if (buffers_.overflowed) {
    ERR_clear_error();
    return fail(
        Error{ErrorKind::limit, doing() + ": the peer asks for answers and does not read them"});
  }
  const std::string what = doing();
  TlsFailure failure =
      take_tls_failure({what, target_.name, peer_failure_,
                        Bytes(first_bytes_).first(secured_ ? 0 : first_byte_count_)});
  received_alert_ = failure.alert;
  fail(std::move(failure.error));
}

void TlsStream::fail_from_transport() {
  fail(Error{transport_->error().kind, doing() + ": " + transport_->error().message});
}

std::string TlsStream::doing() const {
  const std::string with =
      SSL_is_server(ssl_.get()) != 0 ? "client" : (target_.name.empty() ? "server" : target_.name);
  return (secured_ ? "TLS with " : "TLS handshake with ") + with;
}

}  // namespace outhaul::net
