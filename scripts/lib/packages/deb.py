"""Makes a deb of a staged tree with dpkg-deb."""

import email.utils
import gzip
import hashlib
import os
import shutil
import subprocess

from definitions import MAINTAINER

SCRIPTS = ("preinst", "postinst", "prerm", "postrm")


def architecture():
    return subprocess.run(["dpkg", "--print-architecture"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip()


def build(tree, output, log):
    """Returns the path of the package. `log` is the text of the newest change."""
    root = os.path.join(output, "deb", tree.program)
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(tree.root, root, symlinks=True)
    add_debian_documents(tree, root, log)
    control = os.path.join(root, "DEBIAN")
    os.makedirs(control)
    write(control, "control", tree.template(
        "deb/control.in", DEB_ARCHITECTURE=architecture(), MAINTAINER=MAINTAINER,
        INSTALLED_KIB=installed_kib(root),
        BUILT_FROM=", ".join(f"{item.source} (= {item.source_version})"
                             for item in tree.materials),
        DESCRIPTION=paragraph(tree.package.description)))
    write(control, "conffiles", "".join(f"{path}\n" for path in tree.paths()
                                        if path.startswith("/etc/")))
    write(control, "md5sums", checksums(root))
    for name in SCRIPTS:
        write(control, name, tree.template(f"deb/{name}.in"), 0o755)
    path = os.path.join(output, "dist", f"{tree.program}_{tree.version}_{architecture()}.deb")
    for directory, _, files in os.walk(root):
        for item in [directory] + [os.path.join(directory, name) for name in files]:
            os.utime(item, (tree.epoch, tree.epoch))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", root,
                    path],
                   check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "SOURCE_DATE_EPOCH": str(tree.epoch)})
    return path


def add_debian_documents(tree, root, log):
    documents = os.path.join(root, "usr/share/doc", tree.program)
    stamp = email.utils.formatdate(tree.epoch)
    text = (f"{tree.program} ({tree.version}) unstable; urgency=medium\n\n  * {log}\n\n"
            f" -- {MAINTAINER}  {stamp}\n")
    path = os.path.join(documents, "changelog.gz")
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.encode())
    os.chmod(path, 0o644)
    overrides = os.path.join(tree.source, "packaging/deb", f"{tree.program}.lintian-overrides")
    if os.path.exists(overrides):
        target = os.path.join(root, "usr/share/lintian/overrides", tree.program)
        os.makedirs(os.path.dirname(target))
        shutil.copyfile(overrides, target)
        os.chmod(target, 0o644)


def write(directory, name, text, mode=0o644):
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def paragraph(text):
    return "\n".join(" " + line for line in text.splitlines())


def files_of(root):
    for directory, names, files in os.walk(root):
        names.sort()
        if os.path.basename(directory) == "DEBIAN":
            continue
        for name in sorted(files):
            yield os.path.join(directory, name)


def installed_kib(root):
    return sum((os.path.getsize(path) + 1023) // 1024 for path in files_of(root))


def checksums(root):
    lines = []
    for path in files_of(root):
        name = os.path.relpath(path, root)
        if name.startswith("etc/"):
            continue
        with open(path, "rb") as file:
            lines.append(f"{hashlib.md5(file.read()).hexdigest()}  {name}\n")
    return "".join(lines)
