"""What a name, or `this`, means at a place."""

from __future__ import annotations

from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.children import children
from seaofnodes.javascript.scope.scopes import Scope, Variable


def lookup(scope: Scope, name: str) -> Variable | None:
    """The variable that a name means in a scope; None: a property of the global object."""
    walk: Scope | None = scope
    while walk is not None:
        found = walk.variables.get(name)
        if found is not None:
            own = name == "arguments" and found.mode == "var" and walk.kind == "function" and _has_own(walk)
            if own and walk.function is not None and walk.function.simple:
                found.mode = name  # a declaration with `var` is of the object that is there already
            return found
        if name == "arguments" and walk.kind == "function" and _has_own(walk):
            return walk.declare(name, "arguments")
        walk = walk.outer
    return None


def special(scope: Scope, name: str) -> Variable:
    """What `this`, `new target`, `this function` (a constructor's) or `home object` are in a scope."""
    walk = scope.closure
    while walk.function is not None and walk.function.is_arrow:
        assert walk.outer is not None
        walk = walk.outer.closure
    if name == "home object":
        assert walk.outer is not None and walk.function is not None
        static = walk.function.static
        found = walk.outer.declare(".static home object" if static else ".home object", name)
    else:
        found = walk.declare(f".{name}", name)
    found.captured |= found.scope.closure is not scope.closure
    return found


def _has_own(scope: Scope) -> bool:
    """Has a function `arguments` of its own?"""
    return scope.function is not None and not scope.function.is_arrow and scope.function.kind != "field initializer"


def is_static(member: tree.Field | tree.StaticBlock) -> bool:
    return isinstance(member, tree.StaticBlock) or member.static


def is_direct_eval(node: tree.Node) -> bool:
    """Is it a call `eval(...)`, whose text sees the variables here?"""
    return (
        isinstance(node, tree.CallExpression)
        and isinstance(node.callee, tree.Identifier)
        and (node.callee.name == "eval" and bool(node.arguments))
    )


def makes_closures(node: tree.Node | None) -> bool:
    """Are there functions or classes in it, or may there be some in a text that it evaluates?"""
    stack = [node] if node is not None else []
    while stack:
        found = stack.pop()
        if isinstance(found, tree.Function | tree.Class) or is_direct_eval(found):
            return True
        stack.extend(children(found))
    return False
