"""Stages one package: the tree of files that both the deb and the rpm are made from."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys

from definitions import COPYRIGHT_HEAD, OWN_LICENSE, URL
from materials import materials_of
from sbom import document

COMPLETIONS = {"bash": "usr/share/bash-completion/completions",
               "zsh": "usr/share/zsh/vendor-completions",
               "fish": "usr/share/fish/vendor_completions.d"}
HERE = os.path.dirname(os.path.abspath(__file__))


class Tree:
    """`root` is the staged tree, `debug` gets the debug symbols. Every file's time is `epoch`."""

    def __init__(self, package, source, build, pages, output, version, epoch):
        self.package, self.source, self.build, self.pages = package, source, build, pages
        self.version, self.epoch = version, epoch
        self.root = os.path.join(output, "stage", package.program)
        self.debug = os.path.join(output, "debug", package.program)
        for path in (self.root, self.debug):
            shutil.rmtree(path, ignore_errors=True)
            os.makedirs(path)
        self.materials = []

    @property
    def program(self):
        return self.package.program

    @property
    def installed_program(self):
        return os.path.join(self.root, "usr/bin", self.program)

    def stage(self):
        self._program()
        self._service()
        self._documents()
        self._completions()
        self._materials()
        self._same_times()

    def _file(self, source, target, mode=0o644):
        path = os.path.join(self.root, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copyfile(source, path)
        os.chmod(path, mode)
        return path

    def _text(self, text, target):
        path = os.path.join(self.root, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o644)

    def _compressed(self, text, target):
        path = os.path.join(self.root, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write(text.encode())
        os.chmod(path, 0o644)

    def _program(self):
        built = os.path.join(self.build, self.package.part, self.program)
        target = self._file(built, f"usr/bin/{self.program}", 0o755)
        # Where debuggers look by the build id: .build-id/ab/cdef....debug
        notes = subprocess.run(["readelf", "--notes", built], stdout=subprocess.PIPE, text=True,
                               check=True).stdout
        build_id = notes.split("Build ID: ")[1].split()[0]
        symbols = os.path.join(self.debug, "usr/lib/debug/.build-id", build_id[:2],
                               build_id[2:] + ".debug")
        os.makedirs(os.path.dirname(symbols))
        subprocess.run(["objcopy", "--only-keep-debug", "--compress-debug-sections", target,
                        symbols], check=True)
        os.chmod(symbols, 0o644)
        subprocess.run(["strip", "--strip-all", "--remove-section=.comment", target], check=True)
        subprocess.run([sys.executable, os.path.join(HERE, "check_binary.py"), "--size-limit",
                        str(self.package.size_limit), target], check=True)

    def _service(self):
        packaging = os.path.join(self.source, "packaging")
        part = os.path.join(packaging, self.package.part)
        self._file(os.path.join(part, f"{self.program}.service"),
                   f"usr/lib/systemd/system/{self.program}.service")
        self._file(os.path.join(part, "sysusers.conf"), f"usr/lib/sysusers.d/{self.program}.conf")
        self._file(os.path.join(packaging, "common/service-upgrade"),
                   f"usr/lib/{self.program}/service-upgrade", 0o755)
        for name in sorted(os.listdir(os.path.join(self.pages, "etc"))):
            self._file(os.path.join(self.pages, "etc", name), f"etc/{self.program}/{name}")

    def _documents(self):
        for name in sorted(os.listdir(os.path.join(self.pages, "man"))):
            with open(os.path.join(self.pages, "man", name), encoding="utf-8") as file:
                self._compressed(file.read(), f"usr/share/man/man{name[-1]}/{name}.gz")

    def _completions(self):
        for shell, directory in COMPLETIONS.items():
            made = os.path.join(self.pages, "completion", shell)
            for name in os.listdir(made):
                self._file(os.path.join(made, name), f"{directory}/{name}")

    def _materials(self):
        with open(self.installed_program, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        made_of = json.loads(subprocess.run([self.installed_program, "version", "--json"],
                                            stdout=subprocess.PIPE, check=True).stdout)
        self.materials = materials_of(self.program, made_of["built_in"])
        documents = f"usr/share/doc/{self.program}"
        self._text(document(self.program, self.version, self.materials, made_of["shared"], digest,
                            self.epoch), f"{documents}/{self.program}.spdx.json")
        text = COPYRIGHT_HEAD.format(url=URL, license=OWN_LICENSE)
        for item in self.materials:
            text += f"\nFiles: {self.program} ({item.name} {item.version})\n" \
                    f"Copyright: see the copyright file below\nLicense: {item.license}\n"
        for item in self.materials:
            rule = "=" * 20
            text += f"\n{rule} {item.name} {rule}\n\n{item.copyright_text().strip()}\n"
        self._text(text, f"{documents}/copyright")

    def _same_times(self):
        for top in (self.root, self.debug):
            for directory, _, files in os.walk(top):
                os.chmod(directory, 0o755)
                for path in [directory] + [os.path.join(directory, name) for name in files]:
                    os.utime(path, (self.epoch, self.epoch))

    def paths(self):
        """All files, "/etc/...", sorted."""
        found = []
        for directory, _, files in os.walk(self.root):
            found += ["/" + os.path.relpath(os.path.join(directory, name), self.root)
                      for name in files]
        return sorted(found)

    def values(self):
        """What the templates in packaging/deb and packaging/rpm name."""
        with open(os.path.join(self.source, "packaging/common/make-user.sh"),
                  encoding="utf-8") as file:
            make_user = file.read().rstrip()
        return {"PROGRAM": self.program, "VERSION": self.version, "USER": self.package.user,
                "HOME": self.package.home, "MAKE_USER": make_user, "URL": URL,
                "SUMMARY": self.package.summary, "STAGE": self.root}

    def template(self, name, **more):
        with open(os.path.join(self.source, "packaging", name), encoding="utf-8") as file:
            text = file.read()
        for key, value in {**self.values(), **more}.items():
            text = text.replace(f"@{key}@", str(value))
        return text
