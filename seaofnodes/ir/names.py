"""Names from modules: anybody may have chosen them."""

from __future__ import annotations


def printable(text: str) -> str:
    """A name for the terminal: control and formatting characters escaped, 100 characters at most."""
    shown = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text[:101])
    return shown if len(text) <= 100 else shown[:100] + "..."
