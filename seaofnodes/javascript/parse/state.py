"""Where in a program the builder of the tree is: scopes, functions, classes, and what has been found wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from tree_sitter import Node

from seaofnodes.errors import JavaScriptSyntaxError
from seaofnodes.javascript.parse import tree
from seaofnodes.javascript.parse.words import NEWLINE, from_units
from seaofnodes.javascript.source import Source


class Scope:
    """The names that one block declares.

    lexical: name -> "let", "const", "class", "function" or "sloppy function"; hoisted: names of var declarations in it
    or in inner blocks, and of functions at the top of a function; parameters: of the function; simple: the parameter of
    a catch clause without a pattern, which var may redeclare; top: is it the outermost of a function or program?
    """

    __slots__ = ("hoisted", "lexical", "outer", "parameters", "simple", "top")

    def __init__(self, outer: Scope | None, top: bool = False) -> None:
        self.outer = outer
        self.top = top
        self.lexical: dict[str, str] = {}
        self.hoisted: set[str] = set()
        self.parameters: set[str] = set()
        self.simple: str | None = None


def extent(node: Node, parts: list[Any]) -> tuple[int, int]:
    """Start and end of a statement; where a semicolon is left out, comments behind it belong to its node."""
    last = parts[-1]
    if not isinstance(last, Node) and node.child_count > len(parts):
        last = next(child for child in reversed(node.children) if child.type not in ("comment", "html_comment"))
    return node.start_byte >> 1, (last.end_byte if isinstance(last, Node) else node.end_byte) >> 1


class FunctionState:
    """kind: as in tree.Function, or "program"; named: the offset of a name that belongs to the outer function; body:
    offset of the body; labels: name -> [is it the label of a loop?]; chain: where the statement starts that the
    innermost label belongs to, and its entry.
    """

    __slots__ = (
        "asynchronous", "body", "breakable", "chain", "generator", "kind", "labels", "loops", "named", "outer",
        "parameters", "strict",
    )  # fmt: skip

    def __init__(
        self, kind: str, outer: FunctionState | None, strict: bool, asynchronous: bool = False, generator: bool = False
    ) -> None:
        self.kind = kind
        self.outer = outer
        self.strict = strict
        self.asynchronous = asynchronous
        self.generator = generator
        self.parameters = False
        self.named = -1
        self.body = -1
        self.labels: dict[str, list[bool]] = {}
        self.chain: tuple[int, list[bool]] | None = None
        self.loops = 0
        self.breakable = 0


class ClassState:
    """declared: private name -> "field", "method", "get", "set", or "accessor" for both, with static first where it is;
    used: names and offsets.
    """

    __slots__ = ("constructor", "declared", "derived", "outer", "strict", "used")

    def __init__(self, outer: ClassState | None, derived: bool, strict: bool) -> None:
        self.outer = outer
        self.derived = derived
        self.strict = strict
        self.constructor = False
        self.declared: dict[str, str] = {}
        self.used: list[tuple[str, int]] = []


class State:
    """text: one character for each UTF-16 code unit; repairs: offset -> what to parse instead at this offset, of the
    same length, when the parser took a token for another one than the context says.
    """

    def __init__(self, text: str, module: bool, substituted: dict[int, str], file: str = "<script>") -> None:
        self.text = text
        self.file = file
        self.module = module
        self.substituted = substituted
        self.repairs: dict[int, str] = {}
        self.inserts: list[int] = []  # offsets where the next attempt gets one more semicolon
        self.scope = Scope(None, top=True)
        self.function = FunctionState("program", None, module, asynchronous=module)
        self.functions: list[FunctionState] = []
        self.classes: ClassState | None = None
        self.class_stack: list[ClassState | None] = []
        self.isolated: set[int] = set()  # starts of functions that are the body of an `if`
        self.bodies: dict[int, str | None] = {}  # starts of blocks: "function", or "catch"
        self.computed: set[int] = set()  # starts of computed keys of methods and fields
        self.tagged: set[int] = set()  # starts of templates with a tag
        self.names: set[int] = set()  # starts of names of imports and exports, which may be any words
        self.supers: set[int] = set()  # of `super`, until its use has been seen
        self.lets: dict[int, tuple[int, int]] = {}  # start of a `let` on a line of its own: what follows it
        self.confirmed: set[int] = set()  # offsets of semicolons that were put where there is no line terminator
        self.holders: list[bool] = []  # class bodies (True) and object literals around
        self.exported: dict[str, int] = {}
        self.exported_locals: list[tuple[str, int]] = []

    # --- Errors

    def fail(self, message: str, offset: int) -> NoReturn:
        raise syntax_error(self.text, message, offset, self.file)

    def unexpected(self, node: Node) -> NoReturn:
        """A token that must not stand where it does."""
        offset = node.start_byte >> 1
        text = self.text[offset : node.end_byte >> 1]
        self.fail(f"Unexpected token '{from_units(text)}'", offset)

    def newline_between(self, first: int, last: int) -> int:
        """The offset of a line terminator outside strings between two offsets, or -1; those in comments count, too."""
        match = NEWLINE.search(self.text, first, last)
        return match.start() if match else -1

    def split(self, first: int, last: int) -> bool:
        """Have two tokens a line terminator between them? Then the next attempt gets a semicolon there."""
        if self.newline_between(first, last) < 0:
            return False
        self.repairs[first] = ";".ljust(last - first)
        return True

    def join(self, first: int, last: int) -> None:
        """Let the next attempt see no line terminator between two tokens."""
        self.repairs[first] = " " * (last - first)

    # --- Declarations

    def declare_lexical(self, name: str, kind: str, offset: int) -> None:
        scope = self.scope
        old = scope.lexical.get(name)
        if (
            (old is not None and not (old == kind == "sloppy function"))
            or name in scope.hoisted
            or name in scope.parameters
            or name == scope.simple
        ):
            self.redeclared(name, offset)
        scope.lexical[name] = kind

    def declare_var(self, name: str, offset: int) -> None:
        scope: Scope | None = self.scope
        while scope is not None:
            if name in scope.lexical:
                self.redeclared(name, offset)
            scope.hoisted.add(name)
            if scope.top:
                break
            scope = scope.outer

    def redeclared(self, name: str, offset: int) -> NoReturn:
        self.fail(f"Identifier '{from_units(name)}' has already been declared", offset)

    def bound(self, pattern: Any) -> Iterator[tree.Identifier]:
        """The names that a pattern binds; raises where it has a part that cannot be bound."""
        todo = [pattern]
        while todo:
            part = todo.pop()
            if isinstance(part, tree.Identifier) and not part.parenthesized:
                if self.function.strict and part.name in ("eval", "arguments"):
                    self.fail("Unexpected eval or arguments in strict mode", part.start)
                yield part
            elif isinstance(part, tree.AssignmentPattern | tree.RestElement | tree.PatternProperty):
                todo.append(part.target)
            elif isinstance(part, tree.ObjectPattern):
                todo.extend(reversed(part.properties))
            elif isinstance(part, tree.ArrayPattern):
                todo.extend(element for element in reversed(part.elements) if element is not None)
            else:
                self.fail("Illegal property in declaration context", part.start)

    # --- Functions

    def push_function(self, function: FunctionState, body: Node | None, scope: bool = True) -> None:
        self.functions.append(self.function)
        self.function = function
        if body is not None:
            function.body = body.start_byte
            self.bodies[body.start_byte] = "function"
        if scope:
            self.scope = Scope(self.scope, top=True)

    def pop_function(self, scope: bool = True) -> FunctionState:
        function = self.function
        self.function = self.functions.pop()
        if scope:
            assert self.scope.outer is not None
            self.scope = self.scope.outer
        return function

    def ordinary(self) -> FunctionState:
        """The innermost function that is no arrow function."""
        function = self.function
        while function.kind == "arrow" and function.outer is not None:
            function = function.outer
        return function


def syntax_error(text: str, message: str, offset: int, file: str = "<script>") -> JavaScriptSyntaxError:
    source = Source(text, file)
    line, column = source.position(offset)
    return JavaScriptSyntaxError(message, offset, line, column, from_units(source.line(line)), file)
