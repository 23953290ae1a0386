"""What is built into the packaged programs: from which Debian package, under which licence."""

import os
import subprocess
from dataclasses import dataclass

BOTH = ("outhaul", "outhaul-edge")


@dataclass(frozen=True)
class Material:
    name: str  # as `outhaul version` calls it
    package: str
    license: str  # SPDX
    programs: tuple = BOTH

    def field(self, field):
        found = subprocess.run(["dpkg-query", "-W", "-f", "${" + field + "}", self.package],
                               stdout=subprocess.PIPE, text=True, check=True)
        return found.stdout

    @property
    def version(self):
        """Of the Debian package: "1.52.0-1+deb12u3"."""
        return self.field("Version")

    @property
    def source(self):
        return self.field("source:Package")

    @property
    def source_version(self):
        return self.field("source:Version")

    def copyright_text(self):
        path = os.path.realpath(f"/usr/share/doc/{self.package}/copyright")
        with open(path, encoding="utf-8") as file:
            return file.read()


MATERIALS = (
    Material("CLI11", "libcli11-dev", "BSD-3-Clause"),
    Material("SQLite", "libsqlite3-dev", "blessing", ("outhaul-edge",)),
    Material("c-ares", "libc-ares-dev", "MIT"),
    Material("fmt", "libfmt-dev", "MIT"),
    Material("libstdc++", "libstdc++-12-dev", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    Material("nghttp2", "libnghttp2-dev", "MIT"),
    Material("nlohmann-json", "nlohmann-json3-dev", "MIT"),
    Material("spdlog", "libspdlog-dev", "MIT"),
    Material("toml++", "libtomlplusplus-dev", "MIT"),
)


def materials_of(program, built_in):
    """Those that the program names as built in ({name: version}). One that this table does not
    have, or in another version, is an error: a licence would be missing."""
    chosen = []
    for name, version in sorted(built_in.items()):
        known = [item for item in MATERIALS if item.name == name and program in item.programs]
        if not known:
            raise SystemExit(f"{program} has {name} built in, which "
                             "scripts/lib/packages/materials.py does not know")
        upstream = known[0].version.split(":")[-1]
        if not upstream.startswith(version):
            raise SystemExit(f"{program} has {name} {version} built in, but {known[0].package} is "
                             f"{upstream}")
        chosen.append(known[0])
    return chosen
