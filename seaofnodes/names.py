"""Names from modules: anybody may have chosen them."""

from __future__ import annotations


def printable(text: str, most: int = 100) -> str:
    """A name for the terminal: control and formatting characters escaped, so many characters at most."""
    shown = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text[: most + 1])
    return shown if len(text) <= most else shown[:most] + "..."
