"""What all parts of the generator share: the function that is made, its scopes and contexts, and how parts are
visited.
"""

from __future__ import annotations

from collections.abc import Callable, Generator as Yields
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from seaofnodes.errors import UnsupportedError
from seaofnodes.javascript.bytecode.assemble import Label
from seaofnodes.javascript.bytecode.builder import Builder
from seaofnodes.javascript.bytecode.constants import ScopeInfo, SharedFunction
from seaofnodes.javascript.bytecode.generator.parts import Context, Control, Iterator, Returned, Test
from seaofnodes.javascript.bytecode.registers import CONTEXT, THIS, parameter, register
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.scope.results import Analysis
from seaofnodes.javascript.scope.scopes import FIRST_SLOT, Scope, Variable

Visitor = Callable[["Generator", Any], None]


@dataclass(slots=True)
class Visitors:
    """What makes code, by class of node: for an expression its value in the accumulator; effects, tests: where
    something better is known than to make the value.
    """

    statements: dict[type, Visitor] = field(default_factory=dict)
    values: dict[type, Visitor] = field(default_factory=dict)
    effects: dict[type, Visitor] = field(default_factory=dict)
    tests: dict[type, Callable[[Generator, Any, Test], None]] = field(default_factory=dict)


class Generator:
    """Makes the bytecode of one function, or of a program's top level (function is None)."""

    def __init__(
        self, analysis: Analysis, scope: Scope, function: tree.Function | None, visitors: Visitors, builder: Builder
    ) -> None:
        self.analysis = analysis
        self.function = function
        self.scope = self.root = scope
        self.visitors = visitors
        self.builder = builder
        self.contexts: list[Context] = []
        self.control: Control | None = None
        self.checked: set[Variable] = set()  # are known not to be the hole here
        self.loops = 0  # how many there are around
        self.globals: dict[
            tuple[str, str], int
        ] = {}  # feedback slots of globals, and of names of variables' properties
        self.new_target: int | None = None  # the register that has it
        self.result: int | None = None  # of a script: the register of its value
        self.results: set[tree.Node] = set()  # statements whose value may be that of the script
        self.returned: Returned | None = None  # of a derived constructor
        self.fields: tuple[list[tree.Field | tree.StaticBlock], object] | None = None
        self.functions: list[SharedFunction] = []
        self.spread: Iterator | None = None  # of the array literal that is made
        self.entry_context: int | None = None  # the register of the context that the function began with
        self.labels: frozenset[str] = frozenset()  # of the statement that comes
        self.chain: Label | None = None  # where an optional chain goes on that ends early
        self.names: dict[tree.Node, str] = {}  # of functions and classes that have none

    # --- Visiting

    def statement(self, node: tree.Statement) -> None:
        """The code of a statement."""
        visitor = self.visitors.statements.get(type(node))
        if visitor is None:
            raise unsupported(node)
        if node in self.results and self.result is not None and not isinstance(node, tree.ExpressionStatement):
            self.builder.emit("LdaUndefined")
            self.builder.store(self.result)
        with self.builder.registers.scope():
            visitor(self, node)

    def statements(self, nodes: list[tree.Statement]) -> None:
        """Statements, up to where nothing comes any more."""
        for node in nodes:
            self.statement(node)
            if self.builder.dead:
                break

    def value(self, node: tree.Node) -> None:
        """The value of an expression, in the accumulator."""
        visitor = self.visitors.values.get(type(node))
        if visitor is None:
            raise unsupported(node)
        with self.builder.registers.scope():
            visitor(self, node)

    def effect(self, node: tree.Node) -> None:
        """An expression whose value nobody wants."""
        visitor = self.visitors.effects.get(type(node)) or self.visitors.values.get(type(node))
        if visitor is None:
            raise unsupported(node)
        with self.builder.registers.scope():
            visitor(self, node)

    def test(self, node: tree.Node, test: Test) -> None:
        """Jump as an expression is true or false."""
        visitor = self.visitors.tests.get(type(node))
        if visitor is not None:
            with self.builder.registers.scope():
                visitor(self, node, test)
            return
        self.value(node)
        self.branch(test, is_boolean(node))

    def branch(self, test: Test, boolean: bool) -> None:
        """Jump as the accumulator is true or false."""
        if test.following == "then":
            self.builder.jump("JumpIfFalse" if boolean else "JumpIfToBooleanFalse", test.otherwise)
        elif test.following == "else":
            self.builder.jump("JumpIfTrue" if boolean else "JumpIfToBooleanTrue", test.then)
        else:
            self.builder.jump("JumpIfTrue" if boolean else "JumpIfToBooleanTrue", test.then)
            self.builder.jump("Jump", test.otherwise)

    def in_register(self, node: tree.Node, into: int | None = None) -> int:
        """The value of an expression, in a register: a new one if none is given."""
        self.value(node)
        found = self.builder.registers.new() if into is None else into
        self.builder.store(found)
        return found

    # --- Scopes and contexts

    @contextmanager
    def inside(self, scope: Scope) -> Yields[None, None, None]:
        """The code of a scope, whose context, if it has one, is made before, by `push`."""
        outer, self.scope = self.scope, scope
        yield
        self.scope = outer

    @contextmanager
    def block(self, scope: Scope | None, prepare: bool = True) -> Yields[None, None, None]:
        """The code of a block: its context is made, and left at the end."""
        if scope is None:
            yield
            return
        with self.inside(scope):
            if not scope.needs_context:
                if prepare:
                    self.initialize(scope)
                yield
                return
            self.builder.emit("CreateBlockContext", self.builder.reserve(scope_info(scope)))
            with self.pushed(scope):
                if prepare:
                    self.initialize(scope)
                yield

    @contextmanager
    def pushed(self, scope: Scope) -> Yields[None, None, None]:
        """The context in the accumulator is current inside, and the one before after."""
        saved = self.builder.registers.new()
        self.builder.emit("PushContext", saved)
        if self.contexts:
            self.contexts[-1].saved = saved
        else:
            self.entry_context = saved
        self.contexts.append(Context(scope))
        yield
        self.contexts.pop()
        if self.contexts:
            self.contexts[-1].saved = None
        if not self.builder.dead:
            self.builder.emit("PopContext", saved)

    def initialize(self, scope: Scope) -> None:
        """Variables whose holes can be seen get them."""
        for variable in scope.variables.values():
            if variable.lexical and variable.holds_hole and variable.mode != "private":
                self.builder.emit("LdaTheHole")
                self.store_place(variable)

    def context_of(self, variable: Variable) -> tuple[int, int]:
        """The register of a context, and how far from it the context is that holds a variable."""
        for index, context in enumerate(reversed(self.contexts)):
            if context.scope is variable.scope:
                return (CONTEXT, 0) if index == 0 else (context.saved if context.saved is not None else CONTEXT, 0)
        depth = len(self.contexts)
        walk = self.root if self.function is None else self.root.outer
        while walk is not None and walk is not variable.scope:
            depth += walk.needs_context
            walk = walk.outer
        return CONTEXT, depth

    def store_place(self, variable: Variable) -> None:
        """The accumulator's value goes to where a variable lives."""
        builder = self.builder
        if variable.place == "local":
            builder.store(register(variable.index))
        elif variable.place == "parameter":
            builder.store(parameter(variable.index))
        elif variable.place == "context":
            context, depth = self.context_of(variable)
            cell = "" if has_cell(variable) else "NoCell"
            if context == CONTEXT and depth == 0:
                builder.emit(f"StaCurrentContextSlot{cell}", variable.index)
            else:
                builder.emit(f"StaContextSlot{cell}", context, variable.index, depth)

    def load_place(self, variable: Variable) -> None:
        """The value of a variable, which may be the hole."""
        builder = self.builder
        if variable.place == "local":
            builder.load(register(variable.index))
        elif variable.place == "parameter":
            builder.load(parameter(variable.index))
        elif variable.place == "context":
            context, depth = self.context_of(variable)
            current = "Current" if context == CONTEXT and depth == 0 else ""
            name = (
                f"LdaImmutable{current}ContextSlot"
                if variable.immutable
                else f"Lda{current}ContextSlot{'' if has_cell(variable) else 'NoCell'}"
            )
            builder.emit(name, variable.index) if current else builder.emit(name, context, variable.index, depth)
        elif variable.mode == "this":  # of a derived constructor in which nothing mentions it
            builder.load(THIS)
        else:
            builder.emit("LdaUndefined")

    @contextmanager
    def maybe(self) -> Yields[None, None, None]:
        """Code that may not be executed: what is known in it is not known behind."""
        before = set(self.checked)
        yield
        self.checked = before

    def slot_of(self, kind: str, key: str) -> int:
        """A feedback slot that all uses of a name share."""
        found = self.globals.get((kind, key))
        if found is None:
            found = self.globals[kind, key] = self.builder.slot(kind)
        return found


