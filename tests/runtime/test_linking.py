"""Imports, exports, segments, start functions; and the objects that instances share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seaofnodes import EXTERNREF, F64, I32, I64, Engine, Error, Global, LinkError, Memory, Table, Trap

Wat = Callable[[str], bytes]


@pytest.mark.parametrize(
    ("text", "imports", "message"),
    [
        ('(import "a" "b" (func))', {}, 'unknown import "a"."b": no such module'),
        ('(import "a" "b" (func))', {"a": {}}, 'unknown import "a"."b": the module has no such name'),
        ('(import "a" "b" (func))', {"a": 3}, "is 3, not a mapping"),
        ('(import "a" "b" (func (param i32)))', {"a": {"b": 1}}, r"expected function \[i32\] -> \[\], found 1"),
        ('(import "a" "b" (memory 2))', {"a": {"b": Memory(1)}}, "expected memory, at least 2 pages"),
        ('(import "a" "b" (memory 1 2))', {"a": {"b": Memory(1)}}, "at least 1, at most 2 pages"),
        ('(import "a" "b" (memory 1 2))', {"a": {"b": Memory(1, 3)}}, "at most 2 pages"),
        ('(import "a" "b" (memory 1))', {"a": {"b": print}}, "expected memory"),
        ('(import "a" "b" (table 3 funcref))', {"a": {"b": Table(2)}}, "expected table of funcref, at least 3"),
        ('(import "a" "b" (table 1 2 funcref))', {"a": {"b": Table(1)}}, "at most 2 entries"),
        ('(import "a" "b" (global i32))', {"a": {"b": Global(I64, 0)}}, "expected global i32"),
        ('(import "a" "b" (global (mut i32)))', {"a": {"b": Global(I32, 0)}}, "expected mutable global i32"),
        ('(import "a" "b" (global (mut i32)))', {"a": {"b": 1}}, "expected mutable global i32, found 1"),
        ('(import "a" "b" (global i32))', {"a": {"b": 1.5}}, "i32 takes an int"),
        ('(import "a" "b" (global f32))', {"a": {"b": "1"}}, "expected global f32"),
    ],
)
def test_what_does_not_fit(wat: Wat, text: str, imports: dict[str, object], message: str) -> None:
    with pytest.raises(LinkError, match=message):
        Engine().instantiate(wat(f"(module {text})"), imports)


def test_function_of_another_type_or_engine(wat: Wat) -> None:
    provider = wat('(module (func (export "f") (param i32)))')
    user = wat('(module (import "m" "f" (func (param i64))))')
    same = wat('(module (import "m" "f" (func (param i32))))')
    engine = Engine()
    instance = engine.instantiate(provider)
    with pytest.raises(LinkError, match=r"expected function \[i64\] -> \[\], found <function f \[i32\] -> \[\]>"):
        engine.instantiate(user, {"m": instance})
    with pytest.raises(LinkError, match="another engine"):
        Engine().instantiate(same, {"m": instance})
    engine.instantiate(same, {"m": instance})


def test_instances_share_memory_globals_and_tables(wat: Wat) -> None:
    engine = Engine()
    first = engine.instantiate(
        wat("""(module
          (memory (export "memory") 1)
          (global (export "counter") (mut i64) (i64.const 10))
          (global (export "constant") f64 (f64.const 2.5))
          (table (export "table") 4 funcref)
          (elem (i32.const 1) $f)
          (func $f (result i32) (i32.const 11))
          (func (export "bump") (global.set 0 (i64.add (global.get 0) (i64.const 1))))
          (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))""")
    )
    second = engine.instantiate(
        wat("""(module
          (import "first" "memory" (memory 1))
          (import "first" "counter" (global $counter (mut i64)))
          (import "first" "constant" (global $constant f64))
          (import "first" "table" (table 4 funcref))
          (import "first" "call" (func $call (param i32) (result i32)))
          (global (export "copy") f64 (global.get $constant))
          (elem (i32.const 2) $g $call)
          (data (i32.const 8) "hello")
          (func $g (result i32) (i32.const 22))
          (func (export "read") (result i64) (global.get $counter))
          (func (export "via") (param i32) (result i32) (call $call (local.get 0))))"""),
        {"first": first},
    )
    assert first.exports["memory"].read(8, 5) == b"hello"
    first.exports["bump"]()
    assert second.exports["read"]() == 11
    first.exports["counter"].value = -5
    assert second.exports["read"]() == -5
    assert second.exports["copy"].value == 2.5
    assert [first.exports["call"](i) for i in (1, 2)] == [11, 22]
    assert second.exports["via"](2) == 22
    with pytest.raises(Trap, match="indirect call type mismatch"):
        second.exports["via"](3)
    table = first.exports["table"]
    assert table[0] is None and table[2]() == 22 and table[3](1) == 11
    del second, engine
    assert first.exports["call"](2) == 22  # the table keeps its function's instance


def test_host_made_objects(wat: Wat) -> None:
    memory, table, counter = Memory(1, 4), Table(2, 3), Global(I32, 5, mutable=True)
    module = wat("""(module
      (import "host" "memory" (memory 1))
      (import "host" "table" (table 2 funcref))
      (import "host" "counter" (global $counter (mut i32)))
      (import "host" "seven" (global $seven i32))
      (import "host" "half" (global $half f64))
      (func (export "sum") (result i32)
        (global.set $counter (i32.add (global.get $counter) (i32.load (i32.const 4)))) (global.get $counter))
      (func (export "seven") (result i32) (global.get $seven))
      (func (export "half") (result f64) (global.get $half))
      (func (export "grow") (result i32) (memory.grow (i32.const 2)))
      (func (export "size") (result i32) (memory.size))
      (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))""")
    engine = Engine()
    names = {"memory": memory, "table": table, "counter": counter, "seven": 7, "half": Global(F64, 0.5)}
    instance = engine.instantiate(module, {"host": names})
    memory.write(4, (37).to_bytes(4, "little"))
    assert instance.exports["sum"]() == 42 and counter.value == 42
    assert instance.exports["seven"]() == 7 and instance.exports["half"]() == 0.5
    assert instance.exports["grow"]() == 1 and memory.size == 3 and len(memory) == 3 << 16
    assert memory.grow(1) == 3 and memory.grow(1) == -1 and instance.exports["size"]() == 4
    table[1] = instance.exports["seven"]
    assert instance.exports["call"](1) == 7
    assert table.grow(1) == 2 and table.grow(1) == -1
    table[1] = None
    with pytest.raises(Trap, match="uninitialized element"):
        instance.exports["call"](1)
    with pytest.raises(IndexError):
        table[3]
    with pytest.raises(LinkError, match="another engine"):
        table[0] = Engine().instantiate(wat('(module (func (export "f")))')).exports["f"]


def test_memory_from_the_host_side() -> None:
    memory = Memory(1, 2)
    view = memory.view()
    view[65535] = 9
    assert memory.read(65535, 1) == b"\x09" and memory.read(65536, 0) == b""
    for bad in ((65536, 1), (-1, 1), (0, -1), (0, 65537)):
        with pytest.raises(IndexError):
            memory.read(*bad)
    with pytest.raises(IndexError):
        memory.write(65535, b"ab")
    memory.write(65534, b"ab")
    del memory
    assert bytes(view[65534:]) == b"ab"  # the view keeps the memory


@pytest.mark.parametrize("limits", [(-1, None), (2, 1), (65537, None), (0, 65537)])
def test_memory_that_cannot_be(limits: tuple[int, int | None]) -> None:
    with pytest.raises(Error, match="0 <= min <= max"):
        Memory(*limits)


def test_immutable_global() -> None:
    with pytest.raises(TypeError, match="immutable"):
        Global(I32, 1).value = 2
    with pytest.raises(TypeError, match="i32 takes an int"):
        Global(I32, 1.5)


def test_segments_trap_at_their_turn(wat: Wat) -> None:
    """What came before stays done."""
    memory, table = Memory(1), Table(2)
    names = {"host": {"memory": memory, "table": table}}
    head = '(import "host" "memory" (memory 1)) (import "host" "table" (table 2 funcref))'
    engine = Engine()
    with pytest.raises(Trap, match="out of bounds table access"):
        engine.instantiate(wat(f"(module {head} (func $f) (elem (i32.const 0) $f) (elem (i32.const 2) $f))"), names)
    kept = table[0]
    assert kept is not None and kept() is None
    with pytest.raises(Trap, match="out of bounds memory access"):
        engine.instantiate(
            wat(f'(module {head} (data (i32.const 0) "ab") (data (i32.const 65535) "cd") (data (i32.const 4) "ef"))'),
            names,
        )
    assert memory.read(0, 6) == b"ab\0\0\0\0" and memory.read(65535, 1) == b"\0"
    with pytest.raises(Trap, match="out of bounds memory access"):
        engine.instantiate(wat(f'(module {head} (data (i32.const -1) ""))'), names)


def test_start_function(wat: Wat) -> None:
    log: list[int] = []
    module = wat('(module (import "m" "log" (func $log (param i32))) (func $s (call $log (i32.const 5))) (start $s))')
    Engine().instantiate(module, {"m": {"log": log.append}})
    assert log == [5]
    with pytest.raises(Trap, match="unreachable"):
        Engine().instantiate(wat("(module (func $s unreachable) (start $s))"))


def test_nothing_is_made_when_linking_fails(wat: Wat) -> None:
    memory = Memory(1)
    module = wat('(module (import "m" "memory" (memory 1)) (import "m" "missing" (func)) (data (i32.const 0) "x"))')
    with pytest.raises(LinkError, match="missing"):
        Engine().instantiate(module, {"m": {"memory": memory}})
    assert memory.read(0, 1) == b"\0"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"tier": "fast"}, "tier is one of auto, baseline, optimized, not 'fast'"),
        ({"time_limit": 0}, "time_limit"),
        ({"tier_up_budget": -1}, "tier_up_budget"),
        ({"code_space": 1}, "code_space"),
        ({"max_stack": 1}, "max_stack"),
        ({"pipeline": "simplfy"}, "did you mean .simplify"),
    ],
)
def test_options_are_checked(options: dict[str, object], text: str) -> None:
    with pytest.raises(Error, match=text):
        Engine(**options)  # type: ignore[arg-type]


def test_tables_take_functions_only() -> None:
    table = Table(1)
    for value in (5, abs, "f"):
        with pytest.raises(TypeError, match="a table holds functions"):
            table[0] = value  # type: ignore[assignment]


def test_a_global_of_references_belongs_to_one_engine(wat: Wat) -> None:
    first, second = Engine(), Engine()
    data = wat('(module (import "m" "g" (global (mut externref))) (func (export "f") (result externref) global.get 0))')
    cell = Global(EXTERNREF, "x", mutable=True, engine=first)
    assert first.instantiate(data, {"m": {"g": cell}}).exports["f"]() == "x"
    with pytest.raises(LinkError, match="a global of another engine"):
        second.instantiate(data, {"m": {"g": cell}})
