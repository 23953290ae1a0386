# Ports that nothing else has, not even a demo that runs beside this one. Sourced by scripts/demo.

readonly locks="${TMPDIR:-/tmp}/outhaul-demo-locks"
port_locks=()
own_lock=""

# A directory for all users of the machine. The file in it keeps other demos, which remove the
# directory when it is empty, from doing so.
open_locks() {
  local attempt
  for attempt in 1 2 3 4 5; do
    mkdir -m 1777 "$locks" 2>/dev/null || true
    if own_lock="$(mktemp "$locks/demo.XXXXXX" 2>/dev/null)"; then return; fi
  done
  echo "demo: no directory for locks: $locks (attempt $attempt)" >&2
  exit 1
}

close_locks() {
  rm -f "$own_lock" "${port_locks[@]}"
  rmdir "$locks" 2>/dev/null || true
}

# reserve_port ADDRESS PREFERRED: sets `port` to PREFERRED or, where that is taken, to another that
# is free on the address. It stays reserved until the demo has ended.
reserve_port() {
  local address=$1 candidates=("$2") candidate lock
  # Below the kernel's range for outgoing connections.
  mapfile -t -O 1 candidates < <(shuf -i 32000-32767 -n 50)
  for candidate in "${candidates[@]}"; do
    { exec {lock}>"$locks/$candidate"; } 2>/dev/null || continue
    if flock -n "$lock" && is_free "$address" "$candidate"; then
      port=$candidate
      port_locks+=("$locks/$candidate")
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

# accepts ADDRESS PORT [WORDS...]: whether something accepts connections there. The words, such as
# "${inside[@]}", stand in front of the command that looks.
accepts() {
  local address=$1 wanted_port=$2
  shift 2
  "$@" timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$wanted_port" 2>/dev/null
}
