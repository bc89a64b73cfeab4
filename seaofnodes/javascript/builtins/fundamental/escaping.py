"""escape and unescape (ECMA-262, annex B.2.1)."""

from __future__ import annotations

import re

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.table import Function, Group
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.conversions import to_text

_ESCAPED = re.compile(r"[^A-Za-z0-9@*_+\-./]", re.DOTALL)
_ESCAPE = re.compile(r"%(?:u([0-9a-fA-F]{4})|([0-9a-fA-F]{2}))")


def _escape_unit(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"%{code:02X}" if code < 256 else f"%u{code:04X}"


def escape(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Annex B.2.1.1."""
    return iso.string(_ESCAPED.sub(_escape_unit, to_text(iso, argument(iso, arguments, 0))))


def unescape(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Annex B.2.1.2."""
    text = to_text(iso, argument(iso, arguments, 0))
    return iso.string(_ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text))


GROUPS = (
    Group("escape", constructor=Function(1, escape, constructs=False)),
    Group("unescape", constructor=Function(1, unescape, constructs=False)),
)
