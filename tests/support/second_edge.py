"""A second edge of the same tunnels: another process with the same identity and directory, as an
operator would run two of them behind one name."""

import os
import shutil

from ports import free_port

__all__ = ["SecondEdge"]


class SecondEdge:
    """Made from a Tunnel's edge once its services and bindings exist; that edge is restarted."""

    def __init__(self, tunnel, options=()):
        self._tunnel = tunnel
        self.agent_port = free_port()
        self.binding_port = free_port()
        self.data_dir = tunnel.data_dir + "-second"
        self._options = options
        self.process = None
        tunnel.edge.terminate()
        shutil.copytree(tunnel.data_dir, self.data_dir,
                        ignore=lambda _, names: [name for name in names if name.endswith(".sock")])
        tunnel.start_edge()
        self.start()

    def start(self):
        test = self._tunnel.test
        self.process = test.start("edge-second", [
            test.edge_binary, "serve", "--data-dir", self.data_dir,
            "--agent-listen", f"127.0.0.1:{self.agent_port}",
            "--binding-listen", f"127.0.0.1:{self.binding_port}",
            "--public-name", f"localhost:{self.agent_port}", "--log-format", "json",
            *self._options])
        self.process.wait_for_event("edge_start", deadline_s=30)

    def options_for_agent(self):
        """Both edges, the tunnel's own first."""
        return ["--edge", f"localhost:{self._tunnel.agent_port}",
                "--edge", f"localhost:{self.agent_port}"]
