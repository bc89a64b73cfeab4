"""What machine code calls to leave: for a handler, for baseline code, or with a trap."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.runtime.code.space import Callback
from seaofnodes.runtime.leaving.deoptimizer import Deoptimizer
from seaofnodes.runtime.leaving.unwinder import Unwinder


def callbacks(
    find_unwinder: Callable[[], Unwinder], find_deoptimizer: Callable[[], Deoptimizer]
) -> dict[str, Callback]:
    """By name. The arguments give the engine's."""

    def trapped(address: int) -> None:
        raise find_unwinder().trap(address)

    def uncaught(address: int) -> None:
        raise find_unwinder().leave(address)

    def deoptimize(address: int) -> None:
        find_deoptimizer().deoptimize(address)

    def deoptimize_lazy(address: int) -> None:
        find_deoptimizer().deoptimize_lazy(address)

    return {
        "trapped": trapped, "uncaught": uncaught, "deoptimize": deoptimize, "deoptimize_lazy": deoptimize_lazy,
    }  # fmt: skip
