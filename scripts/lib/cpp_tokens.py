"""A C++ tokenizer that knows enough for source checks: words, punctuation and line numbers,
without comments, literals' contents and preprocessor lines."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+ | \\\n)
    | (?P<comment>//(?:\\\n|[^\n])* | /\*.*?\*/)
    | (?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")
    | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
    | (?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
    | (?P<number>\.?\d(?:[eEpP][+-]|'?[\w.])*)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<punctuation>::|->\*?|\[\[|\]\]|&&|\|\||<=>|[<>=!+\-*/%&|^]=|\.\.\.|\S)
    """,
    re.VERBOSE | re.DOTALL)

_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|/\*.*?\*/|[^\n])*", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Token:
    kind: str  # "word", "number", "literal" or "punctuation"
    text: str
    line: int


def tokenize(source):
    """Macro definitions are blanked with the other directives: a check sees their uses only."""
    source = _DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), source)
    tokens = []
    line = 1
    for match in _TOKEN.finditer(source):
        kind = match.lastgroup
        if match.group("raw"):
            kind = "raw"
        if kind in ("raw", "string", "char"):
            tokens.append(Token("literal", '""', line))
        elif kind in ("word", "number"):
            tokens.append(Token(kind, match.group(), line))
        elif kind == "punctuation":
            # "[[" opens an attribute, or a subscript by a lambda: two brackets either way.
            for part in (match.group() if match.group() in ("[[", "]]") else [match.group()]):
                tokens.append(Token(kind, part, line))
        line += match.group().count("\n")
    return tokens


_OPENERS = {"(": ")", "[": "]", "{": "}"}


def match_brackets(tokens):
    """Maps the index of each bracket to its partner's. Unbalanced ones (half a function behind
    an #if) are left out."""
    partner = {}
    stack = []
    for index, token in enumerate(tokens):
        if token.kind != "punctuation":
            continue
        if token.text in _OPENERS:
            stack.append(index)
        elif token.text in _OPENERS.values() and stack:
            if _OPENERS[tokens[stack[-1]].text] == token.text:
                opener = stack.pop()
                partner[opener] = index
                partner[index] = opener
    return partner
