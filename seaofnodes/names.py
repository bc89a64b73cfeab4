"""Names from modules: anybody may have chosen them."""

from __future__ import annotations


def visible(text: str) -> str:
    """Long text as it may be shown: lines are kept, all other characters that steer a terminal or a browser escaped."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{{{ord(c):x}}}" for c in text)


def printable(text: str, most: int = 100) -> str:
    """A name for the terminal: control and formatting characters escaped, so many characters at most. Of a longer one
    both ends are there: names often differ at their ends.
    """
    if len(text) <= most:
        return _escaped(text)
    end = most // 2
    return f"{_escaped(text[: most - end])[: most - end]}...{_escaped(text[-end:])[-end:]}"


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)
