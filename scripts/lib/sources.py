"""Lists the project's own files, for the checks and scripts/format."""

import os
import subprocess
import sys

CPP_SUFFIXES = (".h", ".cc")
SKIPPED_DIRECTORIES = {".git", "node_modules", "__pycache__"}


def all_files(root):
    """Paths relative to root: tracked files and new ones that git does not ignore. Outside a git
    checkout (a release archive), every file but build output."""
    listing = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if listing.returncode == 0 and os.path.exists(os.path.join(root, ".git")):
        paths = [os.fsdecode(path) for path in listing.stdout.split(b"\0") if path]
    else:
        paths = list(_walk(root))
    return sorted(path for path in set(paths) if os.path.isfile(os.path.join(root, path)))


def _walk(root):
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names
                    if name not in SKIPPED_DIRECTORIES and not name.startswith("build")]
        for name in files:
            yield os.path.relpath(os.path.join(directory, name), root)


def cpp_files(root):
    return [path for path in all_files(root) if path.endswith(CPP_SUFFIXES)]


def script_files(root):
    """Shell and Python programs, by their suffix or their first line."""
    return [path for path in all_files(root)
            if path.endswith((".py", ".sh")) or _has_shebang(os.path.join(root, path))]


def _has_shebang(path):
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


if __name__ == "__main__":
    repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.stdout.write("".join(path + "\0" for path in cpp_files(repository)))
