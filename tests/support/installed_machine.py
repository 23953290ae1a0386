"""A machine as the packages leave it, in a network and a file system of its own, with a private
service on port 8080: the paths are those of the packages, and stand-ins (stand_ins/) for systemctl,
journalctl and apt-get do to the two programs what the real ones would do."""

import os

from origin import Site
from private_network import PrivateNetwork

STAND_INS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stand_ins")
# Empty and ours: what is written there is gone with the namespace.
OWN_DIRECTORIES = ("/run", "/var/lib", "/var/backups")

# For bash: a tunnel, a service and its binding as in docs/getting-started.md, and both programs run.
TUNNEL = """# before the page begins
systemctl start outhaul-edge
umask 077
outhaul-edge tunnel create office > /etc/outhaul/token
id=$(outhaul-edge tunnel list | awk '$1 == "office" {print $2}')
printf 'tunnel_id = "%s"\\npermit = ["127.0.0.1:8080"]\\n' "$id" > /etc/outhaul/outhaul.toml
echo '{"name": "hello", "type": "http", "http_port": 8080, "host": {"ipv4": "127.0.0.1",
       "network": {"tunnel_id": "'$id'"}}}' > /run/service.json
SERVICE=$(outhaul-edge service create --file /run/service.json)
BINDING=$(outhaul-edge binding create hello)
systemctl start outhaul
"""


def install(test, network=None):
    """Only for scripts that called enter_private_network(); `network` is theirs if they have one.
    Returns the environment for commands; TUNNEL, run by bash in it, starts both programs."""
    network = network or PrivateNetwork(test)
    _make_file_system(network)
    test.dns_server({"service.internal": ["127.0.0.1"]}, port=53)
    network.write_resolv_conf("nameserver 127.0.0.1\n")
    test.nginx([Site(8080, {"/": 'return 200 "hello from the private side\\n";'})])
    programs = test.path("programs", "")
    for program in (test.agent_binary, test.edge_binary):
        os.symlink(program, os.path.join(programs, os.path.basename(program)))
    return {"PATH": f"{STAND_INS}:{programs}:{os.environ['PATH']}",
            "OUTHAUL_UNITS": test.path("units", ""),
            "OUTHAUL_PACKAGING": os.path.join(test.repository, "packaging")}


def _make_file_system(network):
    for directory in OWN_DIRECTORIES:
        if os.path.isdir(directory):
            network.run("mount", "-t", "tmpfs", "tmpfs", directory)
    for directory in ("/run/outhaul", "/run/outhaul-edge", "/var/lib/outhaul-edge", "/etc/outhaul",
                      "/etc/outhaul-edge", "/var/backups"):
        os.makedirs(directory, exist_ok=True)
    os.chmod("/var/lib/outhaul-edge", 0o700)  # StateDirectoryMode of the unit
    with open("/etc/group", "a", encoding="utf-8") as file:
        file.write("outhaul:x:0:\n")  # the group of the agent that runs here
    with open("/etc/outhaul-edge/outhaul-edge.env", "w", encoding="utf-8") as file:
        file.write("OUTHAUL_EDGE_PUBLIC_NAME=localhost\n")
