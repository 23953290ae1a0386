#include "common/net/tls_bio.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <span>

#include <openssl/bio.h>

namespace outhaul::net {

namespace {

TlsBuffers& buffers_of(BIO* bio) {
  return *static_cast<TlsBuffers*>(BIO_get_data(bio));
}

int read_input(BIO* bio, char* into, std::size_t size, std::size_t* got) {
  BIO_clear_retry_flags(bio);
  Bytes& input = buffers_of(bio).input;
  *got = std::min(size, input.size());
  if (*got == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(into, input.data(), *got);
  input = input.subspan(*got);
  return 1;
}

int write_output(BIO* bio, const char* from, std::size_t size, std::size_t* taken) {
  BIO_clear_retry_flags(bio);
  TlsBuffers& buffers = buffers_of(bio);
  if (!buffers.output.append(std::as_bytes(std::span(from, size)))) {
    buffers.overflowed = true;
    *taken = 0;
    return -1;
  }
  *taken = size;
  return 1;
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

OpensslPtr<BIO_METHOD> make_method() {
  OpensslPtr<BIO_METHOD> method(
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "TLS stream buffers"));
  if (!method) throw std::bad_alloc();
  BIO_meth_set_read_ex(method.get(), read_input);
  BIO_meth_set_write_ex(method.get(), write_output);
  BIO_meth_set_ctrl(method.get(), control);
  BIO_meth_set_create(method.get(), create);
  return method;
}

}  // namespace

OpensslPtr<BIO> make_tls_bio(TlsBuffers& buffers) {
  // One for the process, never changed after it was made.
  static const OpensslPtr<BIO_METHOD> method = make_method();
  OpensslPtr<BIO> bio(BIO_new(method.get()));
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio.get(), &buffers);
  return bio;
}

}  // namespace outhaul::net
