"""A machine as it is after the packages were installed and a tunnel was made, in a network and a file
system of its own: the paths are those of the packages, and stand-ins for systemctl and journalctl
do to the two programs what systemd would do."""

import os

from origin import Site
from private_network import PrivateNetwork

# Empty and ours: what the programs and the page write there is gone with the namespace.
OWN_DIRECTORIES = ("/run", "/var/lib", "/var/backups")

SYSTEMCTL = """#!/bin/bash
# systemctl VERB [--signal NAME] UNIT, for the two programs.
set -eu
unit="${{*: -1}}"
pid_file={directory}/$unit.pid
log={directory}/$unit.log
declare -A serve=([outhaul]=run [outhaul-edge]=serve)

begin() {{
  "$unit" "${{serve[$unit]}}" >>"$log" 2>&1 </dev/null &
  echo $! >"$pid_file"
  until "$unit" ready >/dev/null 2>&1; do kill -0 "$(cat "$pid_file")"; done
}}

end() {{
  kill "$(cat "$pid_file")"
  tail --pid="$(cat "$pid_file")" -f /dev/null
}}

case $1 in
  start) begin ;;
  stop) end ;;
  restart) end; begin ;;
  reload) kill -HUP "$(cat "$pid_file")" ;;
  kill)
    before="$(grep -c upgrade_done "$log" || true)"
    kill -USR2 "$(cat "$pid_file")"
    until [ "$(grep -c upgrade_done "$log")" -gt "$before" ]; do kill -0 "$(cat "$pid_file")"; done
    grep upgrade_done "$log" | tail -n 1 | sed 's/.*"process":\\([0-9]*\\).*/\\1/' >"$pid_file"
    ;;
  *) echo "systemctl: no such verb: $1" >&2; exit 1 ;;
esac
"""
# journalctl -u UNIT -o cat
JOURNALCTL = """#!/bin/sh
[ "$1 $3 $4" = "-u -o cat" ] && cat {directory}/"$2".log
"""
# Where docs/getting-started.md ends: a tunnel, a service, its binding, and the agent's files.
TUNNEL = """# before the page begins
set -u
systemctl start outhaul-edge
umask 077
outhaul-edge tunnel create office > /etc/outhaul/token
id=$(outhaul-edge tunnel list | awk '$1 == "office" {print $2}')
printf 'tunnel_id = "%s"\\npermit = ["127.0.0.1:8080"]\\n' "$id" > /etc/outhaul/outhaul.toml
echo '{"name": "hello", "type": "http", "http_port": 8080, "host": {"ipv4": "127.0.0.1",
       "network": {"tunnel_id": "'$id'"}}}' | outhaul-edge service create --file - > /run/service
SERVICE=$(cat /run/service)
BINDING=$(outhaul-edge binding create hello)
systemctl start outhaul
set +u
"""


def install(test):
    """Only for scripts that called enter_private_network(). Returns the environment for commands;
    TUNNEL, run by bash in it, starts both programs."""
    _make_file_system(test)
    test.nginx([Site(8080, {"/": 'return 200 "hello from the private side\\n";'})])
    return {"PATH": f"{_make_commands(test)}:{os.environ['PATH']}",
            "OUTHAUL_EDGE_PUBLIC_NAME": "localhost"}


def _make_file_system(test):
    """A machine on which the packages were installed."""
    network = PrivateNetwork(test)
    network.write_resolv_conf("nameserver 192.0.2.53\n")
    for directory in OWN_DIRECTORIES:
        if os.path.isdir(directory):
            network.run("mount", "-t", "tmpfs", "tmpfs", directory)
    for directory in ("/run/outhaul", "/run/outhaul-edge", "/var/lib/outhaul-edge", "/etc/outhaul",
                      "/etc/outhaul-edge", "/var/backups"):
        os.makedirs(directory, exist_ok=True)
    with open("/etc/group", "a", encoding="utf-8") as file:
        file.write("outhaul:x:0:\n")  # the group of the agent that runs here


def _make_commands(test):
    """A directory with the stand-ins and the two programs."""
    commands = test.path("commands", "")
    for name, text in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
        path = test.write(f"commands/{name}", text.format(directory=test.path("units", "")))
        os.chmod(path, 0o755)
    for program in (test.agent_binary, test.edge_binary):
        os.symlink(program, os.path.join(commands, os.path.basename(program)))
    return commands
