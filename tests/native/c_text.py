"""Typed functions of integers as C, to compare with what a C compiler makes of them (-fwrapv, no strict aliasing)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seaofnodes.errors import Error
from seaofnodes.native.function import Function
from seaofnodes.native.subset import tree as t
from seaofnodes.native.unit import Unit
from seaofnodes.native.values import Integer, Kind

HEAD = """\
#include <stdint.h>
typedef int8_t __attribute__((may_alias, aligned(1))) i8; typedef uint8_t __attribute__((may_alias, aligned(1))) u8;
typedef int16_t __attribute__((may_alias, aligned(1))) i16; typedef uint16_t __attribute__((may_alias, aligned(1))) u16;
typedef int32_t __attribute__((may_alias, aligned(1))) i32; typedef uint32_t __attribute__((may_alias, aligned(1))) u32;
typedef int64_t __attribute__((may_alias, aligned(1))) i64; typedef uint64_t __attribute__((may_alias, aligned(1))) u64;
"""
_BINARY = frozenset(("+", "-", "*", "&", "|", "^"))


def c_text(functions: Iterable[Function]) -> str:
    """C of them, and of what they call. Raises Error for what this does not know, such as floats."""
    unit = Unit(functions, polls=False)
    heads = "".join(f"{_head(function)};\n" for function in unit.functions)
    return HEAD + heads + "".join(f"\n{_Printer(function).text()}" for function in unit.functions)


def _name(kind: Kind) -> str:
    if kind is bool:
        return "int"
    if not issubclass(kind, Integer):
        raise Error(f"{kind.__name__} is not printed as C")
    return f"{'' if kind.signed else 'u'}int{kind.bits}_t"


def _head(function: Function) -> str:
    if len(function.results) > 1:
        raise Error(f"{function.name} has several results")
    names, kinds = function.signature.names, function.parameters
    given = ", ".join(f"{_name(kind)} {name}" for name, kind in zip(names, kinds, strict=True))
    return f"{_name(function.results[0]) if function.results else 'void'} {function.name}({given or 'void'})"


class _Printer:
    def __init__(self, function: Function) -> None:
        self._function = function
        self._made = 0

    def text(self) -> str:
        checked = self._function.checked
        locals: dict[str, Kind] = {}
        for statement in _statements(checked.body):
            if isinstance(statement, t.Assign):
                kinds = [value.kind for value in statement.values]
                locals.update(zip(statement.names, kinds, strict=True))
            elif isinstance(statement, t.For):
                locals[statement.name] = statement.kind
        lines = [f"{_head(self._function)} {{"]
        given = self._function.signature.names
        lines += [f"    {_name(kind)} {name};" for name, kind in locals.items() if name not in given]
        lines += self._block(checked.body, "    ")
        return "\n".join([*lines, "}", ""])

    def _block(self, block: t.Block, indent: str) -> list[str]:
        return [line for statement in block for line in self._statement(statement, indent)]

    def _fresh(self) -> str:
        self._made += 1
        return f"t{self._made}_"

    def _statement(self, s: t.Statement, indent: str) -> list[str]:
        inner = indent + "    "
        if isinstance(s, t.Assign):
            if len(s.names) == 1:
                return [f"{indent}{s.names[0]} = {self._value(s.values[0])};"]
            names = [self._fresh() for _ in s.names]
            pairs = list(zip(names, s.values, strict=True))
            made = [f"{indent}{_name(value.kind)} {name} = {self._value(value)};" for name, value in pairs]
            return [*made, *(f"{indent}{to} = {name};" for to, name in zip(s.names, names, strict=True))]
        if isinstance(s, t.Evaluate):
            return [f"{indent}{self._value(s.value)};"]
        if isinstance(s, t.Store):
            place = f"*({self._cell(s.storer.name)} *)({self._value(s.address)})"
            return [f"{indent}{place} = {self._value(s.value)};"]
        if isinstance(s, t.If):
            lines = [f"{indent}if ({self._value(s.condition)}) {{", *self._block(s.then, inner)]
            if s.otherwise:
                lines += [f"{indent}}} else {{", *self._block(s.otherwise, inner)]
            return [*lines, f"{indent}}}"]
        if isinstance(s, t.While):
            return [f"{indent}while ({self._value(s.condition)}) {{", *self._block(s.body, inner), f"{indent}}}"]
        if isinstance(s, t.For):
            counter, stop, kind = self._fresh(), self._fresh(), _name(s.kind)
            start = f"{kind} {counter} = {self._value(s.start)}, {stop} = {self._value(s.stop)}"
            test = f"{counter} {'<' if s.step > 0 else '>'} {stop}"
            head = f"{indent}for ({start}; {test}; {counter} += {s.step}) {{"
            return [head, f"{inner}{s.name} = {counter};", *self._block(s.body, inner), f"{indent}}}"]
        if isinstance(s, t.Return):
            return [f"{indent}return {self._value(s.values[0])};" if s.values else f"{indent}return;"]
        if isinstance(s, t.Trap):
            return [f"{indent}__builtin_trap();"]
        return [f"{indent}{'break' if isinstance(s, t.Break) else 'continue'};"]

    @staticmethod
    def _cell(accessor: str) -> str:
        return accessor.partition("_")[2]

    def _value(self, e: t.Expression) -> str:
        if isinstance(e, t.Constant):
            return str(int(e.value)) if e.kind is bool else f"({_name(e.kind)}){int(e.value)}{_suffix(e.kind)}"
        if isinstance(e, t.Local):
            return e.name
        if isinstance(e, t.Apply):
            return f"({_name(e.kind)})({self._applied(e)})"
        if isinstance(e, t.Convert):
            return f"({_name(e.kind)})({self._value(e.operand)})"
        if isinstance(e, t.Not):
            return f"!({self._value(e.operand)})"
        if isinstance(e, t.Both):
            return f"({(' && ' if e.is_and else ' || ').join(f'({self._value(part)})' for part in e.parts)})"
        if isinstance(e, t.Chain):
            if len(e.operators) > 1:
                raise Error("chains of comparisons are not printed as C")
            left, right = map(self._value, e.operands)
            return f"({left} {e.operators[0]} {right})"
        if isinstance(e, t.Choice):
            return f"({self._value(e.condition)} ? {self._value(e.yes)} : {self._value(e.no)})"
        if isinstance(e, t.Load):
            return f"({_name(e.kind)})*({self._cell(e.loader.name)} *)({self._value(e.address)})"
        return f"{e.function.name}({', '.join(map(self._value, e.arguments))})"

    def _applied(self, e: t.Apply) -> str:
        kind, name = e.operands[0].kind, e.operation.name
        operands = [f"({self._value(part)})" for part in e.operands]
        signed = issubclass(kind, Integer) and kind.signed
        bits = kind.bits if issubclass(kind, Integer) else 1
        if name in _BINARY:
            return f" {name} ".join(operands)
        if name in ("<<", ">>"):
            return f"{operands[0]} {name} ({operands[1]} & {bits - 1})"
        if name in ("//", "%") and not signed:
            return f"{operands[0]} {name[0]} {operands[1]}"
        if name in ("~", "neg"):
            return f"{'~' if name == '~' else '-'}{operands[0]}"
        if name in ("min", "max"):
            return f"{operands[0]} {'<' if name == 'min' else '>'} {operands[1]} ? {operands[0]} : {operands[1]}"
        if name == "popcount":
            return f"__builtin_popcount{'ll' if bits == 64 else ''}{operands[0]}"
        raise Error(f"{name} of {kind.__name__} is not printed as C")


def _suffix(kind: Kind) -> str:
    return "ULL" if issubclass(kind, Integer) and not kind.signed else "LL"


def _statements(block: t.Block) -> Iterator[t.Statement]:
    for statement in block:
        yield statement
        if isinstance(statement, t.If):
            yield from _statements(statement.then)
            yield from _statements(statement.otherwise)
        elif isinstance(statement, t.While | t.For):
            yield from _statements(statement.body)
