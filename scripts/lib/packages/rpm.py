"""Makes an rpm of a staged tree with rpmbuild."""

import os
import shutil
import subprocess

from definitions import MAINTAINER, OWN_LICENSE


def build(tree, output, log):
    """Returns the path of the package. `log` is the text of the newest change."""
    top = os.path.join(output, "rpm", tree.program)
    shutil.rmtree(top, ignore_errors=True)
    os.makedirs(top)
    stage = os.path.join(top, "tree")
    shutil.copytree(tree.root, stage, symlinks=True)
    # zsh looks elsewhere on these systems, and licences have a directory of their own.
    move(stage, f"usr/share/zsh/vendor-completions/_{tree.program}",
         f"usr/share/zsh/site-functions/_{tree.program}")
    move(stage, f"usr/share/doc/{tree.program}/copyright",
         f"usr/share/licenses/{tree.program}/copyright")
    summary = tree.package.summary
    licenses = sorted({item.license for item in tree.materials})
    spec = os.path.join(top, f"{tree.program}.spec")
    with open(spec, "w", encoding="utf-8") as file:
        file.write(tree.template(
            "rpm/package.spec.in", STAGE=stage, FILES=file_list(stage, tree.program),
            LICENSE=" AND ".join([OWN_LICENSE, *licenses]),
            DESCRIPTION=tree.package.description, PACKAGER=MAINTAINER,
            CAPITAL_SUMMARY=summary[:1].upper() + summary[1:], CHANGE=log, DATE=day(tree.epoch)))
    subprocess.run(["rpmbuild", "-bb", "--quiet", "--nodeps", "--target", "x86_64",
                    "--define", f"_topdir {top}", "--define", f"_rpmdir {output}/dist",
                    "--define", "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
                    "--define", "_libdir /usr/lib64", "--buildroot", os.path.join(top, "root"),
                    spec],
                   check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(tree.epoch),
                                    "TZ": "UTC", "LC_ALL": "C"})
    return os.path.join(output, "dist", f"{tree.program}-{tree.version}-1.x86_64.rpm")


def move(root, source, target):
    path = os.path.join(root, target)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.rename(os.path.join(root, source), path)
    directory = os.path.dirname(os.path.join(root, source))
    if not os.listdir(directory):
        os.rmdir(directory)


def day(epoch):
    return subprocess.run(["date", "--utc", "--date", f"@{epoch}", "+%a %b %d %Y"],
                          stdout=subprocess.PIPE, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout.strip()


def file_list(stage, program):
    lines = [f"%dir %attr(0755, root, root) /{path}" for path in
             (f"etc/{program}", f"usr/lib/{program}", f"usr/share/doc/{program}",
              f"usr/share/licenses/{program}")]
    for directory, names, files in os.walk(stage):
        names.sort()
        for name in sorted(files):
            path = "/" + os.path.relpath(os.path.join(directory, name), stage)
            mode = "0755" if os.access(stage + path, os.X_OK) else "0644"
            kind = ""
            if path.startswith("/etc/"):
                kind = "%config(noreplace) "
            elif path.startswith("/usr/share/licenses/"):
                kind = "%license "
            elif path.startswith(("/usr/share/doc/", "/usr/share/man/")):
                kind = "%doc "
            lines.append(f"{kind}%attr({mode}, root, root) {path}")
    return "\n".join(lines)
