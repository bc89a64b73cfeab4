"""Random programs in the subset, which end soon and whose meaning is defined, and calls of their functions."""

from __future__ import annotations

from random import Random
from typing import Final

from seaofnodes.native.values import INTEGERS, NUMBERS, Floating, Integer, Kind

_HEAD: Final = """\
from seaofnodes import function
from seaofnodes.native import *
from seaofnodes import f32, f64, i32, i64, u32, u64

"""
_DEEPEST: Final = 3
_SIZE: Final = 64  # bytes of the memory that functions get the address of


def draw_program(random: Random, *, memory: bool = False) -> tuple[str, list[tuple[str, list[str]]]]:
    """A text that defines typed functions, and calls: names, with arguments as text.

    memory: the first parameter of every function is the address of 64 bytes, which calls do not name.
    """
    functions: list[_Function] = []
    for index in range(random.randint(1, 3)):
        functions.append(_Function(random, f"f{index}", functions, memory))
    calls = []
    for _ in range(random.randint(3, 8)):
        function = random.choice(functions)
        calls.append((function.name, [_argument(random, kind) for kind in function.parameters]))
    return _HEAD + "\n\n".join(function.text for function in functions), calls


def _argument(random: Random, kind: Kind) -> str:
    if kind is bool:
        return random.choice(("True", "False"))
    if issubclass(kind, Floating):
        number = random.choice((0.0, -0.0, 1.0, -1.5, 1e10, 3e38, 1e-40, float("inf"), random.uniform(-100, 100)))
        return repr(float(kind(number)))
    assert issubclass(kind, Integer)
    return str(_integer(random, kind))


