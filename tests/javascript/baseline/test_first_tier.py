"""The first tier beside the interpreter: what programs print is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.engine import Engine
from seaofnodes.errors import JavaScriptError, TimeLimitError

HERE = Path(__file__).parent
OWN = sorted((HERE / "programs").glob("*.js"))
OTHERS = sorted((HERE.parent / "interpreter" / "programs").glob("*.js"))
LONG = ("arithmetic", "control", "operators")  # more numbers than a test has time to collect at


def printed(program: Path, capsys: pytest.CaptureFixture[str], **options: object) -> str:
    Engine(**options).load_javascript(program)  # type: ignore[arg-type]
    return capsys.readouterr().out


@pytest.mark.parametrize("program", [*OWN, *OTHERS], ids=lambda program: program.stem)
def test_machine_code_prints_what_the_interpreter_prints(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = printed(program, capsys, jitless=True)
    assert expected
    assert printed(program, capsys, tier="baseline") == expected
    assert printed(program, capsys) == expected


@pytest.mark.parametrize(
    "program", [found for found in [*OWN, *OTHERS] if found.stem not in LONG], ids=lambda program: program.stem
)
def test_while_every_allocation_collects(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = printed(program, capsys, jitless=True)
    assert printed(program, capsys, tier="baseline", stress_gc=True) == expected


def test_a_loop_ends_at_its_time_limit() -> None:
    engine = Engine(tier="baseline", time_limit=0.3)
    program = engine.load_javascript("function run() { for (;;) {} }")
    with pytest.raises(TimeLimitError):
        program.call("run")
    assert engine.load_javascript("(() => 7)()").result == 7


def test_deep_recursion_is_a_range_error() -> None:
    program = Engine(tier="baseline").load_javascript(
        "function deep(n) { return n === 0 ? 0 : 1 + deep(n - 1); }"
        "function tried(n) { try { return deep(n); } catch (e) { return e.name + ': ' + e.message; } }"
    )
    assert program.call("tried", 5000) == 5000
    assert program.call("tried", 10**9) == "RangeError: Maximum call stack size exceeded"
    assert program.call("tried", 5000) == 5000


def test_an_exception_of_python_passes_through_machine_code() -> None:
    def fails() -> None:
        raise KeyError("mine")

    program = Engine(tier="baseline").load_javascript(
        "function run(f) { try { return f(); } finally { done = true; } } var done = false;"
    )
    with pytest.raises(KeyError, match="mine"):
        program.call("run", fails)


def test_where_an_error_was_thrown() -> None:
    program = Engine(tier="baseline").load_javascript(
        "function inner(x) {\n  return x.a.b;\n}\nfunction run(x) {\n  return inner(x);\n}"
    )
    with pytest.raises(JavaScriptError) as caught:
        program.call("run", {})
    assert "at inner (<script>:2:14)" in caught.value.stack
    assert "at run (<script>:5:10)" in caught.value.stack
