# The private network: a network namespace with a firewall, or loopback addresses. Sourced by
# scripts/demo. Sets the addresses, and `inside`, the words in front of a command that runs there.

inside=()
edge_address="" web_address="" payroll_address="" dns_address=""
web_port="" web_tls_port="" payroll_port="" dns_port=""
namespace_pid=""
outer_interface=""

# Documentation ranges (RFC 5737): no real network has them.
readonly ranges=(198.51.100 203.0.113)

# Why there can be no namespace here; nothing if there can.
namespace_obstacle() {
  if [[ $EUID -ne 0 ]]; then
    echo "not root"
  elif ! unshare --net true 2>/dev/null; then
    echo "the kernel gives no network namespaces"
  elif ! unshare --net nft add table inet outhaul_probe 2>/dev/null; then
    echo "the kernel has no nftables in a namespace"
  elif ! unshare --net ip link add outhaul0 type veth peer name outhaul1 2>/dev/null; then
    echo "the kernel has no veth interfaces"
  fi
}

# The namespace lives as long as the processes in it, so that it cannot be left behind.
open_namespace_network() {
  start namespace unshare --net tail -f /dev/null
  namespace_pid=$started_pid
  wait_until 5 namespace "the network namespace" in_own_namespace "$namespace_pid" || return
  inside=(nsenter "--net=/proc/$namespace_pid/ns/net" --)
  connect_namespace || return
  "${inside[@]}" nft -f - <<'NFT' 2>>"$(log_of namespace)" || return
table inet outhaul_demo {
  chain inbound {
    type filter hook input priority 0; policy drop;
    iifname "lo" accept
    ct state established,related accept
    counter drop
  }
}
NFT
  web_port=80 web_tls_port=443 payroll_port=80 dns_port=53
  note "veth $outer_interface: outside $edge_address, inside $web_address to $dns_address"
}

in_own_namespace() {
  [[ -e /proc/$1/ns/net && $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]] &&
    [[ $(<"/proc/$1/comm") == tail ]]
}

# Two demos must not pick the same addresses: the lock is held while one picks and takes them.
connect_namespace() {
  local lock
  exec {lock}<"$locks"
  if ! flock -w 20 "$lock"; then
    problem="another demo keeps $locks locked"
    return 1
  fi
  pick_addresses && join_by_veth {lock}>&-
  local status=$?
  exec {lock}>&-
  return "$status"
}

# Picks eight addresses in a row that no route of this machine knows.
pick_addresses() {
  local range block
  for range in "${ranges[@]}"; do
    for block in $(shuf -i 0-31); do
      if ! is_routed "$range.$((block * 8))/29"; then
        edge_address=$range.$((block * 8 + 1))
        web_address=$range.$((block * 8 + 2))
        payroll_address=$range.$((block * 8 + 3))
        dns_address=$range.$((block * 8 + 4))
        return 0
      fi
    done
  done
  problem="this machine has routes to all of ${ranges[*]/%/.0/24}; try --no-namespaces"
  return 1
}

# Whether a route leads into the range or all of it, default routes aside.
is_routed() {
  { ip -4 route show table all root "$1" && ip -4 route show table all match "$1"; } |
    sed -E 's/^(local|broadcast|unicast|blackhole|unreachable|prohibit) //' |
    grep -qvE '^(default|0\.0\.0\.0/[01]|128\.0\.0\.0/1)( |$)'
}

join_by_veth() {
  local address log
  log="$(log_of namespace)"
  outer_interface="outhaul$RANDOM"
  {
    ip link add "$outer_interface" type veth peer name private0 netns "$namespace_pid" &&
      ip address add "$edge_address/29" dev "$outer_interface" &&
      ip link set "$outer_interface" up &&
      "${inside[@]}" ip link set lo up &&
      for address in "$web_address" "$payroll_address" "$dns_address"; do
        "${inside[@]}" ip address add "$address/29" dev private0 || return
      done &&
      "${inside[@]}" ip link set private0 up
  } 2>>"$log" || {
    problem="the veth pair cannot be set up; see $log"
    return 1
  }
}

close_network() {
  if [[ -n $outer_interface ]]; then ip link delete "$outer_interface" 2>/dev/null || true; fi
}

# All of 127.0.0.0/8 is this machine; the addresses differ from demo to demo.
open_loopback_network() {
  local network port
  network="127.$((RANDOM % 60 + 64)).$((RANDOM % 256))"
  edge_address=$network.1 web_address=$network.2 payroll_address=$network.3 dns_address=$network.4
  reserve_port "$web_address" 8080 || return
  web_port=$port
  reserve_port "$web_address" 8443 || return
  web_tls_port=$port
  reserve_port "$payroll_address" 8081 || return
  payroll_port=$port
  reserve_port "$dns_address" 5353 || return
  dns_port=$port
  note "outside $edge_address, inside $web_address to $dns_address"
}

outside_cannot_fetch() {
  local answer status=0
  answer="$(fetch --connect-timeout 1 --max-time 3 "http://$web_address/" 2>&1)" || status=$?
  note "$answer"
  if [[ $status -eq 0 ]]; then
    problem="http://$web_address/ answers outside the private network"
    return 1
  fi
}

outside_cannot_resolve() {
  local answer status=0 dropped
  answer="$(dig +time=1 +tries=1 +short "@$dns_address" internal-host.com 2>&1)" || status=$?
  note "$(grep -m 1 . <<<"${answer//;; /}")"
  if [[ $status -eq 0 ]]; then
    problem="$dns_address answers outside the private network"
    return 1
  fi
  dropped="$("${inside[@]}" nft list chain inet outhaul_demo inbound |
    sed -n 's/.*counter packets \([0-9]*\) .*/\1/p')"
  note "nftables inside has dropped ${dropped:-0} packets so far"
  [[ ${dropped:-0} -ge 2 ]] || {
    problem="nothing reached the firewall: the test from outside shows nothing"
    return 1
  }
}
