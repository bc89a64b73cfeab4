"""Toy as text, for the commands: an instruction a line, as in sum.toy; and random programs."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Self

from toy import Function, Toy

from seaofnodes.errors import Error

# r: a register, v: a value, f: a function, l: a label, *: registers
OPERANDS = {
    "add": "rrr", "sub": "rrr", "mul": "rrr", "less": "rrr", "const": "rv", "call": "rf*", "array": "rr",
 "get": "rrr", "set": "rrr", "return": "r", "jump": "l", "branch": "rl",
}  # fmt: skip


class ToyFile(Toy):
    """A program from a file."""

    suffix = ".toy"

    @classmethod
    def read(cls, text: str) -> Self:
        return cls(parse(text))

    @classmethod
    def draw(cls, random: Random) -> tuple[str, list[tuple[str, list[str]]]]:
        return draw(random)

    def invoke(self, name: str, arguments: Sequence[str]) -> str:
        if name not in self.numbers:
            raise Error(f"no function is called {name!r}; there are: {', '.join(self.numbers)}")
        try:
            given = [float(text) if "." in text else int(text) for text in arguments]
        except ValueError as error:
            raise Error(str(error)) from None
        if len(given) != self.bodies[self.numbers[name]].parameters:
            raise Error(f"{name} takes {self.bodies[self.numbers[name]].parameters} arguments, not {len(given)}")
        return str(self.call(name, *given))

    def source(self, function: int) -> Sequence[tuple[int, str]]:
        if function == len(self.bodies):
            return ()
        names = {number: name for name, number in self.bodies[function].registers.items()}
        return [(at, _text(code, names)) for at, code in self.bodies[function].code.items()]


def parse(text: str) -> list[Function]:
    """The functions of a source text. Raises Error, with the line."""
    found: list[Function] = []
    labels: list[dict[str, int]] = []
    source: list[dict[int, tuple[int, str]]] = []
    offset = 0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition(";")[0].split()
        if words[:1] == ["function"] and len(words) > 1:
            found.append(Function(words[1], {name: i for i, name in enumerate(words[2:])}, len(words) - 2))
            labels.append({})
            source.append({})
        elif words and not found:
            raise Error(f"line {number}: a program begins with a function, not with {line.strip()!r}")
        elif words and words[0].endswith(":") and len(words) == 1:
            labels[-1][words[0][:-1]] = offset
        elif words:
            source[-1][offset] = number, " ".join(words)
            offset += 1
    names = {function.name for function in found}
    for function, known, lines in zip(found, labels, source, strict=True):
        for offset, (number, line) in lines.items():
            op, *words = line.split()
            try:
                function.code[offset] = op, *_operands(OPERANDS[op], words, function.registers, known)
            except (KeyError, ValueError) as error:
                raise Error(f"line {number}: {line!r} is no instruction: {error}") from None
            if op == "call" and words[1] not in names:
                raise Error(f"line {number}: no function is called {words[1]}")
        if not function.code or function.code[offset][0] not in ("return", "jump"):
            raise Error(f"function {function.name} does not end with return or jump")
    return found


def _operands(kinds: str, words: list[str], registers: dict[str, int], labels: dict[str, int]) -> list[Any]:
    if "*" in kinds:
        kinds = kinds[:-1] + "r" * (len(words) - len(kinds) + 1)
    found: list[Any] = []
    for kind, word in zip(kinds, words, strict=True):
        if kind == "r":
            found.append(registers.setdefault(word, len(registers)))
        elif kind == "v":
            found.append(float(word) if "." in word else int(word))
        else:
            found.append(word if kind == "f" else labels[word])
    return found


def _text(code: tuple[Any, ...], names: dict[int, str]) -> str:
    kinds = OPERANDS[code[0]].replace("*", "r" * len(code))
    return " ".join([code[0], *(names[o] if k == "r" else str(o) for k, o in zip(kinds, code[1:], strict=False))])


def draw(random: Random) -> tuple[str, list[tuple[str, list[str]]]]:
    """A random program, and calls of it. Loops end because they count down; and integers stay short, as what is
    executed often multiplies by small numbers only.
    """
    lines: list[str] = []
    count = random.randint(1, 3)
    for number in range(count):
        lines += [f"function f{number} a b c", "  const one 1"]
        registers = ["a", "b", "c", "x", "y", "one"]
        for loop in range(random.randint(1, 2)):
            lines += [f"  const n{loop} {random.randint(2, 40)}", f"again{loop}:"]
            for _ in range(random.randint(1, 6)):
                lines.append(_instruction(random, registers[:5], registers, number, f"n{loop}"))
            lines += [f"  sub n{loop} n{loop} one", f"  branch n{loop} again{loop}"]
        if number == count - 1:  # nobody calls it in a loop
            lines += [_instruction(random, registers[:5], registers, number) for _ in range(random.randint(0, 3))]
        lines.append(f"  return {random.choice(registers)}")
    calls = [(f"f{random.randrange(count)}", [_number(random) for _ in range(3)]) for _ in range(random.randint(2, 6))]
    return "\n".join(lines) + "\n", calls


def _number(random: Random) -> str:
    kinds = [str(random.randint(-9, 9)), str(random.randint(-(1 << 54), 1 << 54)), str(random.randint(-20, 20) / 4)]
    return random.choices(kinds, [6, 1, 3])[0]


def _instruction(random: Random, targets: list[str], sources: list[str], callees: int, factor: str = "") -> str:
    """factor: what is multiplied by, where that is done often."""
    to, a, b = random.choice(targets), random.choice(sources), random.choice(sources)
    if callees and random.random() < 0.2:
        return f"  call {to} f{random.randrange(callees)} {a} {b} {random.choice(sources)}"
    if random.random() < 0.15:
        return f"  const {to} {_number(random)}"
    op = random.choices(["add", "sub", "mul", "less"], [4, 3, 2, 3])[0]
    return f"  {op} {to} {a} {factor or b}" if op == "mul" else f"  {op} {to} {a} {b}"
