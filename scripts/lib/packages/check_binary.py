#!/usr/bin/python3
"""Checks that a program is fit for the packages (architecture, section 4): which shared libraries
it needs, how old a C library it runs with, hardening, size. Prints the figures, and one line for
each fault.

usage: check_binary.py [--size-limit BYTES] PROGRAM
"""

import argparse
import os
import re
import subprocess
import sys

# The loader is a part of libc; the linker names it for thread-local variables of libstdc++.a.
ALLOWED_LIBRARIES = {"libssl.so.3", "libcrypto.so.3", "libm.so.6", "libgcc_s.so.1", "libc.so.6",
                     "ld-linux-x86-64.so.2"}
NEWEST_GLIBC = (2, 34)
# No program of ours may ask for these: std::random_device, and what only newer systems have.
FORBIDDEN_SYMBOLS = {"getentropy", "arc4random", "arc4random_uniform", "epoll_pwait2"}


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def numbers(version):
    return tuple(int(part) for part in version.split("."))


class Binary:
    def __init__(self, path):
        self.path = path
        dynamic = output_of("readelf", "--wide", "--dynamic", path)
        self.needed = re.findall(r"\(NEEDED\)\s+Shared library: \[(.+)\]", dynamic)
        self.run_path = re.findall(r"\((?:RPATH|RUNPATH)\)", dynamic)
        self.flags = " ".join(re.findall(r"\(FLAGS(?:_1)?\)\s+(.*)", dynamic))
        self.segments = output_of("readelf", "--wide", "--program-headers", path)
        self.header = output_of("readelf", "--wide", "--file-header", path)
        self.sections = output_of("readelf", "--wide", "--section-headers", path)
        table = output_of("readelf", "--wide", "--dyn-syms", path)
        self.symbols = re.findall(r"UND (\w+)(?:@(\w+?)_([0-9.]+))?", table)
        self.size = os.path.getsize(path)

    @property
    def glibc_versions(self):
        return sorted({numbers(version) for _, library, version in self.symbols
                       if library == "GLIBC"})

    @property
    def names(self):
        return {name for name, _, _ in self.symbols}


def faults_of(binary, size_limit):
    for library in binary.needed:
        if library not in ALLOWED_LIBRARIES:
            yield f"it needs {library}, which not every system has"
    newest = binary.glibc_versions[-1]
    if newest > NEWEST_GLIBC:
        users = [name for name, library, version in binary.symbols
                 if library == "GLIBC" and numbers(version) > NEWEST_GLIBC]
        yield f"it needs a newer C library than 2.34, for {', '.join(users)}"
    for name in sorted(FORBIDDEN_SYMBOLS & binary.names):
        yield f"it uses {name}"
    if binary.run_path:
        yield "it has a run path"
    yield from hardening_faults(binary)
    if size_limit and binary.size > size_limit:
        yield f"it has {binary.size} bytes, more than {size_limit}"


def hardening_faults(binary):
    if not re.search(r"Type:\s+DYN", binary.header) or "PIE" not in binary.flags:
        yield "it is not position-independent (PIE)"
    if "NOW" not in binary.flags:
        yield "symbols are bound lazily (-z now)"
    if "GNU_RELRO" not in binary.segments:
        yield "no read-only relocations (-z relro)"
    stack = re.search(r"GNU_STACK.*", binary.segments)
    if not stack or "RWE" in stack.group(0):
        yield "the stack is executable (-z noexecstack)"
    if re.search(r"LOAD.*RWE", binary.segments):
        yield "a segment is writable and executable"
    if "__stack_chk_fail" not in binary.names:
        yield "no stack protector"
    if not any(name.endswith("_chk") for name in binary.names - {"__stack_chk_fail"}):
        yield "no fortified calls (_FORTIFY_SOURCE)"
    if ".symtab" in binary.sections or ".debug_info" in binary.sections:
        yield "it is not stripped"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size-limit", type=int, default=0)
    parser.add_argument("program")
    arguments = parser.parse_args()
    binary = Binary(arguments.program)
    name = os.path.basename(arguments.program)
    fortified = sorted(item for item in binary.names if item.endswith("_chk"))
    print(f"{name}: needs {' '.join(sorted(binary.needed))}")
    print(f"{name}: newest GLIBC_{'.'.join(map(str, binary.glibc_versions[-1]))}, "
          f"{binary.size} bytes, {len(fortified)} fortified calls")
    faults = list(faults_of(binary, arguments.size_limit))
    for fault in faults:
        print(f"{name}: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
