"""Programs and statements."""

from __future__ import annotations

from dataclasses import dataclass

from seaofnodes.javascript.parse.tree.base import Expression, Node, Statement
from seaofnodes.javascript.parse.tree.functions import Class, Function
from seaofnodes.javascript.parse.tree.patterns import Identifier, Pattern
from seaofnodes.javascript.source import Source


@dataclass(slots=True, eq=False)
class FunctionDeclaration(Statement):
    function: Function


@dataclass(slots=True, eq=False)
class ClassDeclaration(Statement):
    definition: Class


@dataclass(slots=True, eq=False)
class Program(Node):
    """A script, or a module. strict: does it begin with "use strict", or is it a module? source: its text, if it was
    parsed from one.
    """

    body: list[Statement]
    module: bool = False
    strict: bool = False
    source: Source | None = None


@dataclass(slots=True, eq=False)
class ExpressionStatement(Statement):
    """directive: the source text between the quotes, of a string in the prologue of a function or script; else None."""

    expression: Expression
    directive: str | None = None


@dataclass(slots=True, eq=False)
class BlockStatement(Statement):
    body: list[Statement]


@dataclass(slots=True, eq=False)
class EmptyStatement(Statement):
    pass


@dataclass(slots=True, eq=False)
class DebuggerStatement(Statement):
    pass


@dataclass(slots=True, eq=False)
class ReturnStatement(Statement):
    argument: Expression | None


@dataclass(slots=True, eq=False)
class LabeledStatement(Statement):
    label: str
    body: Statement


@dataclass(slots=True, eq=False)
class BreakStatement(Statement):
    label: str | None


@dataclass(slots=True, eq=False)
class ContinueStatement(Statement):
    label: str | None


@dataclass(slots=True, eq=False)
class IfStatement(Statement):
    test: Expression
    consequent: Statement
    alternate: Statement | None


@dataclass(slots=True, eq=False)
class SwitchCase(Node):
    """test: None for `default`."""

    test: Expression | None
    consequent: list[Statement]


@dataclass(slots=True, eq=False)
class SwitchStatement(Statement):
    discriminant: Expression
    cases: list[SwitchCase]


@dataclass(slots=True, eq=False)
class ThrowStatement(Statement):
    argument: Expression


@dataclass(slots=True, eq=False)
class CatchClause(Node):
    parameter: Pattern | None
    body: BlockStatement


@dataclass(slots=True, eq=False)
class TryStatement(Statement):
    block: BlockStatement
    handler: CatchClause | None
    finalizer: BlockStatement | None


@dataclass(slots=True, eq=False)
class WhileStatement(Statement):
    test: Expression
    body: Statement


@dataclass(slots=True, eq=False)
class WithStatement(Statement):
    object: Expression
    body: Statement


@dataclass(slots=True, eq=False)
class DoWhileStatement(Statement):
    body: Statement
    test: Expression


@dataclass(slots=True, eq=False)
class ForStatement(Statement):
    init: VariableDeclaration | Expression | None
    test: Expression | None
    update: Expression | None
    body: Statement


@dataclass(slots=True, eq=False)
class ForInStatement(Statement):
    left: VariableDeclaration | Pattern
    right: Expression
    body: Statement


@dataclass(slots=True, eq=False)
class ForOfStatement(Statement):
    """awaits: is it `for await`?"""

    left: VariableDeclaration | Pattern
    right: Expression
    body: Statement
    awaits: bool = False


@dataclass(slots=True, eq=False)
class VariableDeclarator(Node):
    target: Pattern
    init: Expression | None


@dataclass(slots=True, eq=False)
class VariableDeclaration(Statement):
    """kind: "var", "let", "const", "using" or "await using"."""

    kind: str
    declarations: list[VariableDeclarator]


@dataclass(slots=True, eq=False)
class ImportSpecifier(Node):
    """imported: "default", or "*" for the namespace, or a name."""

    imported: str
    local: Identifier


@dataclass(slots=True, eq=False)
class ImportDeclaration(Statement):
    """phase: None, or "defer" or "source", of `import defer * as name from ...`."""

    specifiers: list[ImportSpecifier]
    source: str
    attributes: dict[str, str]
    phase: str | None = None


@dataclass(slots=True, eq=False)
class ExportSpecifier(Node):
    """local: the name in this module, or in the other one, where there is a source."""

    local: str
    exported: str


@dataclass(slots=True, eq=False)
class ExportNamedDeclaration(Statement):
    """One of a declaration and specifiers; source: of `export ... from`."""

    declaration: Statement | None
    specifiers: list[ExportSpecifier]
    source: str | None
    attributes: dict[str, str]


@dataclass(slots=True, eq=False)
class ExportDefaultDeclaration(Statement):
    declaration: FunctionDeclaration | ClassDeclaration | Expression


@dataclass(slots=True, eq=False)
class ExportAllDeclaration(Statement):
    """exported: the name of `export * as name`."""

    exported: str | None
    source: str
    attributes: dict[str, str]
