"""Machine code beside a C compiler's, and C of typed functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes import Error
from seaofnodes.language.typed import TypedProgram
from seaofnodes.runtime.heap import collector
from tests.native.agree import native_functions
from tests.native.beside_gcc import Beside, compiler
from tests.native.c_text import c_text
from tests.native.texts import program

MOST = {"mark": 1.6, "sweep": 1.3, "begin": 1.5, "take_blocks": 1.6, "refill": 1.7, "check": 1.5, "poison": 1.3}
"""Instructions executed for one of gcc's, for the functions that matter most."""


def test_hot_functions_execute_not_many_more_instructions_than_a_c_compilers(tmp_path: Path) -> None:
    command = compiler()
    if not command:
        pytest.skip("there is no C compiler")
    functions = list(native_functions())
    beside = Beside(command, functions, tmp_path)
    rows = {function.name: beside.compare(function, 6) for function in functions}
    assert all(row.ours > 20 and row.theirs > 10 and row.run > 50 and row.run_theirs > 50 for row in rows.values())
    assert str(rows["mark"]).startswith("mark  ")
    if "gcc" in command:
        far = [f"{name}: {rows[name].ratio:.2f}" for name, most in MOST.items() if rows[name].ratio > most]
        assert not far


def test_the_text_is_c() -> None:
    text = c_text([collector.sweep])
    assert "uint64_t sweep(uint64_t block, uint64_t epoch, uint64_t changes) {" in text
    assert "taken = (uint64_t)((taken) + " in text and "__builtin_popcountll" in text
    calls = c_text([collector.refill])
    assert "take_blocks(block, (uint64_t)1ULL)" in calls and calls.count("uint64_t take_blocks(") == 2


@pytest.mark.parametrize("text", ["x + 1.5", "x / y"])
def test_floats_are_not_printed(text: str) -> None:
    found: TypedProgram = program(f"@function\ndef f(x: f64, y: f64) -> f64:\n    return {text}\n")
    with pytest.raises(Error, match="f64 is not printed as C"):
        c_text([function for function in found.typed if function.name == "f"])
