"""Where variables live: in registers of their function, or, where a closure sees them, in slots of a context."""

from __future__ import annotations

from seaofnodes.javascript.scope.scopes import FIRST_SLOT, Scope, Variable


def allocate(scope: Scope) -> None:
    """Give places to all variables of a scope and the scopes in it; the inner ones in the order in which V8 does so,
    the last first.
    """
    stack = [scope]
    while stack:
        found = stack.pop()
        closure = found.closure
        if found.kind == "class":
            found.slots = FIRST_SLOT  # it has a context, even if there is nothing in it
        for variable in sorted(found.variables.values(), key=_order):
            if _must_be_in_context(variable):
                variable.place = "context"
                variable.index = max(found.slots, FIRST_SLOT)
                found.slots = variable.index + 1
            elif variable.mode == "this" or variable.mode == "parameter":
                variable.place = "parameter"
                variable.index = variable.parameter
            elif found.kind == "script" and variable.mode == "var":
                variable.place = "global"
            elif variable.used:
                variable.place = "local"
                variable.index = closure.registers
                closure.registers += 1
        stack.extend(found.inner)


def _order(variable: Variable) -> tuple[int, int]:
    """Parameters from the last to the first, the receiver, then others as they were declared."""
    if variable.mode == "parameter":
        return 0, -variable.parameter
    return (1, 0) if variable.mode == "this" else (3, 0) if variable.mode == "function name" else (2, variable.start)


def _must_be_in_context(variable: Variable) -> bool:
    scope = variable.scope
    if variable.mode == "temporary":
        return False
    if scope.kind == "catch" or (scope.kind in ("script", "module") and variable.mode != "this"):
        return variable.lexical or scope.kind != "script"
    if variable.mode == "parameter" and not scope.strict:  # elements of `arguments` are the parameters
        own = scope.variables.get("arguments")
        if own is not None and own.mode == "arguments":
            variable.assigned = variable.aliased = True
            return True
    return variable.captured
