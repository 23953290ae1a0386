# What the demo prints: numbered steps with their results and times. Sourced by scripts/demo.

# The lines of the steps fit 80 columns; the log lines below them take a few more.
readonly title_width=59
readonly text_width=92

colour_title="" colour_good="" colour_bad="" colour_quiet="" colour_end=""
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  colour_title=$'\e[1m' colour_good=$'\e[32m' colour_bad=$'\e[31m' colour_quiet=$'\e[2m'
  colour_end=$'\e[0m'
fi

step_number=0
steps_failed=0
# What a step wants to say below its title; a failed step's reason.
notes=()
problem=""

heading() { printf '%s%s%s\n' "$colour_title" "$1" "$colour_end"; }

say() { printf '    %s%s%s\n' "$colour_quiet" "$1" "$colour_end"; }

note() { notes+=("$1"); }

# A long log line, broken at its spaces: log_note NAME LINE.
log_note() {
  local name=$1 line first=yes
  while IFS= read -r line; do
    if [[ $first == yes ]]; then
      note "$(printf '%-6s %s' "$name" "$line")"
    else
      note "         $line"
    fi
    first=no
  done < <(fold -s -w $((text_width - 15)) <<<"$2" | sed 's/ *$//')
}

# seconds_since MICROSECONDS: sets `elapsed` to the seconds since then, such as 0.31.
seconds_since() {
  local passed=$((${EPOCHREALTIME/./} - $1 + 5000))
  printf -v elapsed '%d.%02d' $((passed / 1000000)) $((passed / 10000 % 100))
}

# step TITLE COMMAND...: runs one step and prints its line. The command returns non-zero and sets
# `problem` when the step did not behave; then so does step, and the demo as a whole fails.
step() {
  local title=$1 began=${EPOCHREALTIME/./} elapsed="" result="${colour_good}ok${colour_end}    "
  local line status=0
  shift
  step_number=$((step_number + 1))
  notes=()
  problem="it did not behave as it should"
  # On a terminal the title stands there while the step runs.
  if [[ -t 1 ]]; then printf '%2d  %s' "$step_number" "$title"; fi
  "$@" || status=1
  seconds_since "$began"
  if [[ $status -ne 0 ]]; then
    result="${colour_bad}FAILED${colour_end}"
    steps_failed=$((steps_failed + 1))
    notes+=("${colour_bad}$problem${colour_end}")
  fi
  if [[ -t 1 ]]; then printf '\r'; fi
  printf "%2d  %-${title_width}s %s %6s s\n" "$step_number" "$title" "$result" "$elapsed"
  for line in "${notes[@]}"; do printf '      %s\n' "$line"; done
  return "$status"
}
