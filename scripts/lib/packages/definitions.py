"""What the two packages are called and say."""

from dataclasses import dataclass

MAINTAINER = "outhaul packaging <packaging@outhaul.invalid>"
URL = "https://outhaul.invalid/"
# The project has not chosen a licence of its own yet; the others are those of what is built in.
OWN_LICENSE = "LicenseRef-outhaul"


@dataclass(frozen=True)
class Package:
    program: str
    part: str  # the folder of packaging/ and of the pages
    summary: str
    description: str
    home: str
    size_limit: int  # of the stripped program, bytes

    @property
    def user(self):
        return self.program


AGENT = Package(
    "outhaul", "agent", "outbound-only tunnel connector, the agent in a private network",
    "The agent runs inside a private network and dials out to an edge; programs\n"
    "outside reach HTTP and TCP services of that network through it, and no port\n"
    "is opened. The agent's own policy decides what may be reached.", "/", 4_200_000)
EDGE = Package(
    "outhaul-edge", "edge", "outbound-only tunnel connector, the edge that agents dial",
    "The edge accepts the connections of agents, keeps a directory of tunnels,\n"
    "services and bindings, and forwards the requests of clients to the agents.", "/var/lib/outhaul-edge",
    6_200_000)
PACKAGES = (AGENT, EDGE)

COPYRIGHT_HEAD = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: outhaul
Source: {url}
Comment: The program contains the libraries listed here, as Debian 12 packages them. Their
 copyright files follow in full, each under a line with its name.

Files: *
Copyright: the authors of outhaul
License: {license}
 All rights reserved; the project has not chosen a licence yet.
"""
