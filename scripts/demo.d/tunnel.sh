# The edge outside, the agent inside, and what the directory says. Sourced by scripts/demo.

readonly connections=4

agent_port="" client_port=""
tunnel_id="" api_service_id="" payroll_service_id=""

directory_command() { "$edge_program" "$@" --data-dir "$directory/edge" 2>>"$(log_of cli)"; }

# A text member of pretty-printed JSON on standard input.
json_text() { sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" | head -n 1; }

open_edge() {
  local port
  reserve_port "$edge_address" 7844 || return
  agent_port=$port
  reserve_port 127.0.0.1 7880 || return
  client_port=$port
  start edge "$edge_program" serve --data-dir "$directory/edge" --log-format human \
    --agent-listen "$edge_address:$agent_port" --binding-listen "127.0.0.1:$client_port" \
    --grace-period 1s
  wait_until 10 edge "the edge listens" logged_times 1 edge 0 " edge_start " || return
  note "agents at $edge_address:$agent_port, bindings at 127.0.0.1:$client_port"
}

create_tunnel() {
  local answer token
  if ! answer="$(directory_command tunnel create private-network --json)"; then
    problem="outhaul-edge tunnel create failed; see $(log_of cli)"
    return 1
  fi
  tunnel_id="$(json_text id <<<"$answer")"
  token="$(json_text token <<<"$answer")"
  (umask 077 && printf '%s\n' "$token" >"$directory/token")
  note "private-network -> $tunnel_id"
  [[ -n $tunnel_id && -n $token ]]
}

# create_service NAME HOSTNAME PORTS: sets `service_id`. PORTS are JSON members.
create_service() {
  cat >"$directory/$1.json" <<JSON
{"type": "http", "name": "$1", $3,
 "host": {"hostname": "$2",
          "resolver_network": {"tunnel_id": "$tunnel_id", "resolver_ips": ["$dns_address:$dns_port"]}}}
JSON
  if ! service_id="$(directory_command service create --file "$directory/$1.json")"; then
    problem="outhaul-edge service create failed; see $(log_of cli)"
    return 1
  fi
  note "service create --file $1.json -> $service_id"
}

# create_binding SERVICE: sets `token`.
create_binding() {
  if ! token="$(directory_command binding create "$1")"; then
    problem="outhaul-edge binding create failed; see $(log_of cli)"
    return 1
  fi
}

# write_headers FILE SERVICE_ID TOKEN: for curl -H @FILE, so that no token is on a command line.
write_headers() {
  (umask 077 && printf 'X-VPC-Service-Id: %s\nX-VPC-Binding-Token: %s\n' "$2" "$3" >"$1")
}

create_services() {
  local service_id token
  create_service internal-api internal-host.com \
    "\"http_port\": $web_port, \"https_port\": $web_tls_port" || return
  api_service_id=$service_id
  create_service payroll payroll.internal "\"http_port\": $payroll_port" || return
  payroll_service_id=$service_id
  create_binding internal-api || return
  write_headers "$directory/internal-api.headers" "$api_service_id" "$token"
  write_headers "$directory/crossed.headers" "$payroll_service_id" "$token"
  note "binding create internal-api -> a token for this one service"
  create_binding payroll || return
  write_headers "$directory/payroll.headers" "$payroll_service_id" "$token"
  note "binding create payroll -> another token"
}

open_agent() {
  local policy=()
  if [[ $use_namespaces == no ]]; then
    # Loopback is what an agent denies unless it is told otherwise.
    policy=(--permit "$web_address:$web_port" --permit "$web_address:$web_tls_port"
      --permit "$payroll_address:$payroll_port" --permit "$dns_address:$dns_port")
  fi
  start agent "${inside[@]}" "$agent_program" run --tunnel-id "$tunnel_id" \
    --token-file "$directory/token" --origin-ca "$directory/tls/ca.pem" "${policy[@]}" \
    --connections "$connections" --log-format human --grace-period 1s
  wait_until 20 agent "$connections connections to the edge" \
    logged_times "$connections" agent 0 " connection_up " || return
  note "--tunnel-id $tunnel_id"
  if [[ $use_namespaces == no ]]; then note "${policy[*]:0:4}" && note "${policy[*]:4}"; fi
  note "$connections connections, all dialled from inside"
}
