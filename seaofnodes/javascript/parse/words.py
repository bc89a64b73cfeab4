"""Reserved words, and which texts are identifiers (ECMA-262, section 12.7)."""

from __future__ import annotations

import re
from functools import cache

import regress

KEYWORDS = frozenset(
    "break case catch class const continue debugger default delete do else export extends false finally for function if"
    " import in instanceof new null return super switch this throw true try typeof var void while with".split()
)
STRICT_RESERVED = frozenset("implements interface let package private protected public static yield".split())
RESTRICTED = frozenset(("eval", "arguments"))
SPECIAL = KEYWORDS | STRICT_RESERVED | RESTRICTED | {"await", "enum"}

LINE_TERMINATORS = "\n\r\u2028\u2029"
WHITE_SPACE = "\t\v\f \xa0\ufeff\u1680\u2000-\u200a\u202f\u205f\u3000"
TRIVIA = re.compile(rf"(?:[{WHITE_SPACE}{LINE_TERMINATORS}]+|//[^{LINE_TERMINATORS}]*|/\*[\s\S]*?\*/)*")
NEWLINE = re.compile(f"[{LINE_TERMINATORS}]")
WORD = re.compile(  # anything that is not ASCII may be part of one, but for white space
    rf"(?:[A-Za-z0-9_$]|[^\x00-\x7f{WHITE_SPACE}{LINE_TERMINATORS}]|"
    r"\\u\{[0-9A-Fa-f]+\}|\\u[0-9A-Fa-f]{4})+"
)
_ESCAPE = re.compile(r"\\u(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{4}))")


@cache
def _identifier() -> regress.Regex:
    """Python's own tables may be of an older Unicode, and know XID_Start only."""
    return regress.Regex(r"^[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*$", "u")


def skip_trivia(text: str, offset: int) -> int:
    """The offset of the token at or behind an offset."""
    match = TRIVIA.match(text, offset)
    return match.end() if match else offset


def _opening(text: str, end: int) -> int:
    """The offset of the comment that ends there, or -1."""
    return text.find("/*", text.rfind("*/", 0, end - 2) + 1, end - 2)


def trivia_before(text: str, offset: int) -> int:
    """Where the white space and comments in front of a token start."""
    start = offset
    while start > 0:
        previous = text[start - 1]
        if TRIVIA.fullmatch(previous):
            start -= 1
        elif previous == "/" and text[start - 2] == "*" and (opening := _opening(text, start)) >= 0:
            start = opening
        else:
            line = max(text.rfind(c, 0, start) for c in LINE_TERMINATORS) + 1
            comment = text.find("//", line, start)
            if start == offset or comment < 0 or not TRIVIA.fullmatch(text, comment, offset):
                break
            start = comment
    return start


def starts_line(text: str, offset: int) -> bool:
    """Is there nothing but white space and comments in front of it on its line? A comment may reach back over lines."""
    start = trivia_before(text, offset)
    return start == 0 or NEWLINE.search(text, start, offset) is not None


def from_units(text: str) -> str:
    """A string with surrogate pairs as one with whole characters; surrogates that stand alone remain."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def to_units(text: str) -> str:
    """A string with one character for each UTF-16 code unit."""
    if text.isascii() or max(text) < "\U00010000":
        return text
    data = memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")
    return "".join(map(chr, data))


def unescape(text: str) -> str | None:
    """An identifier with escapes resolved, in UTF-16 code units; None if it is none."""

    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        return chr(code) if code < 0x110000 else "\0"

    name = _ESCAPE.sub(character, text) if "\\" in text else text
    if name.isascii():
        return name if name.isidentifier() or re.fullmatch(r"[A-Za-z_$][\w$]*", name, re.ASCII) else None
    if any("\ud800" <= c <= "\udfff" for c in name):
        if re.search(r"\\u(?:\{[dD][89A-Fa-f]|[dD][89A-Fa-f])[0-9A-Fa-f]{2}", text):
            return None  # escapes do not pair
        try:
            name = name.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            return None
    return to_units(name) if _identifier().find(name) is not None else None
