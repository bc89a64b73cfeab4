"""[[Call]] and [[Construct]] of proxies (ECMA-262, sections 10.5.12 and 10.5.13)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.proxies.traps import trap
from seaofnodes.javascript.objects.factory import new_array
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.errors import describe, type_error


def call_proxy(iso: Isolate, proxy: int, this: int, arguments: list[int]) -> int:
    """Section 10.5.12."""
    found = trap(iso, proxy, "apply")
    if found.function is None:
        return iso.call(found.target, this, arguments)
    return found(this, new_array(iso, arguments))


def construct_proxy(iso: Isolate, proxy: int, arguments: list[int], new_target: int) -> int:
    """Section 10.5.13."""
    found = trap(iso, proxy, "construct")
    if found.function is None:
        return iso.construct(found.target, arguments, new_target)
    result = found(new_array(iso, arguments), new_target)
    if not iso.is_object(result):
        type_error(iso, f"proxy [[Construct]] must return an object: {describe(iso, result)}")
    return result
