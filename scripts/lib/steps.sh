# Steps of scripts/test: a heading, a log of their own, a duration, and counts.
# Sourced; the caller sets `logs` (a directory) and `root`.
# `failures` is a file with one line for each failure: the last thing that the caller prints.
failures="$logs/failures"

total_passed=0
total_failed=0
total_skipped=0

# run_step SLUG TITLE COMMAND...: the command appends its counts to $step_counts and its full
# output to $step_log, and prints a compact account of it. It returns the command's status.
run_step() {
  local slug=$1 title=$2 started=$SECONDS status=0 passed failed skipped
  shift 2
  step_log="$logs/$slug.log"
  step_counts="$logs/$slug.counts"
  : >"$step_log"
  : >"$step_counts"
  echo "== $title"
  "$@" || status=$?
  if [[ ! -s $step_counts ]]; then
    # A step that counts nothing itself, such as a build, counts only when it fails.
    if [[ $status -eq 0 ]]; then echo "0 0 0"; else echo "0 1 0"; fi >"$step_counts"
    if [[ $status -ne 0 ]]; then echo "$title" >>"$failures"; fi
  fi
  while read -r passed failed skipped; do
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))
  done <"$step_counts"
  if [[ $status -eq 0 ]]; then
    echo "   ok in $((SECONDS - started)) s"
  else
    echo "   FAILED after $((SECONDS - started)) s; full output: ${step_log#"$root"/}"
  fi
  return "$status"
}

# Makes a step that counts nothing itself one test.
as_test() {
  "$@" || return
  echo "1 0 0" >>"$step_counts"
}

# Runs a command with its output in the step's log only; shows what matters of it if it fails.
logged() {
  local status=0 size
  size="$(wc -l <"$step_log")"
  echo "+ $*" >>"$step_log"
  "$@" >>"$step_log" 2>&1 || status=$?
  if [[ $status -ne 0 ]]; then
    tail -n "+$((size + 2))" "$step_log" | show_failure
  fi
  return "$status"
}

# Prints the first errors that a compiler or a tool names in its input, else the input's end.
show_failure() {
  local text errors
  # Without ninja's progress and its command lines.
  text="$(grep -vE '^\[[0-9]+/[0-9]+\] |^(ccache )?(g\+\+|clang)' || true)"
  errors="$(grep -E -A 2 '(^|[^a-z])(error|fatal|undefined reference)( |:)' <<<"$text" || true)"
  if [[ -n $errors ]]; then
    head -n 40 <<<"$errors"
  else
    tail -n 40 <<<"$text"
  fi | cut -c 1-300 | sed 's/^/    | /'
}

# Runs and counts tests: counted unit|process|command [options of lib/run_tests.py].
counted() {
  /usr/bin/python3 "$root/scripts/lib/run_tests.py" "$@" --log "$step_log" --counts "$step_counts" \
    --failures "$failures"
}

# The same for one program, whose "ok" and "not ok" lines are counted: counted_program NAME COMMAND...
counted_program() {
  local name=$1
  shift
  /usr/bin/python3 "$root/scripts/lib/run_tests.py" command --log "$step_log" \
    --counts "$step_counts" --failures "$failures" --name "$name" -- "$@"
}
