"""Lazy deoptimization: frames leave code whose assumptions have ended, where a call returns to them."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from seaofnodes.errors import Error, Trap
from seaofnodes.runtime.tiers.events import CompileEvent, DeoptEvent
from tests.language.globals import OPTIONS, Body, Globals, Host, Instruction, Value, loaded


def assign(program: Globals, value: int) -> tuple[Value, ...]:
    program.assign("g", value)
    return ()


ASSIGN = Host("l", "", assign)
# rec(n): n = 0: assign 77; else rec(n - 1) + g, as it was before the call, + 2 g after it
RECURSION = Body("llllllll", 1, "l", [
    ("const", 1, 1), ("less", 2, 0, 1), ("branch", 2, 11), ("global", 3, "g"), ("const", 4, -1), ("add", 5, 0, 4),
    ("call", [5], "rec", 5), ("add", 5, 5, 3), ("global", 6, "g"), ("add", 5, 5, 6), ("branch", 1, 14),
    ("const", 5, 77), ("call", [], "assign", 5), ("global", 5, "g"), ("global", 4, "g"), ("add", 5, 5, 4),
    ("return", 5),
])  # fmt: skip


def loop(callee: str) -> Body:
    """f(n): calls callee(i) for i < n and adds up what it gives, and g."""
    return Body("llllll", 1, "l", [
        ("const", 1, 1), ("call", [4], callee, 2), ("global", 5, "g"), ("add", 3, 3, 5), ("add", 3, 3, 4),
        ("add", 2, 2, 1), ("less", 4, 2, 0), ("branch", 4, 1), ("return", 3),
    ])  # fmt: skip


def identity(callee: str) -> Body:
    """A compiled function between."""
    return Body("ll", 1, "l", [("call", [1], callee, 0), ("return", 1)])


def at_fifth(program: Globals, i: int) -> tuple[Value, ...]:
    if i == 5:
        program.assign("g", 1000)
    return (i,)


def lazily(events: list[DeoptEvent]) -> int:
    return sum(event.is_lazy for event in events)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("depth", [0, 1, 2, 7, 60])
def test_every_frame_of_a_recursion_leaves(options: dict[str, Any], depth: int) -> None:
    functions = {"assign": ASSIGN, "rec": RECURSION}
    expected = loaded(functions, {"g": 5}, tier="baseline")[0]
    program, engine = loaded(functions, {"g": 5}, **options)
    left: list[DeoptEvent] = []
    engine.on_deopt(left.append)
    for _ in range(4):
        assert program.call("rec", depth) == expected.call("rec", depth)
    if options == {"tier": "optimized", "inline": False}:
        assert lazily(left) == depth + 1 and program.program.deoptimizations[1] == 1
        assert {event.reason for event in left} == {"dependency change"}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("between", [0, 1, 2])
def test_a_loop_goes_on_with_the_new_value(options: dict[str, Any], between: int) -> None:
    """Called in the interpreter, or in compiled code."""
    functions: dict[str, Body | Host] = {"c0": Host("l", "l", at_fifth)}
    functions |= {f"c{i + 1}": identity(f"c{i}") for i in range(between)}
    functions["f"] = loop(f"c{between}")
    program, engine = loaded(functions, {"g": 3}, **options)
    left: list[DeoptEvent] = []
    engine.on_deopt(left.append)
    if "tier" not in options:
        for _ in range(40):
            program.call("f", 3)
        engine.store.runtime.tiers.background.wait()
    assert program.call("f", 10) == (5 * 3 + 5 * 1000 + sum(range(10)),)
    assert lazily(left) >= 1
    assert program.call("f", 12) == (12 * 1000 + sum(range(12)),)


@pytest.mark.parametrize("letters", ["", "i", "l", "d", "ld", "dil", "llll", "dddd", "lidlidlid"])
@pytest.mark.parametrize("arguments", [0, 1, 9, 12])
def test_results_in_registers_and_on_the_stack(letters: str, arguments: int) -> None:
    """The call's results come to the interpreter, wherever they are; so does what is live across it."""
    given = [float(i) - 2.5 if letter == "d" else 7 * i - 3 for i, letter in enumerate(letters)]

    def many(program: Globals, *values: int) -> list[Value]:
        if len(told := program.__dict__.setdefault("told", [])):
            program.assign("g", sum(values) + 1)
        told.append(values)
        return given

    count = len(letters)
    registers = "l" * arguments + "l" + letters
    places = list(range(arguments + 1, arguments + 1 + count))
    functions = {
        "many": Host("l" * arguments, letters, many),
        "f": Body(registers, arguments, "l" * arguments + "l" + letters, [
            ("call", places, "many", *range(arguments)), ("global", arguments, "g"),
            ("return", *range(arguments), arguments, *places),
        ]),
        "outer": Body(registers, arguments, "l" * arguments + "l" + letters, [
            ("call", list(range(len(registers))), "f", *range(arguments)), ("return", *range(len(registers))),
        ]),
    }  # fmt: skip
    values = [3 * i - 4 for i in range(arguments)]
    for name in ("f", "outer"):
        program, engine = loaded(functions, {"g": 5}, tier="optimized", inline=False)
        left: list[DeoptEvent] = []
        engine.on_deopt(left.append)
        assert program.call(name, *values) == (*values, 5, *given) and not left
        for _ in range(2):
            assert program.call(name, *values) == (*values, sum(values) + 1, *given)
            assert [event.name for event in left] == ["f"]


