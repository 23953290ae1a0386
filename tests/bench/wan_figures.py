"""The tunnel over wide-area networks, beside one plain TLS stream on the same network in the same
round: downloads, uploads and small requests at several round-trip times and losses. The plain stream
is one connection for all transfers, as the tunnel's is, so that neither has slow start alone."""

import itertools

from assertions import Skipped, pause
from spreads import cell, paired, spread
from wan import Wan, need_wan
from wan_rig import Rig, Small, percentile_ms

ROUND_TRIPS_MS, LOSSES = (0, 20, 100), (0.0, 0.005)
RATE_MBIT = 200
# A body is as large as the plain stream carries in so many seconds, within bounds.
SECONDS, PROBE, LEAST, MOST = 2.0, 4_000_000, 1_000_000, 50_000_000
SMALL_SECONDS = 2.0
PATHS = ("plain", "tunnel")


def measure(surroundings, rounds):
    """A list of conditions and what was measured under each; or why it was skipped."""
    test = surroundings.test
    try:
        need_wan(test)
    except Skipped as why:
        return {"skipped": str(why)}
    rows = []
    for number, (loss, rtt_ms) in enumerate(itertools.product(LOSSES, ROUND_TRIPS_MS)):
        # A network and a tunnel of its own: what congestion control knows is of this path.
        with Wan(delay_ms=rtt_ms / 2, rate_mbit=RATE_MBIT, loss=loss) as wan:
            rig = Rig(test, wan, connections=1, name=f"wan-edge-{number}")
            rig.kept = rig.client("plain")
            rows.append({"rtt_ms": rtt_ms, "loss": loss, "rate_mbit": RATE_MBIT,
                         **_one_network(rig, rounds)})
            rig.stop()
        show_row(rows[-1])
    return rows


def body_size(rig):
    for _ in range(3):  # the last is behind what the first taught
        mbit = rig.transfer("plain", "download", PROBE)
    return int(min(MOST, max(LEAST, SECONDS * mbit * 1e6 / 8)))


def _small(rig, path, meanwhile=lambda: pause(SMALL_SECONDS, "small requests alone")):
    small = Small(lambda: rig.client(path))
    meanwhile()
    return small.stop()


def _one_network(rig, rounds):
    size = body_size(rig)
    rates = {(path, direction): [] for path in PATHS for direction in ("download", "upload")}
    small = {"plain": [], "tunnel": [], "tunnel beside a download": []}
    for number in range(rounds):
        order = PATHS if number % 2 else PATHS[::-1]
        for path in order:
            small[path] += _small(rig, path)
        for path, direction in itertools.product(order, ("download", "upload")):
            rates[path, direction].append(rig.transfer(path, direction, size))
        small["tunnel beside a download"] += _small(
            rig, "tunnel", lambda: rig.transfer("tunnel", "download", size))
    figures = {"bytes": size, "small_ms": {
        name: {"p50": percentile_ms(times, 0.5), "p99": percentile_ms(times, 0.99),
               "requests": len(times)} for name, times in small.items() if times}}
    for direction in ("download", "upload"):
        plain, tunnel = rates["plain", direction], rates["tunnel", direction]
        figures[direction] = {"plain_mbit": spread(plain), "tunnel_mbit": spread(tunnel),
                              "ratio": spread(paired(tunnel, plain))}
    return figures


def show_row(row):
    print(f"wan: {row['rtt_ms']} ms, {100 * row['loss']:g} % lost, {row['bytes'] / 1e6:.0f} MB: "
          + "; ".join(f"{direction} {cell(row[direction]['tunnel_mbit'], 0)} Mbit/s, plain TLS "
                      f"{cell(row[direction]['plain_mbit'], 0)}, ratio {cell(row[direction]['ratio'])}"
                      for direction in ("download", "upload"))
          + "; small requests p50/p99 ms: "
          + ", ".join(f"{name} {times['p50']:.1f}/{times['p99']:.1f}"
                      for name, times in row["small_ms"].items()), flush=True)
