# The programs that the demo starts, and waiting for them. Sourced by scripts/demo; $directory is
# the demo's own.

readonly poll_seconds=0.05
readonly stop_seconds=5

started_names=()
started_pids=()

log_of() { echo "$directory/logs/$1.log"; }

# start NAME COMMAND...: runs a program in the background, with its output in NAME's log and in a
# session of its own, so that Ctrl-C reaches the demo alone. Should the demo be killed, the kernel
# ends the program. Sets `started_pid`.
start() {
  local name=$1
  shift
  setsid setpriv --pdeathsig TERM -- "$@" >"$(log_of "$name")" 2>&1 </dev/null &
  started_pid=$!
  started_names+=("$name")
  started_pids+=("$started_pid")
}

is_running() { jobs -pr | grep -qx "$1"; }

# wait_until SECONDS NAME WHAT COMMAND...: waits until the command succeeds, at most so long. Gives
# up at once when the program NAME has ended; it is the one whose log tells more.
wait_until() {
  local end=$((${EPOCHREALTIME/./} + $1 * 1000000)) seconds=$1 name=$2 what=$3 index ended
  shift 3
  while true; do
    ended=no
    for index in "${!started_names[@]}"; do
      if [[ ${started_names[index]} == "$name" ]] && ! is_running "${started_pids[index]}"; then
        ended=yes
      fi
    done
    if "$@"; then return 0; fi
    if [[ $ended == yes ]]; then
      problem="$name ended before $what; see $(log_of "$name")"
      return 1
    fi
    if [[ ${EPOCHREALTIME/./} -ge $end ]]; then
      problem="$what: not within $seconds s; see $(log_of "$name")"
      return 1
    fi
    sleep "$poll_seconds"
  done
}

log_size() { stat -c %s "$(log_of "$1")"; }

# log_since NAME BYTES: what NAME logged behind that many bytes.
log_since() { tail -c "+$(($2 + 1))" "$(log_of "$1")"; }

# logged_times COUNT NAME BYTES TEXT: whether that text is in COUNT lines behind that many bytes.
logged_times() { [[ $(log_since "$2" "$3" | grep -cF -- "$4") -ge $1 ]]; }

# stop_all: ends what was started, the latest first, politely for a limited time.
stop_all() {
  local index pid end=$((${EPOCHREALTIME/./} + stop_seconds * 1000000))
  for ((index = ${#started_pids[@]} - 1; index >= 0; index--)); do
    if is_running "${started_pids[index]}"; then
      kill -TERM -- "-${started_pids[index]}" 2>/dev/null || true
    fi
  done
  for pid in "${started_pids[@]}"; do
    while is_running "$pid" && [[ ${EPOCHREALTIME/./} -lt $end ]]; do sleep "$poll_seconds"; done
    if is_running "$pid"; then kill -KILL -- "-$pid" 2>/dev/null || true; fi
    wait "$pid" 2>/dev/null || true
  done
}
