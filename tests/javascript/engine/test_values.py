"""Values between Python and JavaScript."""

from __future__ import annotations

import gc
import math
import pickle
import weakref
from pathlib import Path
from typing import Any

import pytest

from seaofnodes.engine import Engine
from seaofnodes.errors import Error, JavaScriptError
from seaofnodes.javascript.engine.handles import JavaScriptArray, JavaScriptFunction, JavaScriptObject, JavaScriptSymbol
from seaofnodes.javascript.engine.program import JavaScriptProgram
from seaofnodes.javascript.engine.values import BigInt, undefined


@pytest.fixture(scope="module")
def program() -> JavaScriptProgram:
    return Engine(jitless=True).load_javascript("""
        function same(x) { return x; }
        function kind(x) { return x === null ? "null" : Array.isArray(x) ? "array" : typeof x; }
        function text(x) { return String(x); }
        function json(x) { return JSON.stringify(x); }
        var counter = 1; let block = 2; const fixed = 3;
        class Point { constructor(x, y) { this.x = x; this.y = y; } sum(z = 0) { return this.x + this.y + z; } }
    """)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "null", "null"),
        (undefined, "undefined", "undefined"),
        (True, "boolean", "true"),
        (0, "number", "0"),
        (-5, "number", "-5"),
        (2**31, "number", "2147483648"),
        (2**53, "number", "9007199254740992"),
        (1.5, "number", "1.5"),
        (math.inf, "number", "Infinity"),
        (BigInt(2**70), "bigint", str(2**70)),
        ("text \U0001f600", "string", "text \U0001f600"),
        ("", "string", ""),
    ],
)
def test_primitive_values_go_and_come(program: JavaScriptProgram, value: object, kind: str, text: str) -> None:
    assert program.call("kind", value) == kind
    assert program.call("text", value) == text
    back = program.call("same", value)
    assert back == value and type(back) is type(value)


def test_numbers_that_are_integers_become_ints(program: JavaScriptProgram) -> None:
    assert [type(program.evaluate(text)) for text in ("1", "1.0", "2 ** 53", "2 ** 54", "0.5")] == [
        int, int, int, float, float,
    ]  # fmt: skip
    zero = program.evaluate("-0")
    assert type(zero) is float and math.copysign(1, zero) < 0
    assert math.isnan(program.call("same", math.nan))
    assert program.call("text", -0.0) == "0" and program.call("same", float(2**60)) == 2**60


def test_ints_must_be_exact(program: JavaScriptProgram) -> None:
    assert program.call("text", 2**64) == "18446744073709552000"
    with pytest.raises(OverflowError, match=r"BigInt\(9007199254740993\)"):
        program.call("same", 2**53 + 1)
    with pytest.raises(OverflowError):
        program.call("same", 10**400)


def test_lists_and_dicts_are_copied(program: JavaScriptProgram) -> None:
    value = {"a": [1, (2, None)], "b": {"c": undefined, "10": "x"}}
    assert program.call("json", value) == '{"a":[1,[2,null]],"b":{"10":"x"}}'
    found = program.call("same", value)
    assert isinstance(found, JavaScriptObject) and not isinstance(found, JavaScriptArray)
    assert found.copy() == {"a": [1, [2, None]], "b": {"10": "x", "c": undefined}}
    assert isinstance(found["a"], JavaScriptArray) and len(found["a"]) == 2
    loop: list[Any] = [1]
    loop.append(loop)
    back = program.call("same", loop).copy()
    assert back[0] == 1 and back[1] is back


def test_what_javascript_has_nothing_like(program: JavaScriptProgram) -> None:
    for value in (object(), {1: 2}, b"bytes", {1, 2}, 1j):
        with pytest.raises(TypeError):
            program.call("same", value)
    deep: list[Any] = []
    for _ in range(2000):
        deep = [deep]
    with pytest.raises(ValueError, match="1000"):
        program.call("same", deep)
    other = Engine(jitless=True).load_javascript("({})").result
    with pytest.raises(TypeError, match="another engine"):
        program.call("same", other)


def test_objects_are_handles(program: JavaScriptProgram) -> None:
    point = program.globals["Point"].construct(1, 2)
    assert point["x"] == 1 and point["none"] is undefined and "x" in point and "sum" in point and "z" not in point
    point["x"] = 10
    point["list"] = [1, 2]
    assert point.invoke("sum", 5) == 17 and list(point) == ["x", "y", "list"]
    del point["list"]
    assert point.keys() == ["x", "y"] and repr(point) == "Point { x: 10, y: 2 }"
    same = program.call("same", point)
    assert same == point and hash(same) == hash(point) and same != program.globals["Point"]
    with pytest.raises(TypeError, match="no function"):
        point.invoke("x")
    with pytest.raises(TypeError, match="key"):
        point[None]
    frozen = program.evaluate("Object.freeze({ a: 1 })")
    with pytest.raises(JavaScriptError, match="read only"):
        frozen["a"] = 2
    with pytest.raises(JavaScriptError, match="Cannot delete"):
        del frozen["a"]


