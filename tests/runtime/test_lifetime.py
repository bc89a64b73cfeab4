"""Memory, code and instances go with the last reference."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from seaofnodes import Engine, Table

Wat = Callable[[str], bytes]

TEXT = """(module
  (import "host" "f" (func $f (param i32) (result i32)))
  (memory (export "memory") 1)
  (table (export "table") 4 funcref)
  (elem (i32.const 0) $add $f)
  (global (export "counter") (mut i32) (i32.const 5))
  (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "run") (param i32) (result i32) (call $f (local.get 0))))"""


def mappings() -> int:
    return len(Path("/proc/self/maps").read_text().splitlines())


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def use(engine: Engine, source: object) -> None:
    instance = engine.instantiate(source, {"host": {"f": lambda n: n + 1}})  # type: ignore[arg-type]
    assert instance.exports["add"](1, 2) == 3
    assert instance.exports["run"](1) == 2
    assert instance.exports["table"][1](3) == 4


def test_instances_and_engines_need_no_collector(wat: Wat) -> None:
    """A thousand of them leave neither mappings nor memory behind, with the cyclic collector switched off."""
    data = wat(TEXT)
    engine = Engine()
    module = engine.load(data)
    use(engine, module)
    use(Engine(), module)
    gc.collect()
    gc.disable()
    try:
        before = mappings(), resident()
        for _ in range(700):
            use(engine, module)
        for _ in range(300):
            use(Engine(), module)
        assert mappings() - before[0] < 20
        gc.collect()  # the compilers' own cycles
        assert resident() - before[1] < 8 << 20
    finally:
        gc.enable()


def test_cycles_through_host_functions_are_collected(wat: Wat) -> None:
    engine, module = Engine(), wat(TEXT)

    def use_cycle() -> weakref.ref[object]:
        def host(n: int) -> int:
            result: int = instance.exports["add"](n, 1)
            return result

        instance = engine.instantiate(module, {"host": {"f": host}})
        assert instance.exports["run"](5) == 6
        return weakref.ref(instance)

    found = [use_cycle() for _ in range(20)]
    gc.collect()
    assert [ref() for ref in found] == [None] * 20


def test_exports_keep_what_they_need(wat: Wat) -> None:
    data = wat(TEXT)

    def exports() -> dict[str, object]:
        return dict(Engine().instantiate(data, {"host": {"f": lambda n: n + 1}}).exports)

    function, table, memory, counter = (exports()[name] for name in ("add", "table", "memory", "counter"))
    gc.collect()
    assert function(2, 3) == 5  # type: ignore[operator]
    assert table[1](2) == 3  # type: ignore[index]
    memory.write(0, b"x")  # type: ignore[attr-defined]
    counter.value += 1  # type: ignore[attr-defined]
    assert counter.value == 6  # type: ignore[attr-defined]


def test_an_entered_instance_stays_alive(wat: Wat) -> None:
    """The host drops the last reference to an instance while it runs, and clears the table entry that led to it: it
    lives as long as the table, into which its code might have put another.
    """
    engine = Engine()
    tables = [Table(1)]
    callee = wat("""(module
      (import "host" "drop" (func $drop))
      (memory 1)
      (func (export "f") (result i32)
        (i32.store (i32.const 0) (i32.const 42)) (call $drop) (i32.load (i32.const 0))))""")
    caller = wat("""(module
      (import "host" "table" (table 1 funcref))
      (func (export "run") (result i32) (call_indirect (result i32) (i32.const 0))))""")

    def drop() -> None:
        tables[0][0] = None
        gc.collect()
        assert dropped() is not None

    tables[0][0] = engine.instantiate(callee, {"host": {"drop": drop}}).exports["f"]
    function = tables[0][0]
    assert function is not None
    dropped = weakref.ref(function.owner)
    del function
    run = engine.instantiate(caller, {"host": {"table": tables[0]}}).exports["run"]
    assert run() == 42
    gc.collect()
    assert dropped() is not None
    del run
    tables.clear()
    gc.collect()
    assert dropped() is None


def test_one_function_keeps_its_engine(wat: Wat) -> None:
    engine = Engine()
    alive = weakref.ref(engine.store)
    function = engine.instantiate(wat(TEXT), {"host": {"f": abs}}).exports["add"]
    del engine
    gc.collect()
    assert alive() is not None and function(1, 1) == 2
    del function
    gc.collect()
    assert alive() is None


def test_code_is_shared_by_instances_of_a_module(wat: Wat) -> None:
    engine = Engine(tier="baseline")
    module = engine.load(wat(TEXT))
    first = engine.instantiate(module, {"host": {"f": abs}})
    first.exports["add"](1, 2)
    used = engine.runtime.space.code_bytes
    second = engine.instantiate(module, {"host": {"f": abs}})
    second.exports["add"](1, 2)
    assert engine.runtime.space.code_bytes == used


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_runs_and_compiles(wat: Wat) -> None:
    code = f"""
import os, seaofnodes
instance = seaofnodes.Engine().instantiate({wat(TEXT)!r}, {{"host": {{"f": abs}}}})
instance.exports["add"](1, 2)
child = os.fork()
if not child:
    assert instance.exports["add"](2, 3) == 5
    assert instance.exports["run"](-1) == 1
    assert seaofnodes.Engine().instantiate({wat(TEXT)!r}, {{"host": {{"f": abs}}}}).exports["run"](-1) == 1
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert instance.exports["run"](-3) == 3
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_waits_for_imports_of_other_threads(tmp_path: Path) -> None:
    """The compiler's thread imports passes: in the child nobody would ever give the lock of the module back."""
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(0.4)\n")
    code = """
import os, seaofnodes, sys, threading, time
sys.path.insert(0, sys.argv[1])
seaofnodes.Engine()
thread = threading.Thread(target=lambda: __import__("slow"))
thread.start()
time.sleep(0.1)
child = os.fork()
if not child:
    import slow
    os._exit(7)
thread.join()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=30)
