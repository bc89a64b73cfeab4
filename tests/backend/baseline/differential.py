"""Random programs in baseline code and in wasmtime.

Many of them: `python -m tests.backend.baseline.differential FIRST LAST [SIZE]`, numbers of seeds, size in lines.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import wasmtime

import seaofnodes
from seaofnodes.engine import Engine
from tests.backend.baseline.programs import FLOAT_AREA, FUEL, TYPES, Signature, program
from tests.support import bits, wat

ARGUMENTS: dict[str, tuple[float, ...]] = {
    "i32": (0, 1, -1, 5, 100, -(2**31), 2**31 - 1, 77777),
    "i64": (0, 1, -1, 5, 2**63 - 1, -(2**63), 1 << 40),
    "f32": (0.0, 1.0, -2.5, float("inf"), 1e10),
    "f64": (0.0, 1.0, -2.5, float("-inf"), 1e300),
}
# The words of wasmtime's traps that the specification's words share.
_REASONS = (
    "unreachable",
    "divide by zero",
    "integer overflow",
    "invalid conversion to integer",
    "undefined element",
    "uninitialized element",
    "indirect call type mismatch",
    "out of bounds memory access",
    "call stack exhausted",
)


def _reason(message: str) -> str:
    found = [reason for reason in _REASONS if reason in message]
    return found[0] if found else message


class Difference(AssertionError):
    """The engines disagree."""


class Pair:
    """A program in both engines."""

    def __init__(self, engine: Engine, oracle: wasmtime.Engine, seed: int, size: int) -> None:
        text, self.signatures = program(seed, size=size)
        data = wat(text)
        self.seed = seed
        self.ours = engine.instantiate(data)
        self.store = wasmtime.Store(oracle)
        instance = wasmtime.Instance(self.store, wasmtime.Module(oracle, data), [])
        self.theirs: Any = instance.exports(self.store)

    def run(self, chance: random.Random, calls: int) -> int:
        """Call each function; compare results, globals and memory. Gives the number of traps; raises Difference."""
        traps = 0
        for number, signature in enumerate(self.signatures):
            for _ in range(calls):
                arguments = [chance.choice(ARGUMENTS[kind]) for kind in signature.params]
                where = f"seed {self.seed}: f{number}({', '.join(map(str, arguments))})"
                expected = self._call_theirs(f"f{number}", signature, arguments)
                got = self._call_ours(f"f{number}", signature, arguments)
                if got != expected:
                    raise Difference(f"{where} gives {got}, not {expected}")
                traps += isinstance(expected, str)
                self._compare(where)
        return traps

    def _call_theirs(self, name: str, signature: Signature, arguments: list[float]) -> list[int] | str:
        try:
            given = self.theirs[name](self.store, *arguments)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            return _reason(str(error))
        values = [] if given is None else given if isinstance(given, list) else [given]
        return [bits(kind, value) for kind, value in zip(signature.results, values, strict=True)]

    def _call_ours(self, name: str, signature: Signature, arguments: list[float]) -> list[int] | str:
        try:
            given = self.ours.exports[name](*arguments)
        except seaofnodes.Trap as trap:
            return _reason(trap.reason)
        values = () if given is None else given if isinstance(given, tuple) else (given,)
        return [bits(kind, value) for kind, value in zip(signature.results, values, strict=True)]

    def _compare(self, where: str) -> None:
        theirs, ours = self.theirs, self.ours.exports
        for name in (*TYPES, "fuel"):
            kind = "i32" if name == "fuel" else name
            if bits(kind, theirs[name].value(self.store)) != bits(kind, ours[name].value):
                raise Difference(f"{where}: global {name} differs")
        theirs["fuel"].set_value(self.store, wasmtime.Val.i32(FUEL))
        ours["fuel"].value = FUEL
        if bytes(theirs["memory"].read(self.store, 0, FLOAT_AREA)) != ours["memory"].read(0, FLOAT_AREA):
            raise Difference(f"{where}: memory differs")


def compare(seeds: range, size: int = 300, calls: int = 3) -> tuple[int, int]:
    """Compare on many programs; gives the numbers of calls and traps. Raises Difference."""
    engine, oracle = seaofnodes.Engine(tier="baseline"), wasmtime.Engine()
    count = traps = 0
    for seed in seeds:
        pair = Pair(engine, oracle, seed, size)
        traps += pair.run(random.Random(seed), calls)
        count += calls * len(pair.signatures)
    return count, traps


if __name__ == "__main__":
    first, last, *rest = map(int, sys.argv[1:])
    calls, traps = compare(range(first, last), *rest)
    print(f"{calls} calls agree, {traps} of them trap")
