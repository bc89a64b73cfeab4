"""Does a graph still do what it did? Runs graphs in fresh instances and compares results, traps, state and calls to
the host.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from seaofnodes.errors import Trap, WasmException
from seaofnodes.ir.evaluator.evaluate import OutOfSteps, evaluate
from seaofnodes.ir.graph import Graph
from seaofnodes.ir.text import format_graph
from seaofnodes.ir.verify import verify
from seaofnodes.passes.base import CallFeedback, Pass, PassContext, PassResult
from seaofnodes.passes.framework.pipeline import Pipeline, make_pass
from seaofnodes.passes.framework.registry import PassRegistry
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.interpreter.environment import InterpretedEnvironment
from seaofnodes.wasm.interpreter.interpreter import InterpretedInstance, Limits
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.interpreter.store import Global
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import MEMORY, Module
from seaofnodes.wasm.types import FuncType, GlobalType, ValType

INTERESTING = {
    "i32": (0, 1, 2, 7, 8, 16, 64, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 65536, 65534, 65532, 65532, 65528, 65520),
    "i64": (0, 1, 2, 7, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1),
    "f32": (0, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0x7FC00000, 0x4F000000, 1),
    "f64": (0, 1 << 63, 0x3FF0000000000000, 0xBFF8000000000000, 0x7FF0000000000000, 0x7FF8000000000000, 1),
}


class PolledEnvironment(InterpretedEnvironment):
    """Every third poll takes its slow path. With `interfere`, that changes memory and globals, as a function called
    from it might.
    """

    def __init__(self, instance: InterpretedInstance, interfere: bool) -> None:
        super().__init__(instance)
        self.interfere = interfere
        self.polls = 0

    def stack_limit_reached(self) -> int:
        self.polls += 1
        return int(self.polls % 3 == 0)

    def call_builtin(self, name: str, arguments: Sequence[int]) -> list[int]:
        if name != "poll_loop":
            return super().call_builtin(name, arguments)
        if self.interfere:
            for cell in self.instance.globals:
                if cell.type.mutable and not cell.type.type.is_reference:
                    cell.bits ^= 5
            for memory in self.instance.memories:
                if len(memory.data) > 64:
                    for address in range(0, 64, 3):
                        memory.data[address] ^= 0x15
        return []


def imports_of(module: Module, log: list[object]) -> dict[str, dict[str, Any]]:
    """Host functions that log their arguments and give zeros; imported globals of one type are one and the same."""
    found: dict[str, dict[str, Any]] = {}
    shared: dict[GlobalType, Global] = {}

    def host(name: str, results: int) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            log.append((name, *map(repr, arguments)))
            return None if not results else 0 if results == 1 else (0,) * results

        return call

    for one in module.imports:
        value: object = None
        if isinstance(one.desc, FuncType):
            value = host(one.name, len(one.desc.results))
        elif isinstance(one.desc, GlobalType):
            value = shared.setdefault(one.desc, Global(one.desc, 3))
        assert value is not None, f"cannot import a {one.kind}"
        found.setdefault(one.module, {})[one.name] = value
    return found


def outcome(
    module: Module, graph: Graph, arguments: Sequence[int], interfere: bool = True, steps: int = 3000
) -> tuple[object, ...] | None:
    """What a run does, as far as an observer can tell; None if it takes too long."""
    log: list[object] = []
    try:
        instance = instantiate(module, imports_of(module, log), limits=Limits(depth=100, steps=20 * steps))
    except (Trap, OutOfSteps):
        return None
    try:
        end: object = tuple(evaluate(graph, arguments, PolledEnvironment(instance, interfere), steps=steps))
    except Trap as trap:
        end = str(trap.reason)
    except WasmException as error:
        end = str(error)
    except OutOfSteps:
        return None
    memories = tuple(bytes(memory.data) for memory in instance.memories)
    return end, tuple(log), memories, tuple(cell.bits for cell in instance.globals)


def arguments_for(graph: Graph, kinds: Sequence[ValType], rounds: int, seed: int) -> list[list[int]]:
    """Argument lists: zeros, then interesting and small ones."""
    picker = random.Random(seed)
    found = [[0] * len(kinds)]
    for _ in range(rounds - 1):
        found.append([picker.choice((picker.choice(INTERESTING[kind.name]), picker.randrange(9))) for kind in kinds])
    return found


def context_for(module: Module) -> PassContext:
    """As a hot function's: every call site is called often."""

    def size(index: int) -> int:
        return 2 * len(module.body(index).opcodes) if index >= module.imported_functions else -1

    return PassContext(
        lift=lambda index: lift(module, index),
        function_size=size,
        feedback=lambda function, site: CallFeedback(((-1, 1000),)),
        invocations=lambda function: 10,
    )


def check_equivalent(module: Module, index: int, pipeline: str, *, rounds: int = 6, seed: int = 0) -> Graph:
    """Lift a function, run a pipeline that verifies after every pass, and compare with the graph before. Gives the
    graph after it.
    """
    before = lift(module, index)
    Pipeline.parse("poll-splitting").run(before)  # so that polls behave alike
    after = lift(module, index)
    Pipeline.parse("poll-splitting").run(after)
    pipeline = str(Pipeline.parse(pipeline))
    Pipeline.parse(pipeline).run(after, context_for(module), verify=True)
    verify(after)
    interfere = not any(name in pipeline for name in ("inline", "branch", "loop"))  # these may remove polls
    for arguments in arguments_for(before, module.functions[index].params, rounds, seed):
        expected = outcome(module, before, arguments, interfere)
        found = outcome(module, after, arguments, interfere) if expected is not None else None
        if expected is not None and found is not None and expected != found:
            raise AssertionError(
                f"{module.function_name(index)}{tuple(arguments)}: {_difference(expected, found)}\n"
                f"before:\n{format_graph(before)}\nafter {pipeline}:\n{format_graph(after)}"
            )
    return after


def _difference(expected: tuple[object, ...], found: tuple[object, ...]) -> str:
    for name, left, right in zip(("end", "calls", "memories", "globals"), expected, found, strict=True):
        if left != right:
            if name == "memories":
                (one,), (other,) = left, right  # type: ignore[misc]
                at = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
                return f"memory differs at {at}: {one[at : at + 8].hex()}, now {other[at : at + 8].hex()}"
            return f"{name}: {left}, now {right}"
    return "nothing"


def load_fuzzed(folder: Path) -> list[tuple[str, Module]]:
    """The modules of the fuzzing corpus that instances can be made of."""
    from seaofnodes.wasm.features import SUPPORTED

    found = []
    for path in sorted(folder.glob("mvp_*.wasm")):
        module = decode_module(path.read_bytes(), SUPPORTED)
        if not any(one.kind == MEMORY for one in module.imports):
            found.append((path.stem, module))
    return found


def run_pass_on(text_graph: Graph, name: str, **options: str) -> PassResult:
    """One pass by name, with verification."""
    pass_: Pass = make_pass(PassRegistry().find(name), options)
    context = PassContext()
    context.phase = name
    result = pass_.run(text_graph, context)
    verify(text_graph, name)
    return result
