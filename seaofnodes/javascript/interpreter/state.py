"""What the code of all functions shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seaofnodes.javascript.bytecode.constants import ScopeInfo, SharedFunction
from seaofnodes.javascript.objects.functions import SharedFunctionInfo
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.throw import Throw
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.scopes import Variable

TICKS: Final = 4096  # jumps back and calls between two polls
_KINDS: Final = {"constructor": "class constructor"}
_CONSTRUCTORS: Final = ("normal", "constructor", "derived constructor")


class State:
    """Attributes: ticks: how many are left until the next poll; scope_infos: by the index that contexts have; caught:
    the last exception that a handler got, which may be thrown again; call: of a value from bytecode: (value, receiver,
    arguments) -> result.
    """

    def __init__(self, iso: Isolate, call: Callable[[int, int, list[int]], int]) -> None:
        self._iso = iso
        self.call = call
        self.ticks = TICKS
        self.caught: Throw | None = None
        self.scope_infos: list[ScopeInfo] = []
        self._indices: dict[ScopeInfo, int] = {}
        self._symbols: dict[str, int] = {}
        self._shared: dict[SharedFunction, int] = {}

    def poll(self) -> None:
        """Let the engine look at interrupts and time limits."""
        self.ticks = TICKS
        self._iso.poll()

    def private_symbol(self, name: str) -> int:
        """A symbol of the engine's own."""
        found = self._symbols.get(name)
        if found is None:
            found = self._symbols[name] = self._iso.pin(self._iso.symbol(name, private=True))
        return found

    def scope_info(self, found: ScopeInfo) -> int:
        """The index of a ScopeInfo."""
        index = self._indices.get(found)
        if index is None:
            index = self._indices[found] = len(self.scope_infos)
            self.scope_infos.append(found)
        return index

    def shared_index(self, found: SharedFunction, outer: SharedFunctionInfo) -> int:
        """The index of the SharedFunctionInfo of a function in the code of another one."""
        index = self._shared.get(found)
        if index is None:
            index = self._shared[found] = self._iso.add_shared(shared_info(found, outer))
        return index


def shared_info(found: SharedFunction, outer: SharedFunctionInfo) -> SharedFunctionInfo:
    """The SharedFunctionInfo of a function of the source."""
    function = found.function
    kind = function.kind
    constructor = kind in _CONSTRUCTORS and not (function.generator or function.asynchronous)
    return SharedFunctionInfo(
        found.name,
        length_of(function),
        _KINDS.get(kind, kind),
        strict=function.strict,
        constructor=constructor,
        code=found,
        script=outer.script,
    )


def length_of(function: tree.Function) -> int:
    """Parameters before the first one with a default, or the rest."""
    count = 0
    for pattern in function.parameters:
        if isinstance(pattern, tree.AssignmentPattern | tree.RestElement):
            break
        count += 1
    return count


def parameter_slots(shared: SharedFunctionInfo) -> list[int]:
    """The slots of the context that the elements of `arguments` are, by index; -1: it is none, since a later parameter
    has the same name.
    """
    assert shared.code is not None and shared.script is not None
    scope = shared.script.analysis.scopes[shared.code.function]
    found: list[Variable] = [variable for variable in scope.variables.values() if variable.mode == "parameter"]
    slots = [-1] * len(shared.code.function.parameters)
    for variable in found:
        if variable.place == "context" and variable.aliased:
            slots[variable.parameter - 1] = variable.index
    return slots
