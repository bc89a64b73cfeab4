"""Calling wasm from Python: arguments, results, their bits, and what is refused."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import pytest

from seaofnodes import Engine, Instance

Wat = Callable[[str], bytes]


@pytest.fixture(scope="module")
def instance(wat: Wat) -> Instance:
    many = " ".join(["i32 f64 i64 f32"] * 10)
    picks = " ".join(f"(local.get {i})" for i in reversed(range(40)))
    reverse = " ".join(["f32 i64 f64 i32"] * 10)
    return Engine(tier="baseline").instantiate(
        wat(f"""(module
          (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
          (func (export "i32") (param i32) (result i32) (local.get 0))
          (func (export "i64") (param i64) (result i64) (local.get 0))
          (func (export "f32") (param f32) (result f32) (local.get 0))
          (func (export "f64") (param f64) (result f64) (local.get 0))
          (func (export "wide") (param i32) (result i64) (i64.extend_i32_u (local.get 0)))
          (func (export "nothing"))
          (func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
          (func $reverse (export "reverse") (param {many}) (result {reverse}) {picks})
          (func (export "through") (param {many}) (result {reverse})
            {" ".join(f"(local.get {i})" for i in range(40))} (call $reverse)))""")
    )


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("i32", -1, -1),
        ("i32", 0xFFFF_FFFF, -1),
        ("i32", -(1 << 31), -(1 << 31)),
        ("i32", 1 << 31, -(1 << 31)),
        ("i32", True, 1),
        ("i64", -1, -1),
        ("i64", (1 << 64) - 1, -1),
        ("i64", 1 << 63, -(1 << 63)),
        ("f32", 0.1, 0.10000000149011612),
        ("f32", 3, 3.0),
        ("f32", 1e300, math.inf),
        ("f32", -1e300, -math.inf),
        ("f64", 0.1, 0.1),
        pytest.param("f64", 10**400, math.inf, id="huge"),
        ("f64", -0.0, -0.0),
    ],
)
def test_values_go_in_and_out(instance: Instance, kind: str, given: float, expected: float) -> None:
    result = instance.exports[kind](given)
    assert (result, math.copysign(1, result), type(result)) == (expected, math.copysign(1, expected), type(expected))


def test_bits_survive(instance: Instance) -> None:
    signalling = 0x7FA0_0001
    assert instance.exports["f32"].call_bits(signalling) == (signalling,)
    assert instance.exports["f64"].call_bits(0xFFF4_0000_0000_0001) == (0xFFF4_0000_0000_0001,)
    assert instance.exports["i32"].call_bits(0xFFFF_FFFF) == (0xFFFF_FFFF,)
    assert instance.exports["nothing"].call_bits() == ()


def test_narrow_integers_have_no_upper_bits(instance: Instance) -> None:
    assert instance.exports["wide"](-1) == 0xFFFF_FFFF


def test_no_result_is_none_and_several_are_a_tuple(instance: Instance) -> None:
    assert instance.exports["nothing"]() is None
    assert instance.exports["swap"](1, 2.5) == (2.5, 1)


@pytest.mark.parametrize("name", ["reverse", "through"])
def test_many_arguments_and_results_go_over_the_stack(instance: Instance, name: str) -> None:
    arguments = [value for i in range(10) for value in (-i, i + 0.25, -(i << 40), i + 0.5)]
    assert instance.exports[name](*arguments) == tuple(reversed(arguments))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((1,), TypeError, "takes 2 arguments, not 1"),
        ((1, 2, 3), TypeError, "takes 2 arguments, not 3"),
        ((1, 2.0), TypeError, "argument 2 of add is 2.0; i32 takes an int"),
        (("1", 2), TypeError, "argument 1 of add is '1'"),
        ((1 << 32, 2), OverflowError, "argument 1 of add is 4294967296, which does not fit in i32"),
    ],
)
def test_wrong_arguments_are_refused(
    instance: Instance, arguments: tuple[int, ...], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        instance.exports["add"](*arguments)
    with pytest.raises(TypeError, match="takes bits as unsigned ints"):
        instance.exports["add"].call_bits(-1, 0)


def test_exports_are_read_only_and_named(instance: Instance) -> None:
    with pytest.raises(TypeError):
        instance.exports["add"] = None  # type: ignore[index]
    assert repr(instance.exports["add"]) == "<function add [i32 i32] -> [i32]>"


def test_threads_share_an_engine(wat: Wat) -> None:
    """Each thread has its own stack; while one runs wasm, the others wait."""
    instance = Engine().instantiate(
        wat("""(module
          (memory 1)
          (func (export "count") (param i32) (result i32)
            (loop
              (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (i32.load (i32.const 0)))
          (func (export "deep") (param i32) (result i32)
            (if (result i32) (local.get 0)
              (then (i32.add (i32.const 1) (call 1 (i32.sub (local.get 0) (i32.const 1)))))
              (else (i32.const 0)))))""")
    )
    depths: list[int] = []

    def work() -> None:
        for _ in range(20):
            instance.exports["count"](1000)
            depths.append(instance.exports["deep"](500))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert instance.exports["count"](1) == 4 * 20 * 1000 + 1
    assert depths == [500] * 80
