"""Objects that Python holds."""

from __future__ import annotations

from typing import Final


class Handle:
    """Keeps an object alive, as long as this lives. Attributes: word: the reference."""

    __slots__ = ("__weakref__", "word")

    def __init__(self, word: int) -> None:
        self.word: Final = word
