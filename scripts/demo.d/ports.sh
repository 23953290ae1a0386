# Ports that nothing else has, not even a demo that runs beside this one. Sourced by scripts/demo.

# reserve_port ADDRESS PREFERRED: sets `port` to PREFERRED or, where that is taken, to another that
# is free on the address. It stays reserved until the demo has ended.
reserve_port() {
  local address=$1 candidates=("$2") candidate lock locks="${TMPDIR:-/tmp}/outhaul-demo-ports"
  mkdir -p -m 1777 "$locks" 2>/dev/null || true
  # Below the kernel's range for outgoing connections.
  mapfile -t -O 1 candidates < <(shuf -i 32000-32767 -n 50)
  for candidate in "${candidates[@]}"; do
    { exec {lock}>"$locks/$candidate"; } 2>/dev/null || continue
    if flock -n "$lock" && is_free "$address" "$candidate"; then
      port=$candidate
      return 0
    fi
    exec {lock}>&-
  done
  problem="no free port on $address"
  return 1
}

is_free() {
  /usr/bin/python3 - "$1" "$2" <<'PYTHON'
import socket
import sys

for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((sys.argv[1], int(sys.argv[2])))
        except OSError:
            sys.exit(1)
PYTHON
}

# accepts ADDRESS PORT: whether something accepts connections there. The command in `inside` is put
# in front, to look from inside the private network: accepts ADDRESS PORT "${inside[@]}".
accepts() {
  local address=$1 wanted_port=$2
  shift 2
  "$@" timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$wanted_port" 2>/dev/null
}
