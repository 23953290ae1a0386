// What a TlsStream can say about the session it has made.
#include <string>
#include <string_view>
#include <vector>

#include "common/net/certificate.h"
#include "common/net/openssl_error.h"
#include "common/net/openssl_handles.h"
#include "common/net/tls_stream.h"

namespace outhaul::net {

std::string_view TlsStream::alpn() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view TlsStream::version() const {
  return SSL_get_version(ssl_.get());
}

std::string_view TlsStream::cipher() const {
  return SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_.get()));
}

std::string_view TlsStream::requested_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string_view() : name;
}

Result<std::vector<std::byte>> TlsStream::export_keying_material(std::string_view label,
                                                                 Bytes context,
                                                                 std::size_t length) const {
  std::vector<std::byte> material(length);
  const int with_context = 1;
  if (SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(material.data()),
                                 length, label.data(), label.size(),
                                 reinterpret_cast<const unsigned char*>(context.data()),
                                 context.size(), with_context) != 1) {
    return openssl_error(doing() + ": export keying material");
  }
  return material;
}

std::vector<std::string> TlsStream::peer_spki_hashes() const {
  std::vector<std::string> hashes;
  // A server's view of the chain leaves the peer's own certificate out, a client's does not.
  const X509* own = SSL_get0_peer_certificate(ssl_.get());
  if (own == nullptr) return hashes;
  hashes.push_back(spki_pin(own));
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl_.get());
  for (int i = SSL_is_server(ssl_.get()) != 0 ? 0 : 1; i < sk_X509_num(chain); ++i)
    hashes.push_back(spki_pin(sk_X509_value(chain, i)));
  return hashes;
}

std::optional<std::chrono::system_clock::time_point> TlsStream::peer_not_after() const {
  std::optional<std::chrono::system_clock::time_point> first;
  const auto consider = [&first](const X509* certificate) {
    const auto end = not_after(certificate);
    if (end && (!first || *end < *first)) first = *end;
  };
  if (const X509* own = SSL_get0_peer_certificate(ssl_.get())) consider(own);
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl_.get());
  for (int i = 0; i < sk_X509_num(chain); ++i)
    consider(sk_X509_value(chain, i));
  return first;
}

std::vector<std::string> TlsStream::peer_names() const {
  const X509* own = SSL_get0_peer_certificate(ssl_.get());
  return own == nullptr ? std::vector<std::string>() : subject_names(own);
}

std::string TlsStream::peer_common_name() const {
  const X509* own = SSL_get0_peer_certificate(ssl_.get());
  return own == nullptr ? std::string() : common_name(own);
}

std::string TlsStream::peer_subject() const {
  const X509* own = SSL_get0_peer_certificate(ssl_.get());
  return own == nullptr ? std::string() : name_text(X509_get_subject_name(own));
}

}  // namespace outhaul::net
