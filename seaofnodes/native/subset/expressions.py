"""Checking expressions: each gets its type, or a Mistake at its place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from seaofnodes.native.library import (
    ANY_CLASS,
    BINARY,
    FUNCTIONS,
    UNARY,
    Loader,
    Operation,
    Storer,
    trap,
)
from seaofnodes.native.subset import tree as t
from seaofnodes.native.subset.constants import Constants, is_exact
from seaofnodes.native.subset.errors import Mistake
from seaofnodes.native.subset.source import MISSING
from seaofnodes.native.values import NUMBERS, Floating, Integer, Kind, i64, u64

_DEEPEST: Final = 100  # nesting of expressions
_SYMBOLS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.BitAnd: "&",
    ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<",
    ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.USub: "-", ast.Invert: "~", ast.Pow: "**", ast.MatMult: "@",
}  # fmt: skip
_INSTEAD: Final = {
    "/": "/ of integers: say //, or convert both to f64",
    "//": "// of floats: say round_down(x / y)",
    "%": "% of floats is not supported",
    "**": "** is not supported: say x * x",
    "@": "@ is not supported",
}
_UNSUPPORTED: Final[dict[type[ast.expr], str]] = {
    ast.Subscript: "indexing is not supported: load_i32(address) reads memory",
    ast.Lambda: "lambda is not supported",
    ast.NamedExpr: ":= is not supported",
    ast.Await: "await is not supported",
    ast.Yield: "generators are not supported",
    ast.YieldFrom: "generators are not supported",
    ast.JoinedStr: "strings are not supported",
    ast.List: "lists are not supported",
    ast.Dict: "dictionaries are not supported",
    ast.Set: "sets are not supported",
    ast.Tuple: "a tuple stands only in an assignment to several locals, and after return",
}

Resolve = Callable[[object], "t.Callable | None"]  # the typed function that an object is


class Expressions:
    """Checks the expressions of one function.

    Attributes: kinds: of the locals that have one; assigned: the locals that certainly have a value here, None where
    execution does not get; replaced: what stands in the function that runs in CPython in place of nodes; callees;
    aliases: the alias classes that are named, in order.
    """

    def __init__(
        self, constants: Constants, locals: frozenset[str], kinds: Mapping[str, Kind], resolve: Resolve
    ) -> None:
        self.constants = constants
        self.locals = locals
        self.kinds: dict[str, Kind] = dict(kinds)
        self.assigned: frozenset[str] | None = frozenset(kinds)
        self.replaced: dict[ast.expr, object] = {}
        self.callees: list[t.Callable] = []
        self.aliases: dict[str, None] = {}
        self._resolve = resolve
        self._depth = 0

    def check(self, node: ast.expr, wanted: Kind | None = None, what: str = "") -> t.Expression:
        """The expression; wanted: the kind that it must have, if known; what: it is for, in messages."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Mistake(f"the expression is nested more than {_DEEPEST} deep", node)
        number = self.constants.value(node)
        found = self._check(node, wanted) if number is None else self._constant(node, number, wanted)
        self._depth -= 1
        if wanted is not None and found.kind is not wanted:
            named = f"{what} is {_name(wanted)}" if what else f"{_name(wanted)} is wanted here"
            raise Mistake(f"{named}, not {_name(found.kind)}", node)
        return found

    def condition(self, node: ast.expr) -> t.Expression:
        """A bool."""
        found = self.check(node)
        if found.kind is not bool:
            raise Mistake(f"a condition is a bool, not {_name(found.kind)}: say x != 0", node)
        return found

    def _constant(
        self, node: ast.expr, number: int | float, wanted: Kind | None, at: ast.expr | None = None
    ) -> t.Constant:
        at = at or node
        if type(number) is bool:
            return t.Constant(bool, number)
        if wanted is None:
            kind = "i32" if type(number) is int else "f64"
            raise Mistake(f"the number {number} has no type here: say {kind}({number})", at)
        if issubclass(wanted, Integer):
            if type(number) is float:
                raise Mistake(f"{number} is no {_name(wanted)}", at)
            if not wanted.holds(int(number)):
                raise Mistake(f"{number} is out of the range of {_name(wanted)}", at)
            return self._replace(node, wanted(number))
        if issubclass(wanted, Floating):
            if type(number) is int and not is_exact(number):
                raise Mistake(f"{number} is no {_name(wanted)}: say {_name(wanted)}({number})", at)
            return self._replace(node, wanted(number))
        raise Mistake(f"{number} is no bool: say True or False", at)

    def _replace(self, node: ast.expr, value: Any) -> t.Constant:
        self.replaced[node] = value
        return t.Constant(type(value), value)

    def _check(self, node: ast.expr, wanted: Kind | None) -> t.Expression:
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Attribute):
            return self._global(node)
        if isinstance(node, ast.BinOp):
            return self._binary(node, wanted)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node, wanted)
        if isinstance(node, ast.BoolOp):
            return t.Both(isinstance(node.op, ast.And), tuple(self.condition(part) for part in node.values))
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.IfExp):
            return self._choice(node, wanted)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Constant):
            raise Mistake(f"{'None' if node.value is None else type(node.value).__name__} is no value here", node)
        raise Mistake(_UNSUPPORTED.get(type(node), f"{type(node).__name__} is not supported"), node)

    def _name(self, node: ast.Name) -> t.Expression:
        name = node.id
        if name not in self.locals:
            return self._global(node)
        if name not in self.kinds:
            raise Mistake(f"{name} has no value yet", node)
        if self.assigned is not None and name not in self.assigned:
            raise Mistake(f"{name} may have no value here: not every path assigns it", node)
        return t.Local(self.kinds[name], name)

    def _global(self, node: ast.Name | ast.Attribute) -> t.Expression:
        found = self.constants.lookup(node)
        if found is MISSING:
            raise Mistake(f"{ast.unparse(node)} is not defined", node)
        if type(found) in NUMBERS:
            return self._replace(node, found)
        what = "a typed function" if self._resolve(found) else type(found).__name__
        raise Mistake(f"{ast.unparse(node)} is {what}, not a number: constants are int, float, bool or typed", node)

    # Operators.

    def _pair(
        self, left: ast.expr, right: ast.expr, wanted: Kind | None, at: ast.expr, symbol: str
    ) -> list[t.Expression]:
        """Two operands of one kind; a number without a type has that of the other one."""
        if self.constants.value(left) is not None:
            second = self.check(right, None if self.constants.value(right) is None else wanted)
            first = self.check(left, second.kind, f"the left operand of {symbol}")
            return [first, second]
        first = self.check(left)
        if self.constants.value(right) is not None:
            return [first, self.check(right, first.kind, f"the right operand of {symbol}")]
        second = self.check(right)
        if first.kind is not second.kind:
            raise Mistake(f"{_name(first.kind)} {symbol} {_name(second.kind)}: convert one of them", at)
        return [first, second]

    def _binary(self, node: ast.BinOp, wanted: Kind | None) -> t.Expression:
        symbol = _SYMBOLS[type(node.op)]
        operation = BINARY.get(symbol)
        if operation is None:
            raise Mistake(_INSTEAD[symbol], node)
        operands = self._pair(node.left, node.right, wanted, node, symbol)
        return self._apply(operation, operands, node, node.right)

    def _apply(
        self, operation: Operation, operands: Sequence[t.Expression], node: ast.expr, count: ast.expr | None = None
    ) -> t.Expression:
        kind = operands[0].kind
        name = operation.name
        if kind not in operation.kinds:
            of = f"{name} of {_name(kind)}"
            hint = f"{of}: say i32(x)" if kind is bool else _INSTEAD.get(name, f"{of} is not supported")
            raise Mistake(hint, node)
        last = operands[-1]
        if name in ("<<", ">>", "rotl", "rotr") and isinstance(last, t.Constant):
            assert issubclass(kind, Integer)
            if not 0 <= last.value < kind.bits:
                raise Mistake(f"a count of {last.value}: counts are taken modulo {kind.bits}", count or node)
        return t.Apply(operation.gives.get(kind, kind), operation, tuple(operands))

    def _unary(self, node: ast.UnaryOp, wanted: Kind | None) -> t.Expression:
        if isinstance(node.op, ast.Not):
            return t.Not(self.condition(node.operand))
        operand = self.check(node.operand, wanted)
        if isinstance(node.op, ast.UAdd) and operand.kind is not bool:
            return operand
        return self._apply(UNARY.get(_SYMBOLS.get(type(node.op), "-"), UNARY["-"]), [operand], node)

    def _compare(self, node: ast.Compare) -> t.Expression:
        nodes = [node.left, *node.comparators]
        symbols = []
        for op, right in zip(node.ops, node.comparators, strict=True):
            if type(op) not in _SYMBOLS:
                raise Mistake("is and in are not supported" , right)
            symbols.append(_SYMBOLS[type(op)])
        typed = [i for i, part in enumerate(nodes) if type(self.constants.value(part)) in (bool, type(None))]
        if not typed:
            raise Mistake("numbers without a type are compared: say i32(x) of one of them", node)
        operands: list[t.Expression | None] = [None] * len(nodes)
        first = operands[typed[0]] = self.check(nodes[typed[0]])
        for i, part in enumerate(nodes):
            if operands[i] is None:
                found = self.check(part, None if i in typed else first.kind, f"an operand of {symbols[max(i - 1, 0)]}")
                operands[i] = found
                if found.kind is not first.kind:
                    text = f"{_name(first.kind)} {symbols[max(i - 1, 0)]} {_name(found.kind)}: convert one of them"
                    raise Mistake(text, node)
        if first.kind is bool and not {"==", "!="}.issuperset(symbols):
            raise Mistake("a bool is compared with == and != only", node)
        return t.Chain(tuple(found for found in operands if found is not None), tuple(symbols))

    def _choice(self, node: ast.IfExp, wanted: Kind | None) -> t.Expression:
        condition = self.condition(node.test)
        yes, no = self.constants.value(node.body), self.constants.value(node.orelse)
        if wanted is not None or (yes is not None and no is not None):
            first, second = self.check(node.body, wanted), self.check(node.orelse, wanted)
        else:
            first, second = self._pair(node.body, node.orelse, None, node, "else")
        if first.kind is not second.kind:
            raise Mistake(f"{_name(first.kind)} or {_name(second.kind)}: convert one of them", node)
        return t.Choice(first.kind, condition, first, second)

    # Calls.

    def _call(self, node: ast.Call) -> t.Expression:
        found = self.call(node)
        if not isinstance(found, t.Call):
            return found
        if len(found.function.results) != 1:
            count = len(found.function.results)
            raise Mistake(f"{found.function.name} has {count or 'no'} results, one is wanted here", node)
        return found

    def call(self, node: ast.Call) -> t.Expression:
        """A call, which may have any number of results."""
        target = self.constants.lookup(node.func)
        if target is MISSING:
            raise Mistake(f"{ast.unparse(node.func)} is not defined", node.func)
        if isinstance(target, type) and (target is bool or target in NUMBERS):
            return self._conversion(node, target)
        if isinstance(target, Loader):
            self._arguments(node, 1, 2)
            alias = self.alias(node, 1)
            self.replaced[node.func] = target
            return t.Load(target.kind, target, self.address(node.args[0]), alias)
        if isinstance(target, Storer) or target is trap:
            raise Mistake(f"{ast.unparse(node.func)} stands alone in a line: it has no value", node)
        operation = FUNCTIONS.get(target) if _is_hashable(target) else None
        if operation is not None:
            return self._operation(node, target, operation)
        function = self._resolve(target)
        if function is None:
            raise Mistake(f"{ast.unparse(node.func)} is no typed function, which is all that can be called", node.func)
        count = len(function.parameters)
        self._arguments(node, count, count)
        site = len(self.callees)
        self.callees.append(function)
        self.replaced[node.func] = function
        arguments = tuple(
            self.check(argument, kind, f"argument {i} of {function.name}")
            for i, (argument, kind) in enumerate(zip(node.args, function.parameters, strict=True), 1)
        )
        results = function.results
        return t.Call(results[0] if len(results) == 1 else bool, function, arguments, site)

    def _arguments(self, node: ast.Call, least: int, most: int) -> None:
        name = ast.unparse(node.func)
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                raise Mistake("* is not supported", argument)
        for keyword in node.keywords:
            if keyword.arg != "alias" or most == least:
                raise Mistake("arguments are given by position", keyword.value)
        count = len(node.args) + len(node.keywords)
        if not least <= count <= most:
            raise Mistake(f"{name} takes {least} argument{'s' * (least != 1)}, not {count}", node)

    def alias(self, node: ast.Call, at: int) -> str:
        """The alias class that a load or store names."""
        given = [*node.args[at:], *(keyword.value for keyword in node.keywords)]
        if not given:
            self.aliases[ANY_CLASS] = None
            return ANY_CLASS
        found = given[0].value if isinstance(given[0], ast.Constant) else self.constants.lookup(given[0])
        if not isinstance(found, str) or not found:
            raise Mistake("an alias class is a string", given[0])
        self.replaced[given[0]] = found
        self.aliases[found] = None
        return found

    def address(self, node: ast.expr) -> t.Expression:
        """An i64 or u64."""
        found = self.check(node, i64 if self.constants.value(node) is not None else None)
        if found.kind not in (i64, u64):
            raise Mistake(f"an address is an i64 or u64, not {_name(found.kind)}", node)
        return found

    def _conversion(self, node: ast.Call, kind: Kind) -> t.Expression:
        self._arguments(node, 1, 1)
        argument = node.args[0]
        number = self.constants.value(argument)
        if number is not None and type(number) is not bool and kind is not bool:
            if not issubclass(kind, Floating):
                return self._constant(node, number, kind, argument)
            try:
                return self._replace(node, kind(number))
            except OverflowError:
                raise Mistake(f"{number} is out of the range of {_name(kind)}", argument) from None
        operand = self.check(argument)
        if kind is bool:
            raise Mistake("bool(x) is not supported: say x != 0", node)
        if operand.kind is bool and issubclass(kind, Floating):
            raise Mistake(f"{_name(kind)} of a bool: say 1.0 if x else 0.0", node)
        self.replaced[node.func] = kind
        return t.Convert(kind, operand)

    def _operation(self, node: ast.Call, target: object, operation: Operation) -> t.Expression:
        self._arguments(node, operation.count, operation.count)
        if operation.count == 2:
            operands = self._pair(node.args[0], node.args[1], None, node, operation.name)
        else:
            operands = [self.check(node.args[0])]
        self.replaced[node.func] = target
        return self._apply(operation, operands, node, node.args[-1])


def _name(kind: Kind) -> str:
    return kind.__name__


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except Exception:  # an object of the user's module, of whatever kind
        return False
    return True
