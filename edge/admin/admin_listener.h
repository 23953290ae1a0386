#pragma once

#include <memory>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/log.h"
#include "common/net/listener.h"
#include "edge/api/routes.h"

namespace outhaul::edge {

/// Options of the admin socket: whoever can open it may use the directory, so only its owner can.
net::ListenOptions admin_listen_options();

/// The directory API on a unix socket, one HTTP/1.1 request a connection. Answers may come from the
/// directory's writer thread; they are posted to the loop, which must outlive that thread.
class AdminListener {
 public:
  /// `api` must outlive the listener.
  AdminListener(Loop& loop, Log& log, Api& api, std::unique_ptr<net::Listener> listener);

  void start();

 private:
  Task<void> accept_all();
  Task<void> serve(std::unique_ptr<net::TcpStream> stream);
  Task<Result<void>> answer(net::ByteStream& stream);
  Task<Result<ApiRequest>> read_request(net::ByteStream& stream);
  Task<ApiResponse> call(ApiRequest request);

  Loop& loop_;
  Log& log_;
  Api& api_;
  std::unique_ptr<net::Listener> listener_;
  Scope tasks_;
};

}  // namespace outhaul::edge
