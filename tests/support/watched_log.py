"""Logs of agent and edge whose reader is a process of its own, which can be stopped or killed."""

from process_test import equal
from tunnel import Tunnel

__all__ = ["THROUGH_CAT", "WrappedTunnel", "only_child"]

# Standard error goes through a process of its own, which can be stopped.
THROUGH_CAT = ["bash", "-c", 'exec "$0" "$@" 2> >(exec cat)']


def only_child(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        children = file.read().split()
    equal(len(children), 1, f"children of {process.name}")
    return int(children[0])


class WrappedTunnel(Tunnel):
    """Its agents run in `agent_wrapper` too."""

    agent_wrapper = ()

    def agent_command(self, *options, **more):
        return [*self.agent_wrapper, *super().agent_command(*options, **more)]

    def start_edge(self):
        self.edge_wrapper = THROUGH_CAT
        super().start_edge()
