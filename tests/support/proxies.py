"""Real proxies: squid (HTTP CONNECT, plain and in TLS, with Basic) and microsocks (SOCKS5)."""

import os
import pwd
import shutil
import subprocess

from ports import wait_for_port

__all__ = ["Microsocks", "Squid"]

SQUID_USER = "proxy"


class Squid:
    """An HTTP proxy at `address` with one user. Its directory is its own user's, which must reach
    it; so it is made readable down from the test's directory."""

    def __init__(self, test, address, port, user, password, tls=None, rules=()):
        self._test = test
        self.address = address
        self.port = port
        self._directory = test.path("squid", "")
        os.chmod(test.directory, 0o711)
        self._configuration = self._write(user, password, tls, rules)
        owner = pwd.getpwnam(SQUID_USER)
        for name in ["", *os.listdir(self._directory)]:
            os.chown(os.path.join(self._directory, name), owner.pw_uid, owner.pw_gid)
        self.process = None
        self.start()

    def start(self):
        self.process = self._test.start(
            "squid", ["/usr/sbin/squid", "--foreground", "-d", "1", "-f", self._configuration])
        wait_for_port(self.port, self.address, deadline_s=30)

    def _write(self, user, password, tls, rules):
        hashed = subprocess.run(["openssl", "passwd", "-apr1", password], check=True,
                                stdout=subprocess.PIPE, text=True).stdout.strip()
        here = self._directory
        with open(os.path.join(here, "users"), "w", encoding="ascii") as file:
            file.write(f"{user}:{hashed}\n")
        listeners = f"http_port {self.address}:{self.port}\n"
        if tls:
            port, certificate = tls
            for source, name in ((certificate.certificate, "tls.pem"), (certificate.key, "tls.key")):
                shutil.copy(source, os.path.join(here, name))
            listeners += (f"https_port {self.address}:{port} tls-cert={here}/tls.pem "
                          f"tls-key={here}/tls.key\n")
        path = os.path.join(here, "squid.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"""{listeners}
auth_param basic program /usr/lib/squid/basic_ncsa_auth {here}/users
auth_param basic children 1
acl known proxy_auth REQUIRED
{chr(10).join(rules)}
http_access allow known
http_access deny all
access_log none
cache_log {here}/cache.log
pid_filename none
coredump_dir {here}
visible_hostname proxy.test
shutdown_lifetime 0 seconds
pinger_enable off
cache deny all
""")
        return path


class Microsocks:
    """A SOCKS5 proxy with one user; it resolves names as the machine does."""

    def __init__(self, test, address, port, user, password):
        self._test = test
        self.address = address
        self.port = port
        self._login = ["-u", user, "-P", password]
        self.process = None
        self.start()

    def start(self):
        self.process = self._test.start("microsocks", [
            "microsocks", "-i", self.address, "-p", str(self.port), *self._login])
        wait_for_port(self.port, self.address, deadline_s=10)
