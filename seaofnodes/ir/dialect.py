"""Dialects: named collections of operators, each declared once.

    BITS = Dialect("bits", "Bit manipulation of x86-64.")
    BLSR = BITS.pure("Word64Blsr", (WORD64,), WORD64, lambda x: x & (x - x.constant(1)), "Clears the lowest bit set.")

    @BITS.operator("Prefetch", execute=lambda environment, node, operands: None)
    def prefetch(level: int) -> Shape:
        "Reads ahead into a level of the cache. Value: address."
        return Shape((WORD64,), effects=1, controls=1, effect_out=1)

A declaration has the operator's name, documentation, traits, shape as a function of the parameters, text of the
parameters, and execution in the evaluator. How the back end lowers it is entered with `lower`.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, ParamSpec, TypeVar, cast, get_type_hints

from seaofnodes.errors import Error
from seaofnodes.ir.operator import Meaning, Operator, Shape, Traits
from seaofnodes.ir.types import TYPES, Type

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., object])
# (environment, node, operands) -> result, a list of them, or None. Environment: see ops/environment.py; a dialect may
# ask for more than that.
Execute = Callable[..., "int | list[int] | None"]
Format = Callable[[Any], list[str]]
Parse = Callable[..., tuple[Any, ...]]
# The name of a rule, for switching it off, and (graph, node) -> what the node amounts to, or None.
Simplify = tuple[str, Callable[..., Any]]
# The lowest and the highest value of an operator, both included; signed if the lowest is negative.
Bounds = Callable[[Operator], tuple[int, int]]
NO_TRAITS = Traits()
_GENERAL = ("common", "machine", "memory", "objects")  # which import this file


class ParseError(Error):
    """Text that is not a graph; the message has the line."""


class DialectError(Error):
    """A dialect that cannot be: a name is taken, or its package cannot be loaded."""


class Declaration:
    """One operator of a dialect, or a family of them with parameters.

    Attributes: name; dialect; traits; documentation; execute: in the evaluator, see Execute; make: the function that
    makes an operator from its parameters; simplify: beside rules, see Simplify; opposite: of a check, what checks the
    opposite condition; bounds: of an operator without a meaning that gives a word, see Bounds.
    """

    __slots__ = (
        "_format",
        "_opposite",
        "_parse",
        "bounds",
        "dialect",
        "documentation",
        "execute",
        "make",
        "name",
        "simplify",
        "traits",
    )

    def __init__(
        self,
        dialect: Dialect,
        name: str,
        traits: Traits,
        documentation: str,
        execute: Execute | None,
        format: Format | None = None,
        parse: Parse | None = None,
        simplify: Simplify | None = None,
        opposite: str = "",
        bounds: Bounds | None = None,
    ) -> None:
        self.dialect = dialect
        self.name = name
        self.traits = traits
        self.documentation = documentation
        self.execute = execute
        self.simplify = simplify
        self.bounds = bounds
        self.make: Callable[..., Operator] = lambda: Operator(self, Shape())
        self._format = format
        self._parse = parse
        self._opposite = opposite

    @property
    def opposite(self) -> Declaration:
        """Of a check: what checks the opposite condition."""
        return self.dialect.operators[self._opposite]

    def format(self, op: Operator) -> list[str]:
        """The parameters of an operator as texts, none with a comma."""
        if self._format is not None:
            return self._format(op.parameters)
        parameters = op.parameters
        if parameters is None:
            return []
        is_one = type(parameters) is not tuple or len(inspect.signature(inspect.unwrap(self.make)).parameters) == 1
        return [text for part in ((parameters,) if is_one else parameters) for text in _texts(part)]

    def named(self, op: Operator) -> list[tuple[str, str]]:
        """The parameters of an operator as (name, text), in the order of `format`; "" names what has no place of its
        own, such as a word that may be left out.
        """
        texts = self.format(op)
        names = _names(inspect.unwrap(self.make))
        if len(names) == 1:
            kinds = get_type_hints(inspect.unwrap(self.make))
            if hasattr(kinds.get(names[0]), "of_texts"):
                names = _names(kinds[names[0]].of_texts)
        if len(names) < len(texts) and self._parse is not None:
            names = _names(self._parse)
        return list(zip([*names, *[""] * len(texts)], texts, strict=False))

    def parse(self, texts: Sequence[str]) -> Operator:
        """The operator with these parameters. Raises KeyError, TypeError or ValueError for what is none."""
        if self._parse is not None:
            return self.make(*self._parse(*texts))
        kinds = list(get_type_hints(inspect.unwrap(self.make)).items())
        kinds = [(name, kind) for name, kind in kinds if name != "return"]
        if len(kinds) == 1 and hasattr(kinds[0][1], "of_texts"):
            return self.make(kinds[0][1].of_texts(*texts))
        if len(texts) > len(kinds):
            raise ValueError(f"at most {len(kinds)}, not {len(texts)}")
        return self.make(*[_value(kind, text) for (_, kind), text in zip(kinds, texts, strict=False)])


class Dialect:
    """A named collection of operators. It is known, for reading text, as long as the process lives; another one of the
    same name takes its place.

    Attributes: name; documentation; operators: declarations by name; visitors, conditions, memory_operands: by name of
    the operator, how the back end lowers it: see `lower`, and seaofnodes/backend/select/selector.py.
    """

    # By operator, of all dialects there are: declared when modules are imported, and never changed by compilation.
    known: ClassVar[dict[str, Declaration]] = {}

    def __init__(self, name: str, documentation: str, *, lowering: str = "") -> None:
        """lowering: the module that enters how the operators are lowered, imported when that is first asked for."""
        self.name = name
        self.documentation = documentation
        self.operators: dict[str, Declaration] = {}
        self.visitors: dict[str, Callable[..., None]] = {}
        self.conditions: dict[str, Callable[..., str]] = {}
        self.memory_operands: dict[str, Any] = {}
        self._lowering = lowering

    def pure(
        self, name: str, values: Iterable[Type], type: Type, meaning: Meaning, documentation: str = "", **more: Any
    ) -> Operator:
        """Declare a pure operator without parameters. more: further attributes of its Shape."""
        shape = Shape(tuple(values), type, pure=True, meaning=meaning, **more)
        return self.define(name, shape, documentation)

    def define(
        self,
        name: str,
        shape: Shape,
        documentation: str = "",
        traits: Traits = NO_TRAITS,
        execute: Execute | None = None,
    ) -> Operator:
        """Declare an operator without parameters."""
        declaration = self._declare(Declaration(self, name, traits, documentation, execute))
        op = Operator(declaration, shape)
        declaration.make = lambda: op
        return op

    def operator(
        self,
        name: str,
        traits: Traits = NO_TRAITS,
        *,
        execute: Execute | None = None,
        cache: int = 1024,
        format: Format | None = None,
        parse: Parse | None = None,
        simplify: Simplify | None = None,
        opposite: str = "",
        bounds: Bounds | None = None,
    ) -> Callable[[Callable[P, Shape]], Callable[P, Operator]]:
        """Declare an operator with parameters: decorates the function that gives its shape for them, and makes it one
        that gives the operator. Its docstring is the operator's.

        cache: how many operators are kept; format: the parameters as texts; parse: a tuple of the parameters, of these
        texts; both where ints, strings, Types, tuples of Types, or one parameter with `texts()` and `of_texts(*texts)`,
        do not do; simplify: see Simplify; opposite: name of the operator that, with the same parameters, checks the
        opposite condition; bounds: of the value, see Bounds.
        """

        def declare(shape: Callable[P, Shape]) -> Callable[P, Operator]:
            documentation = inspect.cleandoc(shape.__doc__ or "")
            declaration = self._declare(
                Declaration(self, name, traits, documentation, execute, format, parse, simplify, opposite, bounds)
            )

            @functools.wraps(shape)
            def make(*given: Any) -> Operator:
                parameters = given if len(given) > 1 else given[0] if given else None
                return Operator(declaration, shape(*given), parameters)  # type: ignore[call-arg]

            declaration.make = functools.lru_cache(maxsize=cache)(make) if cache else make
            return cast(Callable[P, Operator], declaration.make)

        return declare

    def _declare(self, declaration: Declaration) -> Declaration:
        name = declaration.name
        taken = Dialect.known.get(name)
        if taken is not None and (taken.dialect.name != self.name or name in self.operators):
            raise DialectError(f"the dialect {taken.dialect.name} has an operator {name} already")
        if not re.fullmatch(r"\w+", name):
            raise DialectError(f"not a name of an operator: {name!r}")
        Dialect.known[name] = self.operators[name] = declaration
        return declaration

    # How the back end lowers operators.

    def lower(self, *names: str) -> Callable[[F], F]:
        """Decorates the visitor of instruction selection for operators: a function of the selector and a node."""

        def enter(visitor: F) -> F:
            for name in names:
                self.visitors[name] = visitor  # type: ignore[assignment]
            return visitor

        return enter

    def visitor(self, name: str) -> Callable[..., None] | None:
        """How an operator is lowered, or None."""
        if self._lowering and name not in self.visitors:
            importlib.import_module(self._lowering)
        return self.visitors.get(name)

    def condition(self, name: str) -> Callable[..., str] | None:
        """What leaves an operator with the trait `is_comparison` in the flags: a function of the selector and a node
        that gives the code of the condition; or None.
        """
        if self._lowering and name not in self.conditions:
            importlib.import_module(self._lowering)
        return self.conditions.get(name)

    def memory_operand(self, name: str) -> Any:
        """How the back end reads an operator with the trait `is_memory_operand` in place; one of its MemoryOperands."""
        if self._lowering and name not in self.memory_operands:
            importlib.import_module(self._lowering)
        return self.memory_operands[name]


def find_operator(name: str) -> Declaration:
    """Declaration by operator name; looks into packages that declare dialects, too. Raises KeyError, DialectError."""
    found = Dialect.known.get(name)
    if found is None:
        load_dialects()
        found = Dialect.known[name]
    return found


@functools.cache
def load_dialects() -> None:
    """Import the general dialects, and what the entry points of the group `seaofnodes.dialects` name.

    Raises DialectError.
    """
    from importlib.metadata import entry_points  # slow to import

    for name in _GENERAL:
        importlib.import_module(f"seaofnodes.ir.ops.{name}")
    for point in entry_points(group="seaofnodes.dialects"):
        try:
            point.load()
        except Exception as error:  # foreign code may fail in any way
            text = " ".join(f"{type(error).__name__}: {error}".split())
            raise DialectError(f"the dialect {point.name} ({point.value}) cannot be loaded: {text}") from error


def operator_names() -> list[str]:
    """The names of all operators of the dialects that are known."""
    return sorted(Dialect.known)


def format_operator(op: Operator) -> str:
    """`Name` or `Name[parameter, ...]`, in a form that `parse_operator` reads."""
    texts = op.declaration.format(op)
    return f"{op.name}[{', '.join(texts)}]" if texts else op.name


def parse_operator(text: str) -> Operator:
    """The operator that `format_operator` wrote. Raises ParseError, DialectError."""
    match = re.fullmatch(r"(\w+)(?:\[(.*)\])?", text)
    if match is None:
        raise ParseError(f"not an operator: {text!r}")
    name, parameters = match.groups()
    try:
        declaration = find_operator(name)
    except KeyError:
        import difflib  # slow to import

        near = difflib.get_close_matches(name, operator_names(), 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ParseError(f"no dialect has an operator {name!r}{hint}") from None
    try:
        return declaration.parse([] if parameters is None else [part.strip() for part in parameters.split(",")])
    except KeyError as error:
        raise ParseError(f"unknown word {error} in {text!r}") from None
    except (TypeError, ValueError) as error:
        raise ParseError(f"wrong parameters in {text!r}: {error}") from None


def type_words(types: Iterable[Type]) -> str:
    return " ".join(type.name for type in types)


def types_of(text: str) -> tuple[Type, ...]:
    return tuple(TYPES[name] for name in text.split())


def _names(function: Callable[..., Any]) -> list[str]:
    """The names of its positional parameters, but for `*more`."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [name for name, one in inspect.signature(function).parameters.items() if one.kind in positional]


def _texts(part: Any) -> list[str]:
    if hasattr(part, "texts"):
        found: list[str] = part.texts()
        return found
    return [type_words(part) if type(part) is tuple else str(part)]


def _value(kind: Any, text: str) -> Any:
    if kind is int:
        return int(text)
    if kind is Type:
        return TYPES[text]
    return types_of(text) if kind == tuple[Type, ...] else text
