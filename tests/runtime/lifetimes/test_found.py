"""Programs that once failed, made small. `python -m tests.runtime.lifetimes` prints such."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest

from tests.runtime.lifetimes.program import parse
from tests.runtime.lifetimes.runs import Process


@pytest.fixture(scope="module")
def process() -> Iterator[Process]:
    with Process() as found:
        yield found


def check(process: Process, text: str, mode: str) -> None:
    failure = process.run(parse(textwrap.dedent(text)), mode)
    assert failure is None, f"{failure.kind}\n{failure.text}"


@pytest.mark.parametrize("action", ["use", "hot", "deoptimize", "trap", "deep", "grow", "throw", "host", "objects"])
def test_plugin_that_uses_its_instance_when_it_dies(process: Process, action: str) -> None:
    """Its methods are the instance's host functions."""
    check(process, f"""
        engine('engine1')
        plugin('plugin2', {action!r}, 3)
        instance('instance3', 'engine1', host='plugin2')
        hold('plugin2', 'instance3')
    """, "plain")


@pytest.mark.parametrize("action", ["engine", "collect", "revive", "thread"])
def test_plugin_that_holds_its_engine(process: Process, action: str) -> None:
    check(process, f"""
        engine('engine1')
        plugin('plugin2', {action!r}, 4)
        instance('instance3', 'engine1', host='plugin2')
        hold('plugin2', 'engine1')
        hold('plugin2', 'instance3')
    """, "plain")


@pytest.mark.parametrize("what", ["export('x', 'instance3', 'memory')", "view('x', 'instance3', True)",
                                  "memory('x', 1)", "export('x', 'instance3', 'mul')",
                                  "export('x', 'instance3', 'table')"])  # fmt: skip
def test_cycle_that_uses_what_it_holds(process: Process, what: str) -> None:
    check(process, f"""
        engine('engine1')
        plugin('plugin2', 'use', 1)
        instance('instance3', 'engine1')
        {what}
        hold('plugin2', 'plugin2')
        hold('plugin2', 'x')
    """, "plain")


def test_suspended_generator_in_a_cycle(process: Process) -> None:
    check(process, """
        engine('engine1')
        plugin('plugin2', 'nothing', 4)
        instance('instance3', 'engine1')
        generator('generator6', 'plugin2 instance3', 'deoptimize')
        hold('plugin2', 'generator6')
    """, "plain")


def test_exception_that_holds_a_generator(process: Process) -> None:
    check(process, """
        engine('engine1')
        instance('instance3', 'engine1')
        generator('generator6', 'engine1 instance3', 'use')
        instance('instance8', 'engine1')
        caught('caught14', 'instance8', 'generator6', True)
    """, "plain")


def test_generator_in_a_global(process: Process) -> None:
    """It uses the instance in another thread."""
    check(process, """
        engine('engine1')
        instance('instance3', 'engine1')
        engine('engine6')
        generator('generator9', 'engine6 instance3', 'thread')
        instance('instance14', 'engine1', objects='instance3')
        put_global('instance14', 'generator9', False)
    """, "threads")


def test_objects_that_use_their_instance_from_its_table(process: Process) -> None:
    check(process, """
        engine('engine1')
        instance('instance2', 'engine1')
        plugin('plugin3', 'use', 1)
        hold('plugin3', 'instance2')
        put_object('instance2', 1, 'plugin3', True)
    """, "plain")


def test_global_of_another_engine(process: Process) -> None:
    check(process, """
        engine('engine1')
        instance('instance3', 'engine1')
        engine('engine6')
        instance('instance8', 'engine6', cell='instance3')
    """, "plain")


def test_observer_that_deoptimizes(process: Process) -> None:
    check(process, """
        engine('engine1', tier_up_budget=10, background=False)
        instance('instance2', 'engine1')
        plugin('plugin3', 'nothing', 99, on_event='deoptimize')
        hold('plugin3', 'instance2')
        call('instance2', 'run', 300, 1)
        call('instance2', 'run', 300, 1)
        put('instance2', 4, 'instance2', 'mul')
        call('instance2', 'ticking', 80)
        call('instance2', 'ticking', 80)
        call('instance2', 'run', 300, 1)
        observe('engine1', 'plugin3')
        put('instance2', 4, 'instance2', 'xor')
        call('instance2', 'ticking', 20)
    """, "plain")


def test_observer_under_stress(process: Process) -> None:
    check(process, """
        engine('engine1', tier_up_budget=10, background=False, stress_deopt=True)
        plugin('plugin2', 'nothing', 0, on_event='use')
        instance('instance3', 'engine1')
        hold('plugin2', 'instance3')
        observe('engine1', 'plugin2')
        instance('instance5', 'engine1')
        call('instance5', 'deep')
    """, "plain")


def test_forked_child_keeps_code_that_the_parent_lets_go_of(process: Process) -> None:
    check(process, """
        engine('engine1', tier_up_budget=10, background=False)
        instance('instance2', 'engine1')
        instance('instance3', 'engine1', shared=False)
        call('instance3', 'run', 300, 1)
        call('instance3', 'ticking', 20)
        fork(inner=[call('instance3', 'run', 300, 1), call('instance3', 'mul', 3, 4)], late=True)
        drop('instance3')
        collect(2)
        instance('instance4', 'engine1', shared=False)
        call('instance4', 'run', 300, 2)
        call('instance4', 'fill', 300, 7)
        reap()
    """, "fork")


def test_fork_while_a_thread_uses_the_engine(process: Process) -> None:
    for _ in range(5):
        check(process, """
            engine('engine1')
            instance('instance3', 'engine1')
            worker('worker5', 'instance3', 'hot', 20, False)
            fork(inner=[call('instance3', 'deep'), call('instance3', 'run', 40, 2)])
        """, "fork")
