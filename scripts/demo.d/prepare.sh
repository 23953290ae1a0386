# What has to be there before the demo can start: tools, workerd, our two programs. Sourced by
# scripts/demo, which sets `root`, `runner` and `use_namespaces`.

readonly setup_limit=45m
readonly build_limit=60m

build="${OUTHAUL_BUILD:-$root/build}"
readonly agent_program="$build/agent/outhaul"
readonly edge_program="$build/edge/outhaul-edge"
workerd=""

missing_tools() {
  local tool wanted=(python3 curl openssl nginx dnsmasq dig setsid setpriv flock)
  if [[ $use_namespaces == yes ]]; then wanted+=(ip nft nsenter unshare); fi
  for tool in "${wanted[@]}"; do
    command -v "$tool" >/dev/null || echo "$tool"
  done
  if ! have_programs && ! "$root/scripts/setup" --check --minimal >/dev/null; then
    echo "what building needs"
  fi
}

have_programs() { [[ -x $agent_program && -x $edge_program ]]; }

# Sets `workerd` if npm has installed it for this processor.
find_workerd() {
  local candidate
  for candidate in "$root"/tests/node/node_modules/@cloudflare/workerd-linux-*/bin/workerd; do
    if [[ -x $candidate ]] && "$candidate" --version >/dev/null 2>&1; then
      workerd=$candidate
      return 0
    fi
  done
  return 1
}

# run_setup LOG [OPTIONS]: shows what scripts/setup does, and keeps it for later.
run_setup() {
  local log=$1
  shift
  say "running scripts/setup $*(it prints what it installs; at most $setup_limit)"
  timeout --foreground "$setup_limit" "$root/scripts/setup" "$@" 2>&1 | tee -a "$log" | sed 's/^/    /'
}

install_what_is_missing() {
  local missing log
  log="$(log_of setup)"
  mapfile -t missing < <(missing_tools)
  if [[ ${#missing[@]} -gt 0 ]]; then
    say "missing: ${missing[*]}"
    # Without npm's registry there is no workerd, but all the rest.
    run_setup "$log" || run_setup "$log" --no-npm || true
    mapfile -t missing < <(missing_tools)
    if [[ ${#missing[@]} -gt 0 ]]; then
      give_up "still missing: ${missing[*]}; install them, or run scripts/setup as root" setup
    fi
  fi
  if [[ $runner == workerd ]] && ! find_workerd; then
    say "missing: workerd"
    run_setup "$log" || true
    if ! find_workerd; then
      runner=curl
      say "there is no workerd here: curl takes the place of the Worker, with the same two headers"
    fi
  fi
}

# Where scripts/test builds too, and with its options, so that ccache spares the second of the two.
build_programs() {
  local log elapsed="" began=${EPOCHREALTIME/./}
  if have_programs; then return; fi
  log="$(log_of build)"
  say "building outhaul and outhaul-edge in $build (once; a few minutes)"
  if [[ ! -e $build/build.ninja ]]; then
    local compiler=g++
    if command -v ccache >/dev/null; then compiler="ccache g++"; fi
    CXX="$compiler" run_limited "$log" meson setup "$build" "$root" -Db_colorout=never --werror ||
      give_up "meson cannot set up $build" build
    # What scripts/lib/build.sh looks for: this directory is as scripts/test wants it.
    printf 'g++ --werror' >"$build/.configured-by-scripts-test"
  fi
  CCACHE_NOHASHDIR=1 run_limited "$log" ninja -C "$build" agent/outhaul edge/outhaul-edge ||
    give_up "the programs do not build" build
  seconds_since "$began"
  say "built in $elapsed s"
}

run_limited() {
  local log=$1
  shift
  say "$*"
  timeout --foreground "$build_limit" "$@" >>"$log" 2>&1
}
