"""A private certificate authority, made with the openssl program."""

import datetime
import os
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """Paths of PEM files. `ca` is the authority that signed it."""

    certificate: str
    key: str
    ca: str


class CertificateAuthority:
    def __init__(self, directory, name):
        self._directory = directory
        os.makedirs(directory, exist_ok=True)
        self.certificate = os.path.join(directory, "ca.pem")
        self._key = os.path.join(directory, "ca.key")
        self._count = 0
        _make_key(self._key)
        _openssl("req", "-x509", "-new", "-key", self._key, "-out", self.certificate,
                 "-days", "3650", "-subj", f"/CN={name}",
                 "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, *names, client=False, valid_from_days=-1, valid_until_days=365):
        """A certificate for DNS names, IP addresses and URNs, the first of which is its subject. An
        expired one: valid_from_days=-30, valid_until_days=-1."""
        self._count += 1
        stem = os.path.join(self._directory, f"{self._count:02}")
        _make_key(stem + ".key")
        _openssl("req", "-new", "-key", stem + ".key", "-out", stem + ".csr",
                 "-subj", f"/CN={names[0]}")
        with open(stem + ".cnf", "w", encoding="ascii") as config:
            config.write(self._configuration(stem, names, client))
        for path in (stem + ".index", stem + ".index.attr"):
            open(path, "w", encoding="ascii").close()
        _openssl("ca", "-batch", "-notext", "-config", stem + ".cnf", "-in", stem + ".csr",
                 "-out", stem + ".pem", "-startdate", _date(valid_from_days),
                 "-enddate", _date(valid_until_days))
        return Certificate(stem + ".pem", stem + ".key", self.certificate)

    def _configuration(self, stem, names, client):
        alternatives = ",".join(f"{_kind(name)}:{name}" for name in names)
        return f"""
[ca]
default_ca = this
[this]
database = {stem}.index
new_certs_dir = {self._directory}
certificate = {self.certificate}
private_key = {self._key}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = {'clientAuth' if client else 'serverAuth'}
subjectAltName = {alternatives}
"""


def _kind(name):
    if name.startswith("urn:"):
        return "URI"
    return "IP" if _is_address(name) else "DNS"


def _is_address(name):
    return ":" in name or name.replace(".", "").isdigit()


def _date(days):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return moment.strftime("%Y%m%d%H%M%SZ")


def _make_key(path):
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)


def _openssl(*arguments):
    run = subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, check=False,
                         stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
    if run.returncode != 0:
        raise OSError(f"openssl {arguments[0]} failed: {run.stdout.strip()}")
