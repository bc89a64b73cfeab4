"""The Proxy constructor (ECMA-262, section 28.2)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.proxies.calls import call_proxy, construct_proxy
from seaofnodes.javascript.builtins.proxies.methods import METHODS
from seaofnodes.javascript.builtins.table import Function, Group, Method
from seaofnodes.javascript.objects.factory import new_builtin, new_object, new_of_kind
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import Kind
from seaofnodes.javascript.objects.layout import FUNCTION_CONTEXT, PROXY_HANDLER, PROXY_TARGET
from seaofnodes.javascript.objects.properties import create_data
from seaofnodes.javascript.operations.errors import type_error


def create_proxy(iso: Isolate, target: int, handler: int) -> int:
    """Section 10.5.14, ProxyCreate."""
    if not iso.is_object(target) or not iso.is_object(handler):
        type_error(iso, "Cannot create proxy with a non-object as target or handler")
    for kind in (Kind.JS_PROXY, Kind.JS_CALLABLE_PROXY, Kind.JS_CONSTRUCTOR_PROXY):
        iso.shapes.set_methods(kind, METHODS)
    iso.call_proxy = lambda proxy, this, arguments: call_proxy(iso, proxy, this, arguments)
    iso.construct_proxy = lambda proxy, arguments, new_target: construct_proxy(iso, proxy, arguments, new_target)
    kind = Kind.JS_CALLABLE_PROXY if iso.is_callable(target) else Kind.JS_PROXY
    if iso.is_constructor(target):
        kind = Kind.JS_CONSTRUCTOR_PROXY
    return new_of_kind(iso, kind, iso.null, target, handler)


def proxy_constructor(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.2.1.1."""
    if new_target == iso.undefined:
        type_error(iso, "Constructor Proxy requires 'new'")
    return create_proxy(iso, argument(iso, arguments, 0), argument(iso, arguments, 1))


def _revoke(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.2.2.1.1. The function holds its proxy where others have their context."""
    function = iso.frames[-1].function
    proxy = iso.memory.load(function, FUNCTION_CONTEXT)
    if proxy & 1:
        iso.memory.store(function, FUNCTION_CONTEXT, 0)
        iso.memory.store(proxy, PROXY_TARGET, iso.null)
        iso.memory.store(proxy, PROXY_HANDLER, iso.null)
    return iso.undefined


def revocable(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 28.2.2.1."""
    proxy = create_proxy(iso, argument(iso, arguments, 0), argument(iso, arguments, 1))
    function = new_builtin(iso, "", 0, _revoke)
    iso.memory.store(function, FUNCTION_CONTEXT, proxy)
    result = new_object(iso)
    create_data(iso, result, iso.name("proxy"), proxy)
    create_data(iso, result, iso.name("revoke"), function)
    return result


GROUPS = (Group("Proxy", constructor=Function(2, proxy_constructor), entries=[Method("revocable", 2, revocable)]),)