def test_nested_entries_leave_as_well() -> None:
    """Python between frames of compiled code, several times; also in the middle, an error that Python catches."""

    def host(program: Globals, n: int) -> tuple[Value, ...]:
        if n == 0:
            program.assign("g", 100)
            raise Error("at the bottom")
        try:
            return program.call("f", n - 1)
        except Error:
            return (program.get("g"),)

    # f(n) = host(n) + g before + g after
    body = Body("llll", 1, "l", [
        ("global", 1, "g"), ("call", [2], "host", 0), ("global", 3, "g"), ("add", 2, 2, 1), ("add", 2, 2, 3),
        ("return", 2),
    ])  # fmt: skip
    functions = {"host": Host("l", "l", host), "f": body}
    for depth in (1, 2, 9):
        program, engine = loaded(functions, {"g": 1}, tier="optimized")
        left: list[DeoptEvent] = []
        engine.on_deopt(left.append)
        assert program.call("f", depth) == (100 + 101 * depth,)
        assert lazily(left) == depth  # the innermost one is unwound
        assert program.call("f", depth) == (100 + 200 * depth,)


def test_code_is_given_up_between_calls() -> None:
    program, engine = loaded({"f": Body("l", 0, "l", [("global", 0, "g"), ("return", 0)])}, {"g": 1}, tier="optimized")
    compiled: list[CompileEvent] = []
    engine.observe(lambda event: compiled.append(event) if isinstance(event, CompileEvent) else None)
    assert program.call("f") == (1,) and len(compiled) == 1
    for value in (2, 3, 4):
        program.assign("g", value)
        assert program.call("f") == (value,)
    assert len(compiled) == 2  # what comes after that loads it
    assert not program.constant("g").is_valid


def test_only_what_depends_on_it_is_given_up() -> None:
    get = {name: Body("l", 0, "l", [("global", 0, name), ("return", 0)]) for name in "ab"}
    program, _ = loaded(get, {"a": 1, "b": 2}, tier="optimized")
    assert program.call("a") + program.call("b") == (1, 2)
    code = program.program.optimized[1]
    program.assign("a", 5)
    assert program.call("a") + program.call("b") == (5, 2)
    assert program.program.optimized[1] is code


def test_an_inlined_function_brings_its_assumptions() -> None:
    functions = {
        "get": Body("l", 0, "l", [("global", 0, "g"), ("return", 0)]),
        "f": Body("l", 0, "l", [("call", [0], "get"), ("return", 0)]),
    }
    program, _ = loaded(functions, {"g": 1}, tier="optimized", stress_inline=True)
    assert program.call("f") == (1,)
    assert [inlined.function_index for inlined in program.program.optimized[1].code.inlinings] == [0]
    program.assign("g", 9)
    assert program.call("f") == (9,)


def test_code_is_freed() -> None:
    """Globals that end one after another leave no code behind; a frame that is in marked code keeps it until then."""
    names = [f"g{i}" for i in range(200)]

    def change(program: Globals, i: int) -> tuple[Value, ...]:
        program.assign(names[i], i)
        return ()

    functions: dict[str, Body | Host] = {"change": Host("l", "", change)}
    for name in names:
        code: list[Instruction] = [("call", [], "change", 0), ("global", 1, name), ("add", 1, 1, 0), ("return", 1)]
        functions[name] = Body("ll", 1, "l", code)
    program, engine = loaded(functions, dict.fromkeys(names, 1), tier="optimized")
    sizes = []
    for i, name in enumerate(names):
        assert program.call(name, i) == (2 * i,)
        sizes.append(engine.store.runtime.space.code_bytes)
    assert engine.store.runtime.tiers.retired.bytes_freed > 0
    assert not any(assumption._code for assumption in program.constants.values())
    assert sizes[-1] - sizes[100] <= sizes[100] - sizes[0]


