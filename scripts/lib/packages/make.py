#!/usr/bin/python3
"""Makes all packages from programs that are built: see scripts/package."""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import container  # noqa: E402
import deb  # noqa: E402
import rpm  # noqa: E402
from definitions import PACKAGES  # noqa: E402
from tree import Tree  # noqa: E402


def symbols_archive(tree, output):
    path = os.path.join(output, "dist", f"{tree.program}-{tree.version}-debug-symbols.tar")
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for directory, names, files in os.walk(tree.debug):
            names.sort()
            for name in sorted(files):
                full = os.path.join(directory, name)
                entry = archive.gettarinfo(full, os.path.relpath(full, tree.debug))
                entry.uid = entry.gid = 0
                entry.uname = entry.gname = ""
                with open(full, "rb") as file:
                    archive.addfile(entry, file)
    return path


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("source", "build", "output", "version", "epoch", "change"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    epoch = int(arguments.epoch)
    output = os.path.abspath(arguments.output)
    shutil.rmtree(os.path.join(output, "dist"), ignore_errors=True)
    os.makedirs(os.path.join(output, "dist"))
    pages = os.path.join(output, "pages")
    shutil.rmtree(pages, ignore_errors=True)
    day = subprocess.run(["date", "--utc", "--date", f"@{epoch}", "+%F"], stdout=subprocess.PIPE,
                         text=True, check=True).stdout.strip()
    subprocess.run([os.path.join(arguments.build, "packaging/pages/outhaul-pages"), pages, day],
                   check=True)
    made = []
    for package in PACKAGES:
        tree = Tree(package, arguments.source, arguments.build, os.path.join(pages, package.part),
                    output, arguments.version, epoch)
        tree.stage()
        made += [deb.build(tree, output, arguments.change), rpm.build(tree, output, arguments.change),
                 *container.build(tree, output), symbols_archive(tree, output)]
    made.sort()
    with open(os.path.join(output, "dist", "SHA256SUMS"), "w", encoding="utf-8") as sums:
        for path in made:
            sums.write(f"{digest(path)}  {os.path.basename(path)}\n")
    for path in made:
        print(f"{os.path.getsize(path):>10}  {path}")


if __name__ == "__main__":
    main()
