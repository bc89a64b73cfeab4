"""Elementary functions and numbers as text beside node's.

`python -m tests.javascript.builtins.numbers.beside_node --node PATH [--count 2000] [--seed 1]` prints the calls whose
results differ in a bit; with `--write FILE` it writes calls and node's results, from which the tests read.
"""

from __future__ import annotations

import json
import math
import random
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from seaofnodes.javascript.builtins.numbers import rounding
from seaofnodes.javascript.builtins.numbers.formatting import to_exponential, to_fixed, to_grouped, to_precision
from seaofnodes.javascript.builtins.numbers.ieee754 import (
    exponential,
    hyperbolic,
    inverse,
    logarithms,
    roots,
    trigonometric,
)
from seaofnodes.javascript.builtins.numbers.radix import number_to_radix
from seaofnodes.javascript.operations.arithmetic import power_of_floats

ONE: dict[str, Callable[[float], float]] = {
    function.__name__: function
    for function in (
        *(exponential.exp, exponential.expm1),
        *(logarithms.log, logarithms.log2, logarithms.log10, logarithms.log1p),
        *(trigonometric.sin, trigonometric.cos, trigonometric.tan),
        *(inverse.asin, inverse.acos, inverse.atan),
        *(hyperbolic.sinh, hyperbolic.cosh, hyperbolic.tanh, hyperbolic.asinh, hyperbolic.acosh, hyperbolic.atanh),
        *(roots.cbrt, rounding.ceil, rounding.floor, rounding.trunc, rounding.sign),
    )
} | {
    "fround": rounding.to_single,
    "f16round": rounding.to_half,
    "round": rounding.nearest,
    "sqrt": rounding.square_root,
}
TWO: dict[str, Callable[[float, float], float]] = {
    "atan2": inverse.atan2,
    "hypot": lambda x, y: roots.hypot([x, y]),
    "pow": power_of_floats,
}
TEXTS: dict[str, Callable[[float, int], str]] = {
    "toString": number_to_radix,
    "toFixed": to_fixed,
    "toExponential": to_exponential,
    "toPrecision": to_precision,
    "toLocaleString": lambda x, _: to_grouped(x),
}

_RUN = """
const view = new DataView(new ArrayBuffer(8));
function number(text) { view.setBigUint64(0, BigInt("0x" + text)); return view.getFloat64(0); }
function bits(x) { view.setFloat64(0, x); return view.getBigUint64(0).toString(16).padStart(16, "0"); }
const results = JSON.parse(require("fs").readFileSync(0, "utf8")).map(([name, x, y]) => {
    if (name === "toLocaleString") return number(x).toLocaleString("en-US");
    if (name.startsWith("to")) return number(x)[name](y);
    const result = y === undefined ? Math[name](number(x)) : Math[name](number(x), number(y));
    return result === result ? bits(result) : "NaN";
});
console.log(JSON.stringify(results));
"""

Call = tuple[str, str] | tuple[str, str, str | int]  # name, bits, bits or digits


def to_bits(x: float) -> str:
    return struct.pack(">d", x).hex() if x == x else "NaN"


def to_number(bits: str) -> float:
    number: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    return number


def ours(call: Call) -> str:
    """What this project's functions give for a call."""
    name, x = call[0], to_number(call[1])
    if len(call) == 2:
        return to_bits(ONE[name](x))
    if isinstance(call[2], int):
        return TEXTS[name](x, call[2])
    return to_bits(TWO[name](x, to_number(call[2])))


def of_node(calls: list[Call], node: str) -> list[str]:
    done = subprocess.run([node, "-e", _RUN], input=json.dumps(calls), capture_output=True, text=True, check=True)
    results: list[str] = json.loads(done.stdout)
    return results


def numbers(choose: random.Random) -> float:
    match choose.randrange(8):
        case 0:
            return choose.uniform(-1, 1)
        case 1:
            return choose.uniform(-50, 50)
        case 2:
            return choose.uniform(-800, 800)
        case 3:
            return choose.choice((0.0, -0.0, 1.0, -1.0, 0.5, math.inf, -math.inf, math.nan, 5e-324, 2.0**1023, math.e))
        case 4:
            return float(choose.randint(-100, 100))
        case 5:
            return 1 + choose.uniform(-1, 1) * 2.0 ** -choose.randint(1, 50)
        case 6:
            return choose.randint(1, 1 << choose.randint(1, 50)) * (math.pi / 4)
    return choose.uniform(-2, 2) * 2.0 ** choose.randint(-1060, 1022)


def random_calls(choose: random.Random, count: int) -> Iterator[Call]:
    """So many calls of each function."""
    for name in ONE:
        for _ in range(count):
            yield name, struct.pack(">d", numbers(choose)).hex()
    for name in TWO:
        for _ in range(count):
            yield name, struct.pack(">d", numbers(choose)).hex(), struct.pack(">d", numbers(choose)).hex()
    for name in TEXTS:
        for _ in range(count):
            x = numbers(choose)
            if not math.isfinite(x) or (name == "toFixed" and abs(x) >= 1e21):
                continue
            digits = choose.choice([radix for radix in range(2, 37) if radix != 10])
            yield name, struct.pack(">d", x).hex(), digits


@click.command()
@click.option("--node", default="node", show_default=True)
@click.option("--count", default=2000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--write", type=click.Path(path_type=Path))
def main(node: str, count: int, seed: int, write: Path | None) -> None:
    calls = list(random_calls(random.Random(seed), count))
    results = of_node(calls, node)
    if write is not None:
        lines = [json.dumps([*call, result]) for call, result in zip(calls, results, strict=True)]
        write.write_text("\n".join(lines) + "\n")
        return
    different = 0
    for call, result in zip(calls, results, strict=True):
        found = ours(call)
        if found != result:
            different += 1
            click.echo(f"{call[0]}({', '.join(map(str, call[1:]))}) is {result}, not {found}")
    click.echo(f"{len(calls)} calls, {different} differ")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
