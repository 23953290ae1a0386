#pragma once

#include <openssl/types.h>

#include "common/base/bytes.h"
#include "common/net/openssl_handles.h"
#include "common/net/tls_output.h"

namespace outhaul::net {

/// The ciphertext on both sides of an SSL object.
struct TlsBuffers {
  /// Received and not read by OpenSSL yet; the bytes belong to the stream.
  Bytes input;
  TlsOutput output;
  /// The output stage refused bytes; the connection is lost.
  bool overflowed = false;
};

/// A BIO that reads from and writes to `buffers`, which must outlive it. An empty input is "try
/// again", never an end: the stream tells ends apart by itself.
OpensslPtr<BIO> make_tls_bio(TlsBuffers& buffers);

}  // namespace outhaul::net