def _integer(random: Random, kind: type[Integer]) -> int:
    edges = (0, 1, -1, 2, 7, 10, 1 << kind.bits - 1, (1 << kind.bits - 1) - 1, 1 << kind.bits // 2)
    return int(kind(random.choice((random.choice(edges), random.randint(-20, 20), random.getrandbits(kind.bits)))))


class _Function:
    """Draws one function. Attributes: name; parameters, results; text."""

    def __init__(self, random: Random, name: str, others: list[_Function], memory: bool) -> None:
        self._random = random
        self._others = list(others)
        self._memory = memory
        self._loops = 0
        self._calls = 0
        self.name = name
        kinds: tuple[Kind, ...] = (*NUMBERS, bool)
        self.parameters = [random.choice(kinds) for _ in range(random.randint(1, 4))]
        self.results = [random.choice(kinds) for _ in range(random.choice((1, 1, 1, 2, 3)))]
        self._locals: dict[str, Kind] = {f"p{i}": kind for i, kind in enumerate(self.parameters)}
        given = [f"{local}: {kind.__name__}" for local, kind in self._locals.items()]
        returned = ", ".join(kind.__name__ for kind in self.results)
        lines = [f"@function\ndef {name}({', '.join(['memory: i64'] * memory + given)}) -> "
                 f"{f'tuple[{returned}]' if len(self.results) > 1 else returned}:"]
        for index in range(random.randint(1, 3)):  # locals that all paths have
            kind = random.choice(kinds)
            lines.append(f"    v{index} = {self._expression(kind, 1)}")
            self._locals[f"v{index}"] = kind
        lines += self._block("    ", 0, False)
        lines.append(f"    return {self._values()}")
        self.text = "\n".join(lines) + "\n"

    def _values(self) -> str:
        return ", ".join(self._expression(kind, 0) for kind in self.results)

    # Statements.

    def _block(self, indent: str, depth: int, in_loop: bool) -> list[str]:
        lines: list[str] = []
        for _ in range(self._random.randint(1, 4)):
            lines += self._statement(indent, depth, in_loop)
        return lines

    def _statement(self, indent: str, depth: int, in_loop: bool) -> list[str]:
        random = self._random
        what = random.random()
        inner = indent + "    "
        if depth < _DEEPEST and what < 0.2:
            lines = [f"{indent}if {self._expression(bool, 0)}:", *self._block(inner, depth + 1, in_loop)]
            if random.random() < 0.3:
                lines += [f"{indent}elif {self._expression(bool, 0)}:", *self._block(inner, depth + 1, in_loop)]
            if random.random() < 0.5:
                lines += [f"{indent}else:", *self._block(inner, depth + 1, in_loop)]
            return lines
        if depth < _DEEPEST and what < 0.35 and self._loops < 3:
            return self._loop(indent, depth)
        if in_loop and what < 0.4:
            exit = random.choice(("break", "continue"))
            return [f"{indent}if {self._expression(bool, 0)}:", f"{inner}{exit}"]
        if what < 0.44:
            return [f"{indent}if {self._expression(bool, 0)}:", f"{inner}return {self._values()}"]
        if self._memory and what < 0.6:
            return [self._store(indent)]
        local, kind = random.choice([(name, kind) for name, kind in self._locals.items() if name[0] in "pv"])
        if issubclass(kind, Integer) and random.random() < 0.3:
            symbol = random.choice(("+", "-", "*", "&", "|", "^", "<<", ">>"))
            return [f"{indent}{local} {symbol}= {self._operand(symbol, kind, 0)}"]
        return [f"{indent}{local} = {self._expression(kind, 0)}"]

    def _loop(self, indent: str, depth: int) -> list[str]:
        random = self._random
        self._loops += 1
        local = f"i{self._loops}"
        kind = random.choice(INTEGERS)
        name, inner = kind.__name__, indent + "    "
        step = random.choice((1, 1, 1, -1, 2, -3, 7))
        first, last = sorted(random.randint(0 if not kind.signed else -10, 12) for _ in range(2))
        if random.random() < 0.2:  # ends where the sum would wrap
            last = (1 << kind.bits - kind.signed) - 1
            first = last - random.randint(0, 12)
        first, last = (last, first) if step < 0 else (first, last)
        if random.random() < 0.25:
            lines = [f"{indent}{local} = {name}({random.randint(1, 9)})", f"{indent}while {local} != 0:",
                     f"{inner}{local} -= 1"]
        else:
            lines = [f"{indent}for {local} in range({name}({first}), {last}, {step}):"]
        self._locals[local] = kind
        lines += self._block(inner, depth + 1, True)
        del self._locals[local]
        return lines

    def _place(self, width: int) -> tuple[str, str]:
        """An address, and an argument for its alias class: the upper half of the memory is one of its own."""
        random, half, quarter = self._random, _SIZE // 2, _SIZE // 4
        start, alias = random.choice(((0, ""), (half, ', "upper"')))
        if random.random() < 0.5:
            return f"memory + {start + random.randrange(half - width + 1)}", alias
        index = self._expression(random.choice(INTEGERS[2:]), 2)
        return f"memory + i64({index} & {quarter - 1}) + {start + random.randrange(quarter - width + 1)}", alias

    def _store(self, indent: str) -> str:
        name, kind, width = self._random.choice(_PLACES)
        if issubclass(kind, Floating):  # which NaN it would be is not defined
            value = f"{kind.__name__}({self._expression(self._random.choice(INTEGERS), 1)})"
        else:
            value = self._expression(kind, 1)
        address, alias = self._place(width)
        return f"{indent}store_{name}({address}, {value}{alias})"

    # Expressions.

    def _expression(self, kind: Kind, depth: int) -> str:
        random = self._random
        held = [name for name, other in self._locals.items() if other is kind]
        if depth >= _DEEPEST or random.random() < 0.2:
            return random.choice(held) if held and random.random() < 0.8 else self._literal(kind)
        depth += 1
        if random.random() < 0.08:
            yes, condition, no = [self._expression(one, depth) for one in (kind, bool, kind)]
            return f"({yes} if {condition} else {no})"
        fitting = [function for function in self._others if function.results == [kind]]
        if fitting and self._calls < 3 and not self._loops and random.random() < 0.2:
            self._calls += 1
            function = random.choice(fitting)
            given = ["memory"] * self._memory + [self._expression(one, depth) for one in function.parameters]
            return f"{function.name}({', '.join(given)})"
        if kind is bool:
            return self._condition(depth)
        if issubclass(kind, Floating):
            return self._float(kind, depth)
        assert issubclass(kind, Integer)
        return self._word(kind, depth)

    def _literal(self, kind: Kind) -> str:
        if kind is bool:
            return self._random.choice(("True", "False"))
        if issubclass(kind, Floating):
            return f"{kind.__name__}({self._random.choice((0.0, 1.0, -2.5, 0.1, 1e30, 3.0))})"
        assert issubclass(kind, Integer)
        return f"{kind.__name__}({_integer(self._random, kind)})"

    def _condition(self, depth: int) -> str:
        random = self._random
        what = random.random()
        if what < 0.25:
            parts = [self._expression(bool, depth) for _ in range(random.randint(2, 3))]
            return f"({random.choice((' and ', ' or ')).join(parts)})"
        if what < 0.35:
            return f"(not {self._expression(bool, depth)})"
        if what < 0.42:
            return f"({self._expression(bool, depth)} {random.choice('&|^')} {self._expression(bool, depth)})"
        kind = random.choice(NUMBERS)
        parts = [self._expression(kind, depth)]
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            parts += [random.choice(("==", "!=", "<", "<=", ">", ">=")), self._expression(kind, depth)]
        return f"({' '.join(parts)})"

    def _float(self, kind: type[Floating], depth: int) -> str:
        random = self._random
        what = random.random()
        one = self._expression(kind, depth)
        if what < 0.5:
            return f"({one} {random.choice('+-*/')} {self._expression(kind, depth)})"
        if what < 0.7:
            names = ("sqrt", "round_down", "round_up", "round_to_zero", "round_nearest", "abs", "-")
            return f"{random.choice(names)}({one})"
        if what < 0.75:  # the sign of a NaN is not defined
            return f"copysign({one}, {kind.__name__}({self._expression(random.choice(INTEGERS), depth)}))"
        if what < 0.82 and self._memory:
            name, _, width = next(place for place in _PLACES if place[1] is kind)
            return f"(load_{name}({''.join(self._place(width))}) + 0.0)"
        other = random.choice([found for found in NUMBERS if found is not kind])
        return f"{kind.__name__}({self._expression(other, depth)})"

    def _word(self, kind: type[Integer], depth: int) -> str:
        random = self._random
        what = random.random()
        one = self._expression(kind, depth)
        if what < 0.5:
            symbol = random.choice(("+", "-", "*", "&", "|", "^", "<<", ">>", "//", "%"))
            return f"({one} {symbol} {self._operand(symbol, kind, depth)})"
        if what < 0.65:
            name = random.choice(("clz", "ctz", "popcount", "-", "~") + (("abs",) if kind.signed else ()))
            return f"{name}({one})"
        if what < 0.8:
            names = ("min", "max", "mul_high", "rotl", "rotr", "truncated_div", "truncated_mod")
            name = random.choice(names)
            return f"{name}({one}, {self._operand(name, kind, depth)})"
        if what < 0.9 and self._memory:
            name, _, width = random.choice([place for place in _PLACES if place[1] is kind])
            return f"load_{name}({''.join(self._place(width))})"
        if what < 0.92:
            return f"{kind.__name__}({self._expression(random.choice(NUMBERS[4:]), depth)})"  # may trap
        other = random.choice([found for found in INTEGERS if found is not kind])
        return f"{kind.__name__}({self._expression(random.choice((other, bool)), depth)})"

    def _operand(self, symbol: str, kind: type[Integer], depth: int) -> str:
        """The second operand; divisors are seldom 0, constant counts less than the width."""
        random = self._random
        if symbol in ("<<", ">>", "rotl", "rotr") and random.random() < 0.5:
            return str(random.randrange(kind.bits))
        if symbol in ("//", "%", "truncated_div", "truncated_mod") and random.random() < 0.8:
            return random.choice((f"({self._expression(kind, depth)} | 1)", str(random.choice((1, 2, 7, 8, 10, 100)))))
        if symbol in ("<<", ">>", "rotl", "rotr"):
            return f"({self._expression(kind, depth)} + {kind.__name__}(3))"
        return self._expression(kind, depth)


_PLACES: Final[tuple[tuple[str, Kind, int], ...]] = tuple(
    (name, kind, width) for name, kind, width in (
        ("i8", INTEGERS[0], 1), ("u8", INTEGERS[1], 1), ("i16", INTEGERS[0], 2), ("u16", INTEGERS[1], 2),
        ("i32", INTEGERS[0], 4), ("u32", INTEGERS[1], 4), ("i64", INTEGERS[2], 8), ("u64", INTEGERS[3], 8),
        ("f32", NUMBERS[4], 4), ("f64", NUMBERS[5], 8),
    )
)  # fmt: skip
