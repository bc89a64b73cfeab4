"""Assumptions that end while another thread runs or compiles code that depends on them."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping

from seaofnodes.runtime.tiers.events import DeoptEvent
from tests.language.globals import Body, Globals, Host, Instruction, Value, loaded


def test_other_threads_end_assumptions() -> None:
    """A value that another thread has assigned before a host function returns is seen after it."""
    names = [f"g{i}" for i in range(24)]
    turn = threading.Semaphore(0)
    done = threading.Semaphore(0)

    def let(program: Globals, i: int) -> tuple[Value, ...]:
        turn.release()
        done.acquire()  # the other thread has assigned
        return ()

    def body(name: str) -> Body:
        code: list[Instruction] = [("global", 1, name), ("call", [], "let", 0), ("global", 2, name), ("return", 1, 2)]
        return Body("lll", 1, "ll", code)

    functions: Mapping[str, Body | Host] = {"let": Host("l", "", let), **{name: body(name) for name in names}}
    program, _ = loaded(functions, dict.fromkeys(names, 0), tier="optimized")
    current = [names[0], 0]

    def other() -> None:
        while True:
            turn.acquire()
            name, value = current
            if name is None:
                return
            program.assign(str(name), int(value))
            done.release()

    thread = threading.Thread(target=other)
    thread.start()
    try:
        for name in names:
            for value in range(1, 12):
                current[:] = [name, value]
                assert program.call(name, 0) == (value - 1, value)
                program.constants.pop(name)  # constant once more
    finally:
        current[0] = None
        turn.release()
        thread.join()


def test_other_threads_race_with_the_compiler() -> None:
    """Values that a loop reads only grow, whoever compiles, enters or ends what when; the last one is seen."""
    code: list[Instruction] = [("global", 0, "g"), ("call", [], "nothing"), ("call", [1], "get"), ("return", 0, 1)]
    functions = {
        "get": Body("l", 0, "l", [("global", 0, "g"), ("return", 0)]),
        "nothing": Host("", "", lambda program: ()),
        "f": Body("lll", 0, "ll", code),
    }
    for seed in range(12):
        program, engine = loaded(functions, {"g": 0}, tier_up_budget=20, background=True)
        stop = threading.Event()

        def other(program: Globals = program, seed: int = seed, stop: threading.Event = stop) -> None:
            draw = random.Random(seed)
            for value in range(1, 40):
                stop.wait(draw.random() * 2e-3)
                program.assign("g", value)
                if draw.random() < 0.7:
                    program.constants.pop("g", None)
            stop.set()

        thread = threading.Thread(target=other)
        thread.start()
        last = 0
        while not stop.is_set():
            first, second = program.call("f")
            assert last <= first <= second
            last = int(second)
        thread.join()
        assert program.call("f") == (39, 39)
        engine.store.runtime.tiers.background.wait()
        assert program.call("f") == (39, 39)


def test_a_loop_of_compiled_code_sees_what_another_thread_has_ended() -> None:
    """Nothing in it calls Python but the polls."""
    functions = {
        "same": Body("l", 1, "l", [("return", 0)]),
        "f": Body("lllll", 0, "l", [
            ("const", 1, 1), ("call", [2], "same", 2), ("global", 3, "g"), ("less", 4, 3, 1), ("branch", 4, 1),
            ("return", 3),
        ]),
    }  # fmt: skip
    program, engine = loaded(functions, {"g": 0}, tier="optimized", inline=False, time_limit=60)
    program.program._optimize(0, -1)
    left: list[DeoptEvent] = []
    engine.on_deopt(left.append)
    timer = threading.Timer(0.2, lambda: program.assign("g", 7))
    timer.start()
    assert program.call("f") == (7,)
    timer.join()
    assert [(event.name, event.is_lazy) for event in left] == [("f", True)]