def test_repeated_endings_are_bounded() -> None:
    """One function, whose assumption is made anew each time."""
    count = 60

    def change(program: Globals, i: int) -> tuple[Value, ...]:
        program.assign("g", i)
        program.constants.pop("g")  # constant from now on, once more
        return ()

    code: list[Instruction] = [
        ("global", 1, "g"), ("call", [], "change", 0), ("global", 2, "g"), ("add", 1, 1, 2), ("return", 1),
    ]  # fmt: skip
    functions = {"change": Host("l", "", change), "f": Body("lll", 1, "l", code)}
    program, engine = loaded(functions, {"g": 0}, tier="optimized")
    space = engine.store.runtime.space
    sizes = []
    for i in range(1, count):
        assert program.call("f", i) == (2 * i - 1,)
        sizes.append(space.code_bytes)
    assert program.program.not_optimized[1, -1] == "deoptimized too often"
    assert max(sizes) - sizes[0] < 16 << 10
    engine.store.runtime.tiers.retired.free()
    assert space.code_bytes <= sizes[0]


def test_an_assumption_that_ends_while_code_is_made_for_it() -> None:
    """The code is never entered, and made again."""
    program, engine = loaded({"f": Body("l", 0, "l", [("global", 0, "g"), ("return", 0)])}, {"g": 1}, tier="optimized")
    inner = program.lift
    lifted = []

    def lift(function: int, start: int) -> Any:
        graph = inner(function, start)
        lifted.append(graph)
        if len(lifted) == 1:
            program.assign("g", 2)
        return graph

    program.lift = lift  # type: ignore[method-assign]
    compiled: list[object] = []
    engine.observe(lambda event: compiled.append(event) if isinstance(event, CompileEvent) else None)
    assert program.call("f") == (2,) and not compiled  # interpreted
    assert program.call("f") == (2,) and len(compiled) == 1 and len(lifted) == 2


def test_a_call_that_cannot_leave_is_not_compiled() -> None:
    """Here a pass has dropped the frame state."""
    from seaofnodes.passes.checkpoints import drop_states_of_calls

    functions = {"c": Host("l", "l", at_fifth), "f": loop("c")}
    program, _ = loaded(functions, {"g": 1}, tier="optimized")
    inner = program.lift

    def lift(function: int, start: int) -> Any:
        graph = inner(function, start)
        drop_states_of_calls(graph.reachable())
        return graph

    program.lift = lift  # type: ignore[method-assign]
    assert program.call("f", 10) == (5 + 5 * 1000 + sum(range(10)),)
    assert "depends on <assumption g is constant" in program.program.not_optimized[1, -1]


def test_endless_recursion_still_traps() -> None:
    body = Body("lll", 1, "l", [("call", [], "assign", 0), ("global", 1, "g"), ("call", [2], "f", 0), ("return", 2)])
    program, _ = loaded({"assign": ASSIGN, "f": body}, {"g": 1}, tier="optimized")
    with pytest.raises((Trap, RecursionError)):
        program.call("f", 1)


def test_an_engine_is_freed_with_its_assumptions() -> None:
    program, engine = loaded({"f": Body("l", 0, "l", [("global", 0, "g"), ("return", 0)])}, {"g": 1}, tier="optimized")
    assert program.call("f") == (1,)
    dead = weakref.ref(engine.store.runtime.tiers), weakref.ref(program)
    del program, engine
    gc.collect()
    assert [found() for found in dead] == [None, None]


def test_a_program_is_freed_before_its_engine() -> None:
    program, engine = loaded({"f": Body("l", 0, "l", [("global", 0, "g"), ("return", 0)])}, {"g": 1}, tier="optimized")
    assert program.call("f") == (1,)
    dead = weakref.ref(program)
    del program
    gc.collect()
    assert dead() is None
    assert engine.store.runtime.tiers.assumptions is not None


def test_a_graph_alone_may_not_depend_on_them() -> None:
    program, engine = loaded({"f": Body("l", 0, "l", [("global", 0, "g"), ("return", 0)])}, {"g": 1})
    with pytest.raises(Error, match="depends on assumptions"):
        engine.install(program.lift(0, -1))
