"""Wasm calling Python: values, exceptions, nesting."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from seaofnodes import Engine, Instance, Trap

Wat = Callable[[str], bytes]


def one_import(wat: Wat, kind: str, body: str, function: Callable[..., object], **options: Any) -> Instance:
    module = wat(f"""(module
      (import "host" "f" (func $f {kind}))
      (func (export "run") {body})
      (func (export "trap") unreachable))""")
    return Engine(**options).instantiate(module, {"host": {"f": function}})


def test_arguments_and_results_of_all_kinds(wat: Wat) -> None:
    kind = "(param i32 f64 i64 f32 i32 i32 i32 i32 i32 i32 i32 i64) (result f32 i64 i32 f64 i32 f64 f32)"
    body = f"""{kind} (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)
      (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10) (local.get 11) (call $f)"""
    seen: list[tuple[float, ...]] = []

    def host(*arguments: float) -> tuple[float, ...]:
        seen.append(arguments)
        return (0.5, -1, 0xFFFF_FFFF, 2.5, 3, 4, 5e300)

    arguments = (-1, 2.5, -(1 << 50), 3.5, 4, 5, 6, 7, 8, 9, 10, 1 << 63)
    run = one_import(wat, kind, body, host).exports["run"]
    assert run(*arguments) == (0.5, -1, -1, 2.5, 3, 4.0, float("inf"))
    assert seen == [(*arguments[:-1], -(1 << 63))]


def test_result_is_ignored_where_there_is_none(wat: Wat) -> None:
    assert one_import(wat, "", "(call $f)", lambda: 5).exports["run"]() is None


@pytest.mark.parametrize(
    ("result", "text"),
    [(None, "result 1 of host function host.f is None"), (1.5, "i32 takes an int"), ("x", "'x'")],
)
def test_unsuitable_result(wat: Wat, result: object, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        one_import(wat, "(result i32)", "(result i32) (call $f)", lambda: result).exports["run"]()


def test_wrong_number_of_results(wat: Wat) -> None:
    body = "(result i32 i32) (call $f)"
    with pytest.raises(TypeError, match="gave 3 results"):
        one_import(wat, "(result i32 i32)", body, lambda: (1, 2, 3)).exports["run"]()
    with pytest.raises(TypeError, match="gave 3; its type"):
        one_import(wat, "(result i32 i32)", body, lambda: 3).exports["run"]()


def test_exceptions_pass_through_unchanged(wat: Wat) -> None:
    thrown = KeyError("mine")

    def fail() -> None:
        raise thrown

    instance = one_import(wat, "", "(call $f)", fail)
    with pytest.raises(KeyError) as caught:
        instance.exports["run"]()
    assert caught.value is thrown
    assert caught.value.__context__ is None
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[0] == "test_exceptions_pass_through_unchanged" and names[-1] == "fail"
    with pytest.raises(KeyError):
        instance.exports["run"]()


def test_nesting_is_host_wasm_host_wasm(wat: Wat) -> None:
    log: list[str] = []

    def host(n: int) -> int:
        log.append(f"in {n}")
        result: int = instance.exports["run"](n - 1) + 1 if n else 0
        log.append(f"out {n}")
        return result

    instance = one_import(wat, "(param i32) (result i32)", "(param i32) (result i32) (call $f (local.get 0))", host)
    assert instance.exports["run"](3) == 3
    assert log == ["in 3", "in 2", "in 1", "in 0", "out 0", "out 1", "out 2", "out 3"]


def test_inner_trap_can_be_caught_by_the_host(wat: Wat) -> None:
    def host() -> int:
        with pytest.raises(Trap, match="unreachable"):
            instance.exports["trap"]()
        return 7

    instance = one_import(wat, "(result i32)", "(result i32) (call $f)", host)
    assert instance.exports["run"]() == 7


def test_inner_trap_passes_through_the_outer_wasm(wat: Wat) -> None:
    instance = one_import(wat, "", "(call $f)", lambda: instance.exports["trap"]())  # noqa: PLW0108  made later
    with pytest.raises(Trap, match="unreachable"):
        instance.exports["run"]()
    with pytest.raises(Trap, match="unreachable"):
        instance.exports["trap"]()


@pytest.mark.parametrize("limit", [1000, 1_000_000])
def test_endless_recursion_through_the_host(wat: Wat, limit: int) -> None:
    """Python's limit or the stack's, whichever comes first; the process goes on."""
    instance = one_import(wat, "", "(call $f)", lambda: instance.exports["run"]())  # noqa: PLW0108  made later
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        with pytest.raises((RecursionError, Trap)) as caught:
            instance.exports["run"]()
    finally:
        sys.setrecursionlimit(before)
    if limit > 1000:
        assert "call stack exhausted" in str(caught.value)
    with pytest.raises(Trap, match="unreachable"):
        instance.exports["trap"]()


def test_values_live_across_a_host_call(wat: Wat) -> None:
    body = """(param i32 i64 f32 f64) (result i32 i64 f32 f64)
      (local.get 0) (local.get 1) (local.get 2) (local.get 3) (call $f)"""
    run = one_import(wat, "", body, lambda: sum(i * 0.5 for i in range(100))).exports["run"]
    assert run(1, 2, 3.5, 4.5) == (1, 2, 3.5, 4.5)


def test_an_exported_import_is_the_same_function(wat: Wat) -> None:
    module = wat('(module (import "m" "f" (func (param i32) (result i32))) (export "g" (func 0)))')
    engine = Engine()
    first = engine.instantiate(module, {"m": {"f": lambda n: n * 2}})
    second = engine.instantiate(module, {"m": {"f": first.exports["g"]}})
    assert second.exports["g"] == first.exports["g"]
    assert second.exports["g"](21) == 42
