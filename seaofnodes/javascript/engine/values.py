"""Values of JavaScript that Python has no like of."""

from __future__ import annotations

from typing import Final


class Undefined:
    """JavaScript's undefined, in Python; there is one, `undefined`."""

    _only: Undefined | None = None

    def __new__(cls) -> Undefined:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> tuple[type[Undefined], tuple[()]]:
        return Undefined, ()


undefined: Final = Undefined()


class BigInt(int):
    """A BigInt of JavaScript, which counts as an int in Python; what is computed from it is an ordinary int."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{int(self)}n"
