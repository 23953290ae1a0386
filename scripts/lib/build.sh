# Configures and builds one build directory. Sourced by scripts/test.

# Objects are shared between checkouts: the directory would else be part of what ccache looks for.
export CCACHE_NOHASHDIR=1

# configure DIRECTORY COMPILER [meson options...]. The directory is configured when it is new or was
# configured otherwise; after that ninja itself notices changed meson files.
configure() {
  local directory=$1 compiler=$2
  shift 2
  local stamp="$directory/.configured-by-scripts-test"
  local wanted="$compiler $*"
  # meson puts ccache in front of the default compilers only, not of one that is named.
  if command -v ccache >/dev/null; then compiler="ccache $compiler"; fi
  if [[ ! -e $directory/build.ninja || "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]]; then
    clear_build "$directory"
    CXX="$compiler" logged meson setup "$directory" "$root" -Db_colorout=never "$@" || return 1
    printf '%s' "$wanted" >"$stamp"
  fi
}

# build_in DIRECTORY COMPILER JOBS [meson options...]: everything.
build_in() {
  local directory=$1 compiler=$2 jobs=$3
  shift 3
  configure "$directory" "$compiler" "$@" || return 1
  logged ninja -C "$directory" -k 20 -j "$jobs"
}

# The same for the two programs alone.
build_programs() {
  local directory=$1 compiler=$2 jobs=$3
  shift 3
  configure "$directory" "$compiler" "$@" || return 1
  logged ninja -C "$directory" -k 20 -j "$jobs" agent/outhaul edge/outhaul-edge
}

# Empties a build directory but for the logs, one of which is being written.
clear_build() {
  [[ -d $1 ]] || return 0
  find "$1" -mindepth 1 -maxdepth 1 ! -name logs -exec rm -rf {} +
}