_MOST_CELLS = 2


def has_cell(variable: Variable) -> bool:
    """Is a slot of a context a cell of its own, whose value may be known to be constant?"""
    if variable.scope.kind in ("script", "module"):
        return variable.mode in ("let", "var")
    return has_cells(variable.scope) and variable.assigned and variable.mode in ("let", "var", "parameter")


def has_cells(scope: Scope) -> bool:
    """Are the slots of a function's context cells? As V8 does it, of few slots, which `arguments` does not show as
    well.
    """
    aliased = any(variable.aliased for variable in scope.variables.values())
    return scope.kind == "function" and scope.slots - FIRST_SLOT <= _MOST_CELLS and not aliased


def scope_info(scope: Scope) -> ScopeInfo:
    names = [variable.name for variable in scope.variables.values() if variable.place == "context"]
    return ScopeInfo(scope, names)


def is_boolean(node: tree.Node) -> bool:
    """Is the value of an expression always true or false?"""
    match node:
        case tree.BooleanLiteral():
            return True
        case tree.UnaryExpression(operator="!" | "delete"):
            return True
        case tree.BinaryExpression(
            operator="==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "instanceof"
        ):
            return True
        case tree.LogicalExpression(operator="&&" | "||", left=left, right=right):
            return is_boolean(left) and is_boolean(right)
    return False


def unsupported(node: tree.Node) -> UnsupportedError:
    """The error for what is not there yet."""
    return UnsupportedError(f"JavaScript: {type(node).__name__} is not supported yet (at offset {node.start})")
