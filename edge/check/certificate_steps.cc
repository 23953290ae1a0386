#include "edge/check/certificate_steps.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "common/net/certificate_authority.h"
#include "common/net/certificate_chain.h"
#include "common/net/key_pair.h"
#include "common/net/tls_context.h"
#include "common/net/trust_store.h"

namespace outhaul::edge::check {

namespace {

using std::chrono::system_clock;

/// A given certificate is renewed by somebody else, who should have done so by then.
constexpr std::chrono::hours soon{24 * 7};

/// Enough to compare it with a token's by eye: "sha256/" and 12 characters.
constexpr std::size_t shown_pin_size = 19;

std::string days_text(system_clock::duration left) {
  const auto days = std::chrono::duration_cast<std::chrono::hours>(left).count() / 24;
  return std::to_string(days) + (days == 1 ? " day left" : " days left");
}

void check_dates(const net::CertificateChain& chain, system_clock::time_point now,
                 const std::string& renew, Step& step) {
  const auto begin = chain.not_before();
  const auto end = chain.not_after();
  if (!begin || !end) return step.fail("", (begin ? end : begin).error().message);
  if (*begin > now) return step.fail("not valid yet", "look at this machine's clock; " + renew);
  if (*end <= now) return step.fail("expired", renew);
  const std::string left = days_text(*end - now);
  if (*end - now < soon) return step.warn(left, renew);
  step.detail += ", " + left;
}

void check_names(const net::CertificateChain& chain, const ServeOptions& options, Step& step) {
  std::string names;
  for (const std::string& name : chain.names())
    names += (names.empty() ? "" : ", ") + name;
  for (const tunnel::EdgeAddress& public_name : options.public_names) {
    if (chain.covers(public_name.host)) continue;
    step.fail("", "it is not for " + public_name.host + " but for " +
                      (names.empty() ? "no name" : names) +
                      ": agents that dial that name refuse it. Correct --public-name, or get a "
                      "certificate for it");
  }
}

/// What agents without a CA file of their own would say.
void check_chain(const net::CertificateChain& chain, Step& step) {
  if (const auto at = chain.misplaced()) {
    return step.fail("wrong order", "certificate " + std::to_string(*at + 2) +
                                        " of the file is not the issuer of the one before it: put "
                                        "the own certificate first, then each issuer");
  }
  const auto trust = net::TrustStore::system();
  if (!trust) return;
  const auto verified = chain.verify(**trust);
  if (verified) {
    step.detail += ", trusted by the system";
    return;
  }
  step.warn("", "the system's authorities do not vouch for it (" + verified.error().message +
                    "): agents need --edge-ca, or the file lacks the issuers' certificates");
}

void check_given(const ServeOptions& options, system_clock::time_point now, Step& step) {
  const std::string& file = options.certificate.string();
  auto pair = net::load_key_pair(file, options.key.string());
  if (!pair) return step.fail(file, pair.error().message);
  const auto chain = net::CertificateChain::parse(pair->chain_pem, file);
  if (!chain) return step.fail(file, chain.error().message);
  step.detail = file + ", " + chain->subject();
  net::TlsServerOptions tls;
  tls.key_pair = *std::move(pair);
  if (const auto usable = net::TlsServerContext::create(std::move(tls)); !usable) {
    return step.fail("", usable.error().message);
  }
  check_dates(*chain, now, "renew it; the edge reads the new one by itself", step);
  check_names(*chain, options, step);
  check_chain(*chain, step);
}

}  // namespace

Step check_authority(const ServeOptions& options, system_clock::time_point now) {
  Step step{.name = "authority"};
  if (!options.certificate.empty()) {
    step.detail = "not in use: --certificate is given";
    return step;
  }
  const diagnosis::Stopwatch watch;
  const std::string file = (options.data_dir / "ca.pem").string();
  const std::string key = (options.data_dir / "ca.key").string();
  step.state = State::ok;
  std::error_code failure;
  if (!std::filesystem::exists(file, failure)) {
    if (!failure) {
      step.detail = "none yet: the first start makes it";
    } else {
      step.fail(file, failure.message() +
                          "; run this as the edge's user or as root, with sudo for example");
    }
    step.time = watch.read();
    return step;
  }
  const std::string restore =
      "restore ca.pem and ca.key from one backup: tokens pin this authority";
  const auto pair = net::load_key_pair(file, key);
  const auto authority = pair ? net::CertificateAuthority::load(*pair)
                              : Result<net::CertificateAuthority>(pair.error());
  if (!authority) {
    step.fail(file, authority.error().message + "; " + restore);
  } else {
    step.detail = file + ", pin " + authority->pin().substr(0, shown_pin_size) + "...";
    const auto chain = net::CertificateChain::parse(pair->chain_pem, file);
    if (chain) check_dates(*chain, now, "make a new one: docs/operations.md, certificates", step);
  }
  step.time = watch.read();
  return step;
}

Step check_certificate(const ServeOptions& options, const std::optional<DirectoryView>& view,
                       system_clock::time_point now) {
  const diagnosis::Stopwatch watch;
  Step step{.name = "certificate", .state = State::ok};
  if (!options.certificate.empty()) {
    check_given(options, now, step);
  } else {
    step.detail = "made by the authority at each start";
    if (view && view->certificate_left_s) {
      step.detail +=
          ", " +
          days_text(std::chrono::seconds(static_cast<std::int64_t>(*view->certificate_left_s)));
    }
  }
  step.time = watch.read();
  return step;
}

}  // namespace outhaul::edge::check
