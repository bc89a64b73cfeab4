"""Checking statements: control flow, and which locals have a value where."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from typing import Final

from seaofnodes.native.library import Storer, trap
from seaofnodes.native.subset import tree as t
from seaofnodes.native.subset.constants import Constants
from seaofnodes.native.subset.errors import Mistake
from seaofnodes.native.subset.expressions import Expressions, Resolve
from seaofnodes.native.subset.signature import Signature, read_kind
from seaofnodes.native.subset.source import Source
from seaofnodes.native.values import Integer, Kind

_DEEPEST: Final = 100  # nesting of statements
_UNSUPPORTED: Final[dict[type[ast.stmt], str]] = {
    ast.Raise: "raise is not supported: trap() ends all of it",
    ast.Assert: "assert is not supported: say if not (...): trap()",
    ast.Try: "try is not supported",
    ast.With: "with is not supported",
    ast.Global: "global is not supported: a typed function assigns locals only",
    ast.Nonlocal: "nonlocal is not supported: a typed function assigns locals only",
    ast.Delete: "del is not supported",
    ast.FunctionDef: "functions in functions are not supported",
    ast.ClassDef: "classes are not supported",
    ast.Import: "import stands outside of the function",
    ast.ImportFrom: "import stands outside of the function",
    ast.Match: "match is not supported: say if and elif",
    ast.AsyncFor: "async is not supported",
    ast.AsyncWith: "async is not supported",
}


@dataclass(slots=True)
class _Loop:
    """Attributes: left: the locals with a value at each break."""

    left: list[frozenset[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Checked:
    """A function that is in the subset.

    Attributes: signature; body; callees: by the numbers of the calls; aliases: the alias classes of its accesses;
    replaced: nodes of the source's tree, and what stands there in CPython.
    """

    signature: Signature
    body: t.Block
    callees: tuple[t.Callable, ...]
    aliases: tuple[str, ...]
    replaced: dict[ast.expr, object]


def check(source: Source, signature: Signature, resolve: Resolve) -> Checked:
    """Raises SourceError. resolve: the typed function that an object is, if it is one."""
    try:
        return _Checker(source, signature, resolve).run()
    except Mistake as mistake:
        raise source.error(mistake) from None
    except RecursionError:
        raise source.error(Mistake("the function is nested too deeply", source.tree)) from None


class _Checker:
    def __init__(self, source: Source, signature: Signature, resolve: Resolve) -> None:
        self._source = source
        self._signature = signature
        locals = frozenset({*signature.names, *_assigned(source.tree.body)})
        kinds = dict(zip(signature.names, signature.parameters, strict=True))
        self._constants = Constants(source, locals)
        self._expressions = Expressions(self._constants, locals, kinds, resolve)
        self._loops: list[_Loop] = []
        self._depth = 0

    def run(self) -> Checked:
        body = self._source.tree.body
        is_documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        if is_documented and isinstance(body[0].value.value, str):  # type: ignore[attr-defined]
            body = body[1:]
        block = self._block(body)
        if self._expressions.assigned is not None and self._signature.results:
            raise Mistake("the function may end without return", self._source.tree)
        found = self._expressions
        return Checked(self._signature, block, tuple(found.callees), tuple(found.aliases), found.replaced)

    def _block(self, body: list[ast.stmt]) -> t.Block:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Mistake(f"statements are nested more than {_DEEPEST} deep (elif counts)", body[0])
        found = [made for statement in body for made in self._statement(statement)]
        self._depth -= 1
        return tuple(found)

    def _statement(self, node: ast.stmt) -> list[t.Statement]:
        if isinstance(node, ast.Pass):
            return []
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            return self._assignment(node)
        if isinstance(node, ast.Expr):
            return [self._alone(node)]
        if isinstance(node, ast.If):
            return [self._if(node)]
        if isinstance(node, (ast.While, ast.For)):
            if node.orelse:
                raise Mistake("else after a loop is not supported", node.orelse[0])
            return [self._while(node) if isinstance(node, ast.While) else self._for(node)]
        if isinstance(node, ast.Return):
            return [self._return(node)]
        if isinstance(node, ast.Break):
            if self._expressions.assigned is not None:
                self._loops[-1].left.append(self._expressions.assigned)
            self._expressions.assigned = None
            return [t.Break(node.lineno)]
        if isinstance(node, ast.Continue):
            self._expressions.assigned = None
            return [t.Continue(node.lineno)]
        raise Mistake(_UNSUPPORTED.get(type(node), f"{type(node).__name__} is not supported"), node)

    # Assignments.

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> list[t.Statement]:
        if isinstance(node, ast.AnnAssign):
            name = _target(node.target)
            self._declare(name, read_kind(self._source, node.annotation), node.target)
            return [] if node.value is None else self._assign(node, [node.target], [node.value])
        if isinstance(node, ast.AugAssign):
            left = ast.copy_location(ast.Name(_target(node.target), ast.Load()), node.target)
            value = ast.copy_location(ast.BinOp(left, node.op, node.value), node)
            return self._assign(node, [node.target], [value])
        if len(node.targets) > 1:
            raise Mistake("one assignment at a time", node.targets[1])
        target = node.targets[0]
        if not isinstance(target, ast.Tuple):
            return self._assign(node, [target], [node.value])
        if isinstance(node.value, ast.Call):
            return self._unpack(node, target, node.value)
        if not isinstance(node.value, ast.Tuple) or len(node.value.elts) != len(target.elts):
            raise Mistake(f"{len(target.elts)} locals take as many values, or a call with as many results", node.value)
        return self._assign(node, target.elts, node.value.elts)

    def _assign(self, node: ast.stmt, targets: list[ast.expr], values: list[ast.expr]) -> list[t.Statement]:
        names = [_target(target) for target in targets]
        found: list[t.Expression] = []
        for name, value in zip(names, values, strict=True):
            known = self._expressions.kinds.get(name)
            number = self._constants.value(value)
            if known is None and number is not None and type(number) is not bool:
                kind = "i32" if type(number) is int else "f64"
                raise Mistake(f"which type has {name}? Say {name}: {kind} = {number}", value)
            found.append(self._expressions.check(value, known, name))
        for name, checked, target in zip(names, found, targets, strict=True):
            self._declare(name, checked.kind, target)
            self._has_value(name)
        return [t.Assign(node.lineno, tuple(names), tuple(found))]

    def _unpack(self, node: ast.Assign, target: ast.Tuple, value: ast.Call) -> list[t.Statement]:
        call = self._expressions.call(value)
        if not isinstance(call, t.Call) or len(call.function.results) != len(target.elts):
            count = len(call.function.results) if isinstance(call, t.Call) else 1
            raise Mistake(f"{len(target.elts)} locals for {count} result{'s' * (count != 1)}", target)
        names = [_target(part) for part in target.elts]
        for name, kind, part in zip(names, call.function.results, target.elts, strict=True):
            self._declare(name, kind, part)
            self._has_value(name)
        return [t.Assign(node.lineno, tuple(names), (call,))]

    def _declare(self, name: str, kind: Kind, node: ast.expr) -> None:
        known = self._expressions.kinds.setdefault(name, kind)
        if known is not kind:
            raise Mistake(f"{name} is {known.__name__}, not {kind.__name__}", node)

    def _has_value(self, name: str) -> None:
        if self._expressions.assigned is not None:
            self._expressions.assigned |= {name}

    # Other statements.

    def _alone(self, node: ast.Expr) -> t.Statement:
        call = node.value
        if not isinstance(call, ast.Call):
            raise Mistake("this has no effect", call)
        target = self._constants.lookup(call.func)
        expressions = self._expressions
        if target is trap:
            expressions.replaced[call.func] = trap
            if call.args or call.keywords:
                raise Mistake("trap takes no arguments", call)
            expressions.assigned = None
            return t.Trap(node.lineno)
        if isinstance(target, Storer):
            count = len(call.args) + len(call.keywords)
            if len(call.args) < 2 or count > 3 or any(k.arg != "alias" for k in call.keywords):
                raise Mistake(f"{target.name} takes an address, a value and perhaps an alias class", call)
            expressions.replaced[call.func] = target
            address = expressions.address(call.args[0])
            value = expressions.check(call.args[1], target.kind, f"the value of {target.name}")
            return t.Store(node.lineno, target, address, value, expressions.alias(call, 2))
        found = expressions.call(call)
        if not isinstance(found, t.Call):
            raise Mistake("this has no effect", call)
        return t.Evaluate(node.lineno, found)

    def _if(self, node: ast.If) -> t.Statement:
        condition = self._expressions.condition(node.test)
        before = self._expressions.assigned
        then = self._block(node.body)
        after = self._expressions.assigned
        self._expressions.assigned = before
        otherwise = self._block(node.orelse) if node.orelse else ()
        self._expressions.assigned = _both(after, self._expressions.assigned)
        return t.If(node.lineno, condition, then, otherwise)

    def _while(self, node: ast.While) -> t.Statement:
        condition = self._expressions.condition(node.test)
        is_endless = isinstance(condition, t.Constant) and bool(condition.value)
        before = self._expressions.assigned
        body, left = self._body(node.body)
        after = None if is_endless else before
        for state in left:
            after = _both(after, state)
        self._expressions.assigned = after
        return t.While(node.lineno, condition, body, _assigned(node.body))

    def _body(self, body: list[ast.stmt]) -> tuple[t.Block, list[frozenset[str]]]:
        self._loops.append(_Loop())
        block = self._block(body)
        return block, self._loops.pop().left

    def _for(self, node: ast.For) -> t.Statement:
        call = node.iter
        if not isinstance(call, ast.Call) or self._constants.lookup(call.func) is not builtins.range:
            raise Mistake("for goes over range(...) only", call)
        if not 1 <= len(call.args) <= 3 or call.keywords or any(isinstance(a, ast.Starred) for a in call.args):
            raise Mistake("range takes 1 to 3 arguments", call)
        step = self._constants.value(call.args[2]) if len(call.args) == 3 else 1
        if type(step) is not int or not step:
            raise Mistake("the step is an integer constant, and not 0", call.args[2])
        zero = ast.copy_location(ast.Constant(0), call.args[0])
        first, last = (zero, call.args[0]) if len(call.args) == 1 else call.args[:2]
        name = _target(node.target)
        expressions = self._expressions
        kind = expressions.kinds.get(name)
        bounds: dict[ast.expr, t.Expression] = {}
        for part in (first, last) if kind is None else ():
            if self._constants.value(part) is None:
                bounds[part] = expressions.check(part)
                kind = kind or bounds[part].kind
        if kind is None:
            raise Mistake(f"which type has {name}? Say range(i32({ast.unparse(last)}))", last)
        if not issubclass(kind, Integer):
            raise Mistake(f"range goes over integers, not {kind.__name__}", call)
        for part in (first, last):
            if part not in bounds:
                bounds[part] = expressions.check(part, kind, name)
            elif bounds[part].kind is not kind:
                raise Mistake(f"{name} is {kind.__name__}, not {bounds[part].kind.__name__}", part)
        if abs(step) >> kind.bits - 1:
            raise Mistake(f"{step} is out of the range of {kind.__name__}", call.args[2])
        expressions.replaced[call.func] = _Range(kind, step)
        self._declare(name, kind, node.target)
        before = expressions.assigned
        self._has_value(name)
        body, left = self._body(node.body)
        expressions.assigned = before
        for state in left:
            expressions.assigned = _both(expressions.assigned, state)
        assigned = _assigned(node.body) | {name}
        return t.For(node.lineno, name, kind, bounds[first], bounds[last], step, body, assigned)

    def _return(self, node: ast.Return) -> t.Statement:
        results = self._signature.results
        given = [] if node.value is None else [node.value]
        if isinstance(node.value, ast.Tuple) and len(results) > 1:
            given = node.value.elts
        if isinstance(node.value, ast.Constant) and node.value.value is None and not results:
            given = []
        if len(given) != len(results):
            if len(results) > 1 and isinstance(node.value, ast.Call):
                raise Mistake("assign the results of the call to locals first", node.value)
            count = len(results) or "no"
            raise Mistake(f"the function has {count} result{'s' * (len(results) != 1)}", node.value or node)
        values = tuple(
            self._expressions.check(value, kind, "the result") for value, kind in zip(given, results, strict=True)
        )
        self._expressions.assigned = None
        return t.Return(node.lineno, values)


class _Range:
    """What stands for `range` in CPython: its numbers have a kind."""

    def __init__(self, kind: type[Integer], step: int) -> None:
        self._kind = kind
        self._step = step

    def __call__(self, *bounds: int) -> map[Integer]:
        first, last = (0, bounds[0]) if len(bounds) == 1 else bounds[:2]
        return map(self._kind, range(int(first), int(last), self._step))


def _both(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    return b if a is None else a if b is None else a & b


def _target(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript):
        raise Mistake("memory is written with store_i32(address, value)", node)
    raise Mistake("only locals are assigned", node)


def _assigned(body: list[ast.stmt]) -> frozenset[str]:
    """The names that statements assign."""
    found = (node for statement in body for node in ast.walk(statement))
    return frozenset(node.id for node in found if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
