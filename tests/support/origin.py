"""nginx as an origin, from a generated configuration."""

import os
import signal
from dataclasses import dataclass, field

from certificates import Certificate
from ports import wait_for_port


@dataclass
class Site:
    """One server block. `locations` maps a location ("/", "= /a", "~ ^/b") to its directives."""

    port: int
    locations: dict = field(default_factory=dict)
    tls: Certificate = None
    http2: bool = False
    address: str = "127.0.0.1"
    server_name: str = "_"
    directives: str = ""


class Nginx:
    """Runs in the foreground with everything below the test's directory; ends with the test.
    Files in `www` are served by sites without a location of their own."""

    def __init__(self, test, sites, name):
        self.directory = test.path(name, "")
        self.www = test.path(name, "www", "")
        self.access_log = os.path.join(self.directory, "access.log")
        self._configuration = test.path(name, "nginx.conf")
        self._write(sites)
        self.process = test.start(name, ["/usr/sbin/nginx", "-p", self.directory, "-e", "stderr",
                                         "-c", self._configuration])
        for site in sites:
            wait_for_port(site.port, site.address, self.process)

    def reconfigure(self, sites):
        """Replaces the sites without dropping the process."""
        self._write(sites)
        self.process.signal(signal.SIGHUP)
        for site in sites:
            wait_for_port(site.port, site.address, self.process)

    def requests(self):
        """The lines of the access log: METHOD PATH PROTOCOL STATUS BODY_BYTES HOST."""
        with open(self.access_log, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    def _write(self, sites):
        user = "user root;" if os.geteuid() == 0 else ""  # workers must read the test's files
        servers = "\n".join(self._server(site) for site in sites)
        with open(self._configuration, "w", encoding="utf-8") as file:
            file.write(f"""{user}
daemon off;
worker_processes 1;
pid {self.directory}/nginx.pid;
error_log stderr info;
events {{ worker_connections 4096; }}
http {{
  log_format test '$request_method $request_uri $server_protocol $status $body_bytes_sent $host';
  access_log {self.access_log} test;
  default_type application/octet-stream;
  client_body_temp_path {self.directory}/body;
  proxy_temp_path {self.directory}/proxy;
  fastcgi_temp_path {self.directory}/fastcgi;
  uwsgi_temp_path {self.directory}/uwsgi;
  scgi_temp_path {self.directory}/scgi;
  client_max_body_size 0;
{servers}
}}
""")

    def _server(self, site):
        options = (" ssl" if site.tls else "") + (" http2" if site.http2 else "")
        lines = [f"listen {site.address}:{site.port}{options};", f"server_name {site.server_name};"]
        if site.tls:
            lines += [f"ssl_certificate {site.tls.certificate};",
                      f"ssl_certificate_key {site.tls.key};"]
        lines.append(site.directives)
        locations = site.locations or {"/": f"root {self.www};"}
        lines += [f"location {match} {{ {body} }}" for match, body in locations.items()]
        return "  server {\n" + "\n".join(f"    {line}" for line in lines) + "\n  }"
