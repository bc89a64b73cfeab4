"""What counts towards an engine's memory, and what a module with a great many parts costs."""

from __future__ import annotations

import copy
import gc
import pickle
import tracemalloc
from collections.abc import Callable

import pytest

from seaofnodes import EXTERNREF, FUNCREF, I32, Engine, Error, Table, Tag, WasmException
from seaofnodes.errors import PassError
from seaofnodes.passes.framework.pipeline import Pipeline

Wat = Callable[[str], bytes]
ENTRIES = 8192  # a page of 64 KiB


def test_tables_count_towards_max_memory(wat: Wat) -> None:
    module = wat(f"""(module (table $t (export "t") {4 * ENTRIES} funcref) (memory (export "m") 2)
      (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))""")
    engine = Engine(max_memory=8 << 16)
    instance = engine.instantiate(module)
    assert engine.store.pages.left == 2
    assert instance.exports["grow"](3 * ENTRIES) == -1 and instance.exports["t"].grow(3 * ENTRIES) == -1
    assert instance.exports["grow"](2 * ENTRIES) == 4 * ENTRIES and instance.exports["m"].grow(1) == -1
    with pytest.raises(Error, match="pages are left to this engine"):
        engine.instantiate(wat(f"(module (table {ENTRIES} externref))"))
    engine.instantiate(wat("(module (table 100 funcref))"))  # small ones do not count
    del instance
    gc.collect()
    assert engine.store.pages.left == 8


def test_tables_of_the_host_count_from_their_first_use_on(wat: Wat) -> None:
    engine = Engine(max_memory=4 << 16)
    with pytest.raises(Error, match="pages are left to this engine"):
        Table(5 * ENTRIES, element=EXTERNREF, engine=engine)
    table = Table(3 * ENTRIES, element=FUNCREF)
    instance = engine.instantiate(wat('(module (import "m" "t" (table 1 funcref)))'), {"m": {"t": table}})
    assert engine.store.pages.left == 1 and table.grow(2 * ENTRIES) == -1 and table.grow(ENTRIES) == 3 * ENTRIES
    del instance, table
    gc.collect()
    assert engine.store.pages.left == 4


def test_many_tags_are_small(wat: Wat) -> None:
    count = 20_000
    engine = Engine()
    module = engine.load(wat(f"(module {'(tag (param i32))' * count})"))
    tracemalloc.start()
    try:
        instance = engine.instantiate(module)
        assert len({tag.address for tag in instance.data.tags}) == count
        assert tracemalloc.get_traced_memory()[0] < 300 * count
    finally:
        tracemalloc.stop()


def test_tags_of_dropped_instances_are_not_mistaken(wat: Wat) -> None:
    """A new tag may come to lie where another one was; an exception keeps its own."""
    thrower = wat('(module (tag $t (export "t") (param i32)) (func (export "f") (throw $t (i32.const 7))))')
    catcher = wat("""(module (import "m" "t" (tag $t (param i32))) (import "m" "f" (func $f))
      (func (export "g") (result i32) (block $h (result i32) (try_table (catch $t $h) (call $f)) (i32.const 0))))""")
    engine = Engine()
    kept = []
    for _ in range(200):
        instance = engine.instantiate(thrower)
        assert engine.instantiate(catcher, {"m": instance}).exports["g"]() == 7
        with pytest.raises(WasmException) as caught:
            instance.exports["f"]()
        kept.append(caught.value)
        wrong = {"m": {"t": Tag(I32), "f": instance.exports["f"]}}
        with pytest.raises(WasmException):
            engine.instantiate(catcher, wrong).exports["g"]()
    assert len({id(error.tag) for error in kept}) == 200


def test_exceptions_can_be_sent(wat: Wat) -> None:
    """To another process, in which there is no such tag; what cannot go is text there."""
    module = wat("""(module (tag $t (param i32 externref funcref))
      (func $f (export "f") (param externref) (throw $t (i32.const 7) (local.get 0) (ref.func $f))))""")
    instance = Engine().instantiate(module)
    unsendable = lambda: None  # noqa: E731
    for value, expected in (("text", "text"), (unsendable, repr(unsendable))):
        with pytest.raises(WasmException) as caught:
            instance.exports["f"](value)
        error = caught.value
        found = pickle.loads(pickle.dumps(error))
        assert isinstance(found, WasmException) and str(found) == str(error) and found.frames == error.frames
        assert found.tag.type == error.tag.type and found.reference is None
        assert found.values[:2] == (7, expected) and isinstance(found.values[2], str)
        assert copy.copy(error).tag is error.tag
    odd = pickle.loads(pickle.dumps(WasmException(unsendable, (1,))))
    assert odd.tag == repr(unsendable) and odd.values == (1,)


def test_nested_and_long_pipelines() -> None:
    def nested(count: int) -> str:
        return "fix(" * count + "gvn" + ")" * count

    assert str(Pipeline.parse(nested(20))) == nested(20)
    for count in (21, 500, 100_000):
        with pytest.raises(PassError, match="at most 20 groups may be in each other") as caught:
            Pipeline.parse(nested(count))
        assert len(str(caught.value)) < 500
    assert len(Pipeline.parse("gvn," * 100_000).steps) == 100_000  # in linear time
