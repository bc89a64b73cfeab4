"""S-expressions of .wast scripts, with their place in the text."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(
    r"""(?P<space>\s+|;;[^\n\r]*)|(?P<comment>\(;)|(?P<open>\()|(?P<close>\))"""
    r"""|(?P<string>@?"(?:[^"\\]|\\.)*")|(?P<atom>[^\s()";]+)|(?P<other>.)""",
    re.DOTALL,
)
_COMMENT = re.compile(r"\(;|;\)")
_ESCAPE = re.compile(rb'\\(?:u\{([0-9a-fA-F_]+)\}|([0-9a-fA-F]{2})|([tnr"\'\\]))')
_SIMPLE = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b'"': b'"', b"'": b"'", b"\\": b"\\"}


class SyntaxProblem(Exception):
    """The script is not made of S-expressions."""


class Node(list[Any]):
    """A list of atoms (str), strings (bytes) and Nodes; text[start:end] is what it was read from."""

    def __init__(self, start: int) -> None:
        super().__init__()
        self.start = start
        self.end = start
        self.starts: list[int] = []  # of the items

    def head(self) -> str:
        """The first item if it is an atom, else ""."""
        return self[0] if self and isinstance(self[0], str) else ""


def unescape(string: str) -> bytes:
    """The bytes that a string literal, without its quotes, stands for."""

    def replace(match: re.Match[bytes]) -> bytes:
        point, byte, simple = match.groups()
        if point is not None:
            return chr(int(point.replace(b"_", b""), 16)).encode()
        return bytes([int(byte, 16)]) if byte is not None else _SIMPLE[simple]

    return _ESCAPE.sub(replace, string.encode())


def parse(text: str) -> Node:
    """All expressions of a script; annotations are left out. Raises SyntaxProblem."""
    root = Node(0)
    stack = [root]
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None  # the pattern matches any character
        kind, start, at = match.lastgroup, at, match.end()
        if kind == "comment":
            at = _skip_comment(text, at)
        elif kind == "open":
            stack.append(Node(start))
        elif kind == "close":
            node = stack.pop()
            if not stack:
                raise SyntaxProblem(f"unbalanced ) at {start}")
            node.end = at
            if not node.head().startswith("@"):
                stack[-1].append(node)
                stack[-1].starts.append(node.start)
        elif kind != "space":  # odd characters too: annotations may have them
            token = match.group()
            quote = token.find('"')
            stack[-1].append(unescape(token[quote + 1 : -1]) if kind == "string" and quote == 0 else token)
            stack[-1].starts.append(start)
    if len(stack) != 1:
        raise SyntaxProblem(f"( at {stack[-1].start} is not closed")
    root.end = len(text)
    return root


def _skip_comment(text: str, at: int) -> int:
    depth = 1
    while depth:
        match = _COMMENT.search(text, at)
        if match is None:
            raise SyntaxProblem("comment is not closed")
        depth += 1 if match.group() == "(;" else -1
        at = match.end()
    return at
