"""Typed functions in CPython: their own source, with typed numbers in place of literals, over some memory."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import FunctionType
from typing import Any

from seaofnodes.errors import Trap
from seaofnodes.ir.ops.traps import STACK_EXHAUSTED, TRAP_REASONS
from seaofnodes.native.function import Function
from seaofnodes.native.library import Loader, Storer
from seaofnodes.native.running.memory import Memory
from seaofnodes.native.values import Kind, from_bits, to_bits


class Interpreter:
    """Runs typed functions in CPython, exactly as machine code would."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._made: dict[Function, Callable[..., Any]] = {}

    def call(self, function: Function, *arguments: int | float) -> tuple[int | float, ...]:
        """Call a function with values of its parameters' kinds; gives its results. Raises Trap, SourceError."""
        given = [_of_kind(value, kind) for value, kind in zip(arguments, function.parameters, strict=True)]
        try:
            found = self._python(function)(*given)
        except RecursionError:
            raise Trap(TRAP_REASONS[STACK_EXHAUSTED]) from None
        count = len(function.results)
        return () if not count else (found,) if count == 1 else tuple(found)

    def _python(self, function: Function) -> Callable[..., Any]:
        found = self._made.get(function)
        if found is None:
            found = self._made[function] = self._make(function)
        return found

    def _make(self, function: Function) -> Callable[..., Any]:
        names: dict[str, object] = {}
        substituted = _Substitution(function.checked.replaced, names, self._stand_in)
        tree = substituted.visit_FunctionDef(function.source.tree)
        assert isinstance(tree, ast.FunctionDef)
        module = ast.fix_missing_locations(ast.Module([tree], []))
        exec(compile(module, function.source.file, "exec", dont_inherit=True), names)
        made = names[function.source.tree.name]
        assert isinstance(made, FunctionType)
        return made

    def _stand_in(self, value: object) -> object:
        if isinstance(value, Function):
            function = value

            def call(*arguments: Any) -> Any:  # it is made when it is called: functions may call themselves
                return self._python(function)(*arguments)

            return call
        if isinstance(value, Loader):
            return self._loader(value)
        return self._storer(value) if isinstance(value, Storer) else value

    def _loader(self, loader: Loader[Any]) -> Callable[..., Any]:
        load, kind, width = self._memory.load, loader.kind, loader.width
        signed, bits = loader.rep.startswith("Int"), 8 * width

        def read(address: int, alias: str = "") -> Any:
            found = load(int(address) & (1 << 64) - 1, width)
            if signed and found >> bits - 1:
                found -= 1 << bits
            return from_bits(found & (1 << kind.bits) - 1, kind)

        return read

    def _storer(self, storer: Storer[Any]) -> Callable[..., None]:
        store, kind, width = self._memory.store, storer.kind, storer.width

        def write(address: int, value: Any, alias: str = "") -> None:
            store(int(address) & (1 << 64) - 1, width, to_bits(value, kind))

        return write


def _of_kind(value: int | float, kind: Kind) -> Any:
    return from_bits(to_bits(value, kind), kind)


class _Substitution(ast.NodeTransformer):
    """A copy of a function's tree, with names of values in place of nodes, and without annotations."""

    def __init__(
        self, replaced: dict[ast.expr, object], names: dict[str, object], stand_in: Callable[[object], object]
    ) -> None:
        self._replaced = replaced
        self._names = names
        self._stand_in = stand_in

    def generic_visit(self, node: ast.AST) -> ast.AST:
        fields = {name: self._copied(value) for name, value in ast.iter_fields(node)}
        return ast.copy_location(type(node)(**fields), node)

    def _copied(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._copied(part) for part in value]
        return self.visit(value) if isinstance(value, ast.AST) else value

    def visit(self, node: ast.AST) -> Any:
        """Copy a node, or put a name in its place."""
        if isinstance(node, ast.expr) and node in self._replaced:
            name = f"${len(self._names)}"  # no name of a source
            self._names[name] = self._stand_in(self._replaced[node])
            return ast.copy_location(ast.Name(name, ast.Load()), node)
        return super().visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Without decorators."""
        made = self.generic_visit(node)
        assert isinstance(made, ast.FunctionDef)
        made.decorator_list, made.returns = [], None
        for argument in (*made.args.posonlyargs, *made.args.args):
            argument.annotation = None
        return made

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """An assignment, or nothing."""
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([self.visit(node.target)], self.visit(node.value)), node)