def test_arrays(program: JavaScriptProgram) -> None:
    array = program.evaluate("[1, , 'x', [2]]")
    assert len(array) == 4 and list(array)[:3] == [1, undefined, "x"] and "x" in array and "y" not in array
    array[5] = True
    assert len(array) == 6 and array[5] is True and array.copy() == [1, undefined, "x", [2], undefined, True]
    assert array[-1] is undefined


def test_symbols_are_keys(program: JavaScriptProgram) -> None:
    iterator = program.evaluate("Symbol.iterator")
    assert isinstance(iterator, JavaScriptSymbol) and repr(iterator) == "Symbol(Symbol.iterator)"
    assert isinstance(program.evaluate("[]")[iterator], JavaScriptFunction)
    assert iterator in program.evaluate("new Map()") and program.call("same", iterator) == iterator


def test_functions_of_python(program: JavaScriptProgram) -> None:
    seen: list[object] = []

    def take(*values: object) -> object:
        seen.extend(values)
        return None

    program.globals["take"] = take
    assert program.evaluate("take(1, 'a', null, [1])") is undefined
    assert seen[:3] == [1, "a", None] and isinstance(seen[3], JavaScriptArray)
    assert program.globals["take"] is take and program.evaluate("take.name") == "take"
    program.globals["add"] = lambda a, b: a + b
    assert program.evaluate("[1, 2, 3].map((x) => add(x, 10)).join()") == "11,12,13"
    assert program.evaluate("[3, 1, 2].map(same)").copy() == [3, 1, 2]
    back = program.evaluate("(f) => f((x) => x * 2)")
    assert back(lambda f: f(21)) == 42


def test_exceptions_of_python_arrive_whole(program: JavaScriptProgram) -> None:
    error = KeyError("mine")

    def fail() -> None:
        raise error

    program.globals["fail"] = fail
    with pytest.raises(KeyError) as found:
        program.evaluate("try { [1].forEach(() => fail()); } catch (e) { 'caught'; } finally { 'finally'; }")
    assert found.value is error
    assert program.evaluate("1 + 1") == 2


def test_exceptions_of_javascript(program: JavaScriptProgram) -> None:
    with pytest.raises(JavaScriptError) as found:
        program.evaluate("throw new RangeError('far')")
    error = found.value
    assert (error.name, error.message) == ("RangeError", "far") and str(error).startswith("RangeError: far\n    at ")
    assert isinstance(error.thrown, JavaScriptObject) and error.thrown["message"] == "far"

    def again() -> None:
        raise error

    program.globals["again"] = again
    assert program.evaluate("var caught; try { again(); } catch (e) { caught = e; } caught") == error.thrown
    program.globals["throwing"] = lambda: program.evaluate("throw 5")
    assert program.evaluate("try { throwing(); } catch (e) { e + 1; }") == 6
    sent = pickle.loads(pickle.dumps(error))
    assert sent.message == "far" and "RangeError: far" in sent.thrown


def test_globals(program: JavaScriptProgram) -> None:
    found = program.globals
    assert [found[name] for name in ("counter", "block", "fixed")] == [1, 2, 3]
    found["counter"], found["block"], found["fresh"] = 10, 20, 30
    assert program.evaluate("[counter, block, fresh]").copy() == [10, 20, 30]
    with pytest.raises(JavaScriptError, match="constant"):
        found["fixed"] = 1
    with pytest.raises(KeyError):
        found["nowhere"]
    assert "counter" in found and "block" in found and "Point" in found and "nowhere" not in found
    del found["fresh"]
    assert "fresh" not in found and found["Math"].invoke("max", 1, 3) == 3
    with pytest.raises(Error, match="nowhere"):
        program.call("nowhere")
    with pytest.raises(Error, match="no function"):
        program.call("block")


def test_scripts_share_their_variables(tmp_path: Path) -> None:
    engine = Engine(jitless=True)
    (tmp_path / "a.js").write_text("var a = 1; let b = 2; function f() { return a + b + c; }", encoding="utf-8")
    first = engine.load_javascript(tmp_path / "a.js")
    second = engine.load_javascript(b"const c = 3; f()")
    assert second.result == 6 and first.call("f") == 6 and first.globals["c"] == 3
    assert engine.load_javascript("a = 10; f()").result == 15
    with pytest.raises(OSError, match=r"b\.js"):
        engine.load_javascript(str(tmp_path / "b.js"))
    with pytest.raises(Error, match="not UTF-8"):
        engine.load_javascript(b"'\xff'")


def test_engines_are_freed() -> None:
    engine = Engine(jitless=True)
    program = engine.load_javascript("({ f() { return 1; } })")
    handle = program.result
    dead = weakref.ref(engine.javascript)
    del engine, program
    gc.collect()
    assert dead() is not None and handle.invoke("f") == 1
    del handle
    gc.collect()
    assert dead() is None
