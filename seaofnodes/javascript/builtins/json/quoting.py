"""Strings as texts of JSON (QuoteJSONString)."""

from __future__ import annotations

import re
from typing import Final

_SPECIAL: Final = re.compile(
    '["\\\\\x00-\x1f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]',
)
_ESCAPES: Final = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def quote(text: str) -> str:
    """A string of UTF-16 code units in quotation marks; what of it is no Unicode is escaped."""
    return f'"{_SPECIAL.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    unit = match.group()
    return _ESCAPES.get(unit) or f"\\u{ord(unit):04x}"
