# The client: Workers in stock workerd, or curl with the two headers that workerd would add. Sourced
# by scripts/demo.

seed_port="" variations_port=""

header_value() { sed -n "s/^$1: //p" "$directory/internal-api.headers"; }

open_workerd() {
  local port home="$directory/workers" text
  reserve_port 127.0.0.1 8788 || return
  seed_port=$port
  reserve_port 127.0.0.1 8789 || return
  variations_port=$port
  mkdir -p "$home"
  cp "$root"/scripts/demo.d/workers/*.js "$home"
  text="$(<"$root/scripts/demo.d/workers/demo.capnp")"
  text="${text//@edge@/127.0.0.1:$client_port}"
  text="${text//@service@/$api_service_id}"
  text="${text//@crossed_service@/$payroll_service_id}"
  text="${text//@token@/$(header_value X-VPC-Binding-Token)}"
  text="${text//@seed_socket@/127.0.0.1:$seed_port}"
  text="${text//@variations_socket@/127.0.0.1:$variations_port}"
  printf '%s\n' "$text" >"$home/demo.capnp"
  start workerd "$workerd" serve "$home/demo.capnp"
  wait_until 20 workerd "workerd listens" accepts 127.0.0.1 "$seed_port" || return
  wait_until 20 workerd "workerd listens" accepts 127.0.0.1 "$variations_port" || return
  note "$("$workerd" --version), http://127.0.0.1:$seed_port"
}

# No proxy, no settings of the user: only what is written here.
fetch() { curl -q --noproxy '*' -sS "$@"; }

# ask WHAT: sends one of the demo's requests. Sets `status`, `answer` (the body) and `proxy_status`.
ask() {
  local options=() binding="$directory/internal-api.headers"
  local edge="http://127.0.0.1:$client_port/"
  case $runner-$1 in
    workerd-http) options=("http://127.0.0.1:$seed_port/") ;;
    workerd-*) options=("http://127.0.0.1:$variations_port/$1") ;;
    curl-http) options=(-H "@$binding" -H "Host: internal-host.com" "$edge") ;;
    curl-https)
      options=(-H "@$binding" -H "Host: internal-host.com" -H "X-Forwarded-Proto: https" "$edge")
      ;;
    curl-other-host) options=(-H "@$binding" -H "Host: payroll.internal" "$edge") ;;
    curl-crossed)
      options=(-H "@$directory/crossed.headers" -H "Host: payroll.internal" "$edge")
      ;;
  esac
  receive "${options[@]}"
}

receive() {
  local headers="$directory/answer.headers"
  if ! answer="$(fetch --max-time 15 -D "$headers" "$@" 2>&1)"; then
    problem="$answer; see $(log_of edge)"
    return 1
  fi
  status="$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$headers")"
  proxy_status="$(tr -d '\r' <"$headers" | sed -n 's/^proxy-status: //Ip')"
}

# expect WHAT STATUS TEXT: one request, and what its answer has to have.
expect() {
  local what=$1 status="" answer="" proxy_status=""
  ask "$what" || return
  note "$status  $answer"
  if [[ $status != "$2" || $answer != *"$3"* ]]; then
    problem="expected status $2 and \"$3\"; see $(log_of edge) and $(log_of agent)"
    return 1
  fi
}

# expect_logged WHAT URL: a request to the internal API, with the log lines of both ends.
expect_logged() {
  local edge_mark
  edge_mark="$(log_size edge)"
  expect "$1" 200 "Hello from $web_address: GET $2" || return
  show_log_lines "$edge_mark"
}

# The payroll service works, but only for its own binding.
expect_refusal() {
  local status="" answer="" proxy_status=""
  ask crossed || return
  note "$status  proxy-status: $proxy_status"
  if [[ $status != 403 || $proxy_status != *error=http_request_denied* ]]; then
    problem="expected status 403 and http_request_denied; see $(log_of edge)"
    return 1
  fi
  receive -H "@$directory/payroll.headers" -H "Host: payroll.internal" \
    "http://127.0.0.1:$client_port/" || return
  note "$status  $answer  <- with payroll's own binding"
  if [[ $status != 200 || $answer != *salary* ]]; then
    problem="payroll does not answer its own binding; see $(log_of edge) and $(log_of agent)"
    return 1
  fi
}

# Both ends log a request under one id: show_log_lines BYTES, the size of the edge's log before it.
show_log_lines() {
  local id line
  wait_until 5 edge "the edge logs the request" logged_times 1 edge "$1" " request id=" || return
  line="$(log_since edge "$1" | grep -m 1 -F ' request id=')"
  id="$(sed 's/.* request id=\([^ ]*\).*/\1/' <<<"$line")"
  log_note edge "request id=${line#* request id=}"
  wait_until 5 agent "the agent logs request $id" logged_times 1 agent 0 " request id=$id " || return
  line="$(grep -m 1 -F " request id=$id " "$(log_of agent)")"
  log_note agent "request id=${line#* request id=}"
}
