"""Pages of docs/ whose commands are run as they stand.

A fenced block `sh` is run; all blocks of a page run in one shell, in order. A fenced block `text`
is what the block before it printed, standard error included. In it, a line `...` stands for any
lines and `...` at the end of a line for its rest, and what differs from run to run (ids, times, sizes, ports that a system picked) is compared
as one word. A comment `<!-- NAME -->` on the line above a block names it for the test.
"""

import os
import re
import shlex
import tempfile
from dataclasses import dataclass

from assertions import CheckFailed, check

FENCE = re.compile(r"^```(\w*)\s*$")
NAME = re.compile(r"^<!-- ([a-z-]+) -->$")
HEADING = re.compile(r"^(#+) (.*)$")
SHOWN_LINES = 40

# What differs from run to run, and the word that stands for it.
VARIABLE = [
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [\w :]+ GMT"), "TIME"),
    (re.compile(r"\bsha256/[\w+/]{43}="), "PIN"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "KEY"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,12}\b"), "ID"),
    (re.compile(r"\b127\.0\.0\.1:[1-6]\d{4}\b"), "127.0.0.1:PORT"),
    (re.compile(r"(?<=_ms\":)[\d.]+|(?<=_s\":)[\d.]+"), "N"),
    (re.compile(r"\b[\d.]+ ?(ms|s|m|B|KiB|MiB|GiB|kB|MB)\b"), r"N \1"),
    (re.compile(r"\bfiles \d+ of \d+"), "files N of N"),
    (re.compile(r"/tmp/[\w./-]*?/(?=[\w.-]*(?:$|[\s\"',]))"), "DIRECTORY/"),
    (re.compile(r"[ \t]+"), " "),
]


@dataclass
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    line: int  # of its first line, from 1
    section: str  # the heading of level 2 that it stands under
    heading: str  # the nearest heading
    name: str  # of the comment above it, else ""

    @property
    def title(self):
        return f"line {self.line}: {self.text.splitlines()[0]}"


def read_blocks(path):
    """All fenced blocks of a page in Markdown."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    blocks, section, heading, start, language, name = [], "", "", None, "", ""
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if start is not None:
            if line == "```":
                blocks.append(Block(language, "\n".join(lines[start:number - 1]), start + 1,
                                    section, heading, name))
                start, name = None, ""
        elif fence:
            start, language = number, fence.group(1)
        elif NAME.match(line):
            name = NAME.match(line).group(1)
        elif HEADING.match(line):
            level, heading = HEADING.match(line).groups()
            section = heading if len(level) == 2 else section
    check(start is None, f"{path}: a fence is not closed")
    return blocks


def steps(blocks):
    """[(block to run, the output that the page shows for it or None)]"""
    found = []
    for block in blocks:
        if block.language == "sh":
            found.append((block, None))
        elif block.language == "text":
            check(found and found[-1][1] is None,
                  f"line {block.line}: no commands before this output")
            found[-1] = (found[-1][0], block.text)
    return found


def normalize(text):
    """The lines of an output, with what differs from run to run replaced."""
    text = re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", text)
    for pattern, word in VARIABLE:
        text = pattern.sub(word, text)
    return [line.rstrip() for line in text.strip().splitlines()]


def check_shown(shown, printed):
    """Fails unless a program printed what the page shows."""
    pattern = ""
    for line in normalize(shown):
        if line == "...":
            pattern += r"(?:[^\n]*\n)*?"
        elif line.endswith("..."):
            pattern += re.escape(line[:-3]) + r"[^\n]*\n"
        else:
            pattern += re.escape(line) + "\n"
    text = "".join(line + "\n" for line in normalize(printed))
    if not re.fullmatch(pattern, text):
        raise CheckFailed(f"the page shows:\n{shown}\nbut this was printed:\n{printed}")


def page_script(commands, directory, work):
    """A bash script that runs the texts one after the other in the directory `work`, each with its
    output in DIRECTORY/N.out, and ends with DIRECTORY/N.failed at the first command that fails."""
    script = ["set -o pipefail", "number=0", f"cd {shlex.quote(work)}",
              f"trap 'echo \"$BASH_COMMAND\" >{shlex.quote(directory)}/$number.failed; exit 1' ERR"]
    for number, text in enumerate(commands, 1):
        path = os.path.join(directory, f"{number}.sh")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        script.append(f"number={number}; source {shlex.quote(path)} "
                      f">{shlex.quote(directory)}/{number}.out 2>&1 </dev/null")
    return "\n".join(script) + "\n"


def run_page(test, page, blocks, environment=None, deadline_s=60, work=None):
    """Runs the steps of these blocks of a page in the directory `work`, a new one unless given; each
    is a case. What it left in the background has ended when this returns."""
    found = steps(blocks)
    check(found, f"{page} has no commands")
    directory = tempfile.mkdtemp(prefix="page-", dir=test.directory)
    work = work or tempfile.mkdtemp(prefix="work-", dir=test.directory)
    script = test.write(os.path.join(directory, "run.sh"),
                        page_script([block.text for block, _ in found], directory, work))
    process = test.start("page", ["bash", script], environment)
    try:
        process.wait(deadline_s)
    except CheckFailed:
        process.kill()
    for number, (block, shown) in enumerate(found, 1):
        with test.case(f"{page}, {block.title}"):
            _check_step(os.path.join(directory, str(number)), shown)
    process.kill()


def _check_step(path, shown):
    check(os.path.exists(path + ".out"), "it was not run: something before it failed or hung")
    with open(path + ".out", encoding="utf-8", errors="replace") as file:
        printed = file.read()
    if os.path.exists(path + ".failed"):
        with open(path + ".failed", encoding="utf-8") as file:
            raise CheckFailed(f"failed: {file.read().strip()}\n{_tail(printed)}")
    if shown is not None:
        check_shown(shown, printed)


def _tail(text):
    return "\n".join(text.splitlines()[-SHOWN_LINES:])
