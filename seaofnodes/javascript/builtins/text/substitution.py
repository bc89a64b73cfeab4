"""What a replacement string stands for (GetSubstitution, ECMA-262, section 22.1.3.19.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_REFERENCE = re.compile(r"\$(?:(?P<sign>[$&`'])|(?P<digits>[0-9]{1,2}))", re.ASCII)
_NAMED_REFERENCE = re.compile(r"\$(?:(?P<sign>[$&`'])|(?P<digits>[0-9]{1,2})|<(?P<name>[^>]*)>)", re.ASCII)


def get_substitution(
    matched: str,
    text: str,
    position: int,
    template: str,
    captures: Sequence[str | None] = (),
    named: Callable[[str], str] | None = None,
) -> str:
    """The template with its references replaced.

    matched: what was found in text at a position; captures: those of a regular expression, from the first; named: gives
    a named one; None means that there are none, and `$<` is no reference.
    """
    if "$" not in template:
        return template

    def replaced(found: re.Match[str]) -> str:
        digits = found["digits"]
        if digits is not None:
            for count in range(len(digits), 0, -1):
                index = int(digits[:count])
                if 1 <= index <= len(captures):
                    return (captures[index - 1] or "") + digits[count:]
            return found[0]
        match found["sign"]:
            case "$":
                return "$"
            case "&":
                return matched
            case "`":
                return text[:position]
            case "'":
                return text[position + len(matched) :]
        return "" if named is None else named(found["name"])

    return (_REFERENCE if named is None else _NAMED_REFERENCE).sub(replaced, template)
