#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/task.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "common/base/result.h"
#include "common/net/byte_stream.h"
#include "common/net/openssl_handles.h"
#include "common/net/peer_verification.h"
#include "common/net/tls_bio.h"
#include "common/net/tls_context.h"

namespace outhaul::net {

/// Whom a client wants to speak to.
struct TlsTarget {
  /// DNS name or IP address: what the certificate has to be for (PeerVerification::full), and what
  /// messages name.
  std::string name;
  /// Server name indication; empty: `name`, if that is a DNS name.
  std::string sni;
};

/// What an end of the transport without close_notify means.
enum class Truncation : std::uint8_t {
  failure,    ///< read() fails with kind `closed`
  tolerated,  ///< read() says `end`; truncated() tells the difference
};

struct TlsStreamOptions {
  Truncation truncation = Truncation::failure;
  /// TLS 1.3 records sent under one key; then it is updated (RFC 8446 section 5.5).
  std::uint64_t records_per_key = default_limits.tls_records_per_key;
};

/// TLS over any other stream. OpenSSL reads and writes memory only; this class moves the bytes.
///
///   auto tls = std::make_unique<TlsStream>(std::move(tcp), context, TlsTarget{"api.internal"});
///   OUTHAUL_CO_CHECK(secured, co_await tls->handshake());
///
/// write() makes records of up to 16 KiB across part boundaries and stages about 64 KiB; flush()
/// hands the stage to the transport in one piece. read() decrypts all that has arrived, straight
/// into the caller's buffer, which may be the loop's receive buffer. Buffers are borrowed per
/// thread; an idle stream holds none.
///
/// Error kinds besides the transport's: tls_certificate, tls_alert, tls_protocol, and `closed` for
/// an end in the middle. Messages begin with what was being done and with whom.
class TlsStream final : public ByteStream {
 public:
  /// Client. A name that cannot be used makes handshake() fail with kind `invalid`.
  TlsStream(std::unique_ptr<ByteStream> transport, std::shared_ptr<const TlsClientContext> context,
            TlsTarget target, TlsStreamOptions options = {});
  /// Server.
  TlsStream(std::unique_ptr<ByteStream> transport, std::shared_ptr<const TlsServerContext> context,
            TlsStreamOptions options = {});
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Must succeed before anything else is called. The task must not outlive the stream. Without a
  /// limit of time: see with_deadline().
  Task<Result<void>> handshake();

  IoResult read(MutableBytes into) override;
  IoResult write(std::span<const Bytes> parts) override;
  IoResult flush() override;
  /// Sends close_notify. The transport stays open in both directions.
  IoResult shutdown_write() override;
  void reset() override;
  Readiness& readable() override { return transport_->readable(); }
  Readiness& writable() override { return transport_->writable(); }
  const Error& error() const override { return error_; }

  /// The agreed protocol, or "".
  std::string_view alpn() const;
  /// "TLSv1.3"
  std::string_view version() const;
  std::string_view cipher() const;
  /// At a server: the name that the client asked for (SNI), or "".
  std::string_view requested_name() const;
  /// RFC 8446 section 7.5, always with a context.
  Result<std::vector<std::byte>> export_keying_material(std::string_view label, Bytes context,
                                                        std::size_t length) const;
  /// Pins of the certificates that the peer sent, its own first.
  std::vector<std::string> peer_spki_hashes() const;
  /// When the first of the certificates that the peer sent ends; nothing without certificates.
  std::optional<std::chrono::system_clock::time_point> peer_not_after() const;
  /// Subject alternative names of the peer's own certificate, as subject_names() has them.
  std::vector<std::string> peer_names() const;
  /// The peer's common_name(), or "".
  std::string peer_common_name() const;
  /// Subject of the peer's own certificate, e.g. "CN=edge"; or "" without one.
  std::string peer_subject() const;
  /// The alert that ended the connection, if the peer sent one.
  std::optional<std::uint8_t> received_alert() const { return received_alert_; }
  /// After read() said `end`: whether close_notify was missing.
  bool truncated() const { return truncated_; }
  /// Key updates sent.
  std::uint64_t key_updates() const { return key_updates_; }

  ByteStream& transport() { return *transport_; }

 private:
  class Parts;
  enum class Step : std::uint8_t { done, need_readable, need_writable, failed };

  TlsStream(std::unique_ptr<ByteStream> transport, std::shared_ptr<const TlsContext> context,
            TlsTarget target, TlsStreamOptions options);
  void set_target();
  Step step_handshake();
  Result<void> check_alpn() const;
  IoStatus fill(MutableBytes scratch, std::size_t wanted);
  void keep_input();
  IoStatus end_of_transport();
  IoStatus flush_output();
  bool write_record(Bytes plaintext);
  void update_key();
  void fail(Error error);
  void fail_from_openssl();
  void fail_from_transport();
  std::string doing() const;

  std::unique_ptr<ByteStream> transport_;
  std::shared_ptr<const TlsContext> context_;
  TlsTarget target_;
  TlsStreamOptions options_;
  TlsBuffers buffers_;  // the BIO of ssl_ points to it
  OpensslPtr<SSL> ssl_;
  /// Where buffers_.input lies between calls: nowhere, as a rule.
  std::vector<std::byte> kept_input_;
  PeerFailure peer_failure_;
  std::array<std::byte, 16> first_bytes_{};
  std::size_t first_byte_count_ = 0;
  std::uint64_t records_under_key_ = 0;
  std::uint64_t key_updates_ = 0;
  bool secured_ = false;
  bool ended_ = false;
  bool truncated_ = false;
  bool close_notify_staged_ = false;
  bool failed_ = false;
  std::optional<std::uint8_t> received_alert_;
  Error error_;
};

}  // namespace outhaul::net
