"""Completion by the real shells, with the scripts that both programs print."""
# timeout: 120

import os
import pty
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from process_test import check, equal, run_test  # noqa: E402

# What stands on the line, and some of the words that have to be offered, and some that must not.
AGENT_CASES = (
    ("outhaul ", {"run", "resolve", "check", "completion", "version", "help"}, {"service"}),
    ("outhaul r", {"run", "resolve"}, {"check"}),
    ("outhaul check ", {"service"}, {"run"}),
    ("outhaul run --log-l", {"--log-level"}, {"--log-format", "--token"}),
    ("outhaul run --log-level ", {"trace", "debug", "info", "warn", "error", "off"}, {"human"}),
    ("outhaul run --log-level w", {"warn"}, {"info"}),
    ("outhaul run --edge-ca f", {"file with space.pem"}, {"--edge-ca"}),
    ("outhaul completion ", {"bash", "zsh", "fish"}, {"run"}),
    ("outhaul help che", {"check"}, {"run"}),
)
EDGE_CASES = (
    ("outhaul-edge tunnel ", {"create", "list", "delete"}, {"serve"}),
    ("outhaul-edge serve --agent", {"--agent-listen"}, {"--data-dir"}),
)


def script(test, binary, shell):
    return subprocess.run([binary, "completion", shell], stdout=subprocess.PIPE, text=True,
                          check=True, timeout=30).stdout


def ask_bash(test, scripts, line, directory):
    """Calls the function as readline would, with the line taken apart as it does."""
    words = line.replace("=", " = ").split(" ")
    program = words[0]
    array = " ".join(f"'{word}'" for word in words)
    command = (f"{scripts}\nCOMP_WORDS=({array}); COMP_CWORD={len(words) - 1}\n_{program}\n"
               "printf '%s\\n' \"${COMPREPLY[@]}\"")
    run = subprocess.run(["bash", "--norc", "--noprofile", "-c", command], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, check=False, timeout=30, cwd=directory)
    equal(run.stderr, "", "what bash says")
    return set(run.stdout.splitlines())


def ask_fish(test, scripts, line, directory):
    path = test.write("completion.fish", scripts)
    run = subprocess.run(["fish", "--no-config", "-c", f"source {path}; complete -C '{line}'"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                         timeout=30, cwd=directory, env={**os.environ, "HOME": test.directory})
    equal(run.stderr, "", "what fish says")
    return {offer.split("\t")[0].replace("\\ ", " ") for offer in run.stdout.splitlines()}


# Reports the words that completion hands to the line editor, instead of showing them.
ZSH_SPY = r"""
autoload -Uz compinit && compinit -u -D
%s
compadd() {
  local -a offered
  builtin compadd -O offered "$@"
  print -rl -- "<"${^offered}">" >> %s
  builtin compadd "$@"
}
complete-and-tell() { zle complete-word; print -r -- done >> %s }
zle -N complete-and-tell
bindkey '^I' complete-and-tell
PS1='ready> '
"""


class Zsh:
    """An interactive zsh on a terminal of its own: completion works in no other."""

    def __init__(self, test, scripts, directory):
        self.offers = test.path("offers")
        startup = test.write("zsh/.zshrc", ZSH_SPY % (scripts, self.offers, self.offers))
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(directory)
            os.environ.update(ZDOTDIR=os.path.dirname(startup), TERM="dumb")
            os.execvp("zsh", ["zsh", "-i"])
        test.on_exit(self.close)
        self._read_until(lambda text: "ready> " in text)

    def close(self):
        os.close(self._terminal)
        os.waitpid(self._pid, 0)

    def ask(self, line):
        with open(self.offers, "w", encoding="utf-8"):
            pass
        os.write(self._terminal, b"\x15" + line.encode() + b"\t")
        self._read_until(lambda _: "done" in self._told())
        return {offer[1:-1] for offer in self._told() if offer.startswith("<")}

    def _told(self):
        with open(self.offers, encoding="utf-8") as file:
            return file.read().splitlines()

    def _read_until(self, done):
        text, deadline = "", time.monotonic() + 30
        while not done(text):
            check(time.monotonic() < deadline, f"zsh does not answer: {text[-300:]!r}")
            readable, _, _ = select.select([self._terminal], [], [], 0.02)
            if readable:
                text += os.read(self._terminal, 4096).decode(errors="replace")


def check_offers(test, shell, ask):
    for line, wanted, unwanted in AGENT_CASES + EDGE_CASES:
        with test.case(f"{shell}: {line!r}"):
            offers = ask(line)
            check(wanted <= offers, f"missing {wanted - offers} in {offers}")
            check(not unwanted & offers, f"{unwanted & offers} should not be offered")


def main(test):
    test.need_binaries()
    test.need_tools("bash", "zsh", "fish")
    directory = test.path("work", "")
    for name in ("file with space.pem", "other"):
        test.write(f"work/{name}", "")
    scripts = {shell: "".join(script(test, binary, shell)
                              for binary in (test.agent_binary, test.edge_binary))
               for shell in ("bash", "zsh", "fish")}
    check_offers(test, "bash", lambda line: ask_bash(test, scripts["bash"], line, directory))
    with test.case("bash: --flag=value, which bash takes apart"):
        equal(ask_bash(test, scripts["bash"], "outhaul run --log-format=j", directory), {"json"},
              "offers")
    check_offers(test, "fish", lambda line: ask_fish(test, scripts["fish"], line, directory))
    zsh = Zsh(test, scripts["zsh"], directory)
    check_offers(test, "zsh", zsh.ask)


if __name__ == "__main__":
    run_test(main)
