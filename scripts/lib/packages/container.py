"""Makes the root of a minimal container: the program as process 1, the libraries that it needs from
this system, the certificates of public authorities, and a user."""

import gzip
import io
import os
import re
import subprocess
import tarfile

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
USER_ID = 64000


def libraries_of(program):
    """[(path within the container, path of the file here)]"""
    listing = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    paths = re.findall(r"(?:=> )?(/\S+) \(0x", listing)
    return sorted((path, os.path.realpath(path)) for path in set(paths))


def build(tree, output):
    """Returns the paths of the archive and of the file that makes an image of it."""
    path = os.path.join(output, "dist", f"{tree.program}-{tree.version}-container-root.tar.gz")
    root = Archive(tree.epoch)
    root.file("/etc/passwd", f"root:x:0:0::/:\n{tree.program}:x:{USER_ID}:{USER_ID}::/:\n")
    root.file("/etc/group", f"root:x:0:\n{tree.program}:x:{USER_ID}:\n")
    root.copy(f"/usr/bin/{tree.program}", tree.installed_program, 0o755)
    for name, source in libraries_of(tree.installed_program):
        root.copy(name, source, 0o755)
    root.copy(CERTIFICATES, CERTIFICATES)
    # Where Debian's OpenSSL looks.
    root.link("/usr/lib/ssl/cert.pem", CERTIFICATES)
    root.directory(f"/etc/{tree.program}")
    root.directory("/tmp", 0o1777)
    # Where the status socket is, which `PROGRAM ready` asks; and the data.
    root.directory(f"/run/{tree.program}", 0o750, USER_ID)
    if tree.package.home != "/":
        root.directory(tree.package.home, 0o700, USER_ID)
    for name in ("copyright", f"{tree.program}.spdx.json"):
        root.copy(f"/usr/share/doc/{tree.program}/{name}",
                  os.path.join(tree.root, "usr/share/doc", tree.program, name))
    root.write(path)
    image = os.path.join(output, "dist", f"{tree.program}.Containerfile")
    with open(image, "w", encoding="utf-8") as file:
        file.write(tree.template(f"{tree.package.part}/Containerfile.in",
                                 ARCHIVE=os.path.basename(path)))
    return path, image


class Archive:
    """A tar whose bytes depend on its contents only."""

    def __init__(self, epoch):
        self._epoch = epoch
        self._entries = {}

    def file(self, name, text, mode=0o644):
        self._add(name, text.encode(), mode)

    def copy(self, name, source, mode=0o644):
        with open(source, "rb") as file:
            self._add(name, file.read(), mode)

    def link(self, name, target):
        self._parents(name)
        entry = self._entry(name, 0o777, tarfile.SYMTYPE)
        entry.linkname = target
        self._entries[entry.name] = (entry, b"")

    def directory(self, name, mode=0o755, owner=0):
        self._parents(name)
        entry = self._entry(name, mode, tarfile.DIRTYPE)
        entry.uid = entry.gid = owner
        self._entries[entry.name] = (entry, b"")

    def _add(self, name, data, mode):
        self._parents(name)
        entry = self._entry(name, mode, tarfile.REGTYPE)
        entry.size = len(data)
        self._entries[entry.name] = (entry, data)

    def _parents(self, name):
        parent = os.path.dirname(name)
        if parent != "/" and parent.lstrip("/") not in self._entries:
            self.directory(parent)

    def _entry(self, name, mode, kind):
        entry = tarfile.TarInfo(name.lstrip("/"))
        entry.mode, entry.type, entry.mtime = mode, kind, self._epoch
        return entry

    def write(self, path):
        with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed, \
                tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name in sorted(self._entries):
                entry, data = self._entries[name]
                archive.addfile(entry, io.BytesIO(data))
