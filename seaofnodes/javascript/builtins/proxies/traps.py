"""What all internal methods of proxies begin with."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.layout import PROXY_HANDLER, PROXY_TARGET
from seaofnodes.javascript.operations.access import get_method
from seaofnodes.javascript.operations.errors import type_error


@dataclass(frozen=True, slots=True)
class Trap:
    """Words. function: None if the handler has no method of that name."""

    iso: Isolate
    target: int
    handler: int
    function: int | None

    def __call__(self, *arguments: int) -> int:
        """Call the trap: the target comes before the arguments."""
        assert self.function is not None
        return self.iso.call(self.function, self.handler, [self.target, *arguments])


def trap(iso: Isolate, proxy: int, name: str) -> Trap:
    """The trap of a proxy. Throws TypeError if the proxy has been revoked."""
    handler = iso.memory.load(proxy, PROXY_HANDLER)
    if handler == iso.null:
        type_error(iso, f"Cannot perform '{name}' on a proxy that has been revoked")
    target = iso.memory.load(proxy, PROXY_TARGET)
    return Trap(iso, target, handler, get_method(iso, handler, iso.name(name)))
