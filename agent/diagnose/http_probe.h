#pragma once

#include <string>

#include "agent/diagnose/diagnosis_options.h"
#include "agent/relay/origin_request.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/limits.h"
#include "common/base/result.h"
#include "common/http/message.h"
#include "common/net/byte_stream.h"

namespace outhaul::agent {

/// The Host of a probe: the service's own, without a port that its scheme implies.
std::string probe_authority(const tunnel::Descriptor& service);

/// The request of a probe, as the relay would send it.
PreparedRequest prepare_probe(const DiagnosisOptions& options);

/// Sends the request and reads the head of the final answer by the relay's rules. The body is not
/// read: the connection is of no further use. Error kinds as failure_of_response() takes them. The
/// references must outlive the task.
Task<Result<http::ResponseHead>> fetch_head(Loop& loop, const Limits& limits,
                                            net::ByteStream& stream, const OriginRequest& request);

}  // namespace outhaul::agent
