"""Generated modules: valid, ending, the same for a seed, and with everything in them."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import wasmtime

from seaofnodes.errors import Trap, WasmException
from seaofnodes.fuzz.case import plan_calls
from seaofnodes.fuzz.coverage import GENERATED
from seaofnodes.fuzz.generate.choices import edge, is_nan
from seaofnodes.fuzz.generate.module import FUEL, generate
from seaofnodes.fuzz.generate.rule_patterns import draw_constants, shapes
from seaofnodes.fuzz.sides.engines import imports
from seaofnodes.fuzz.sides.host import Host, HostError
from seaofnodes.fuzz.sides.peer import engine
from seaofnodes.passes.base import PassContext
from seaofnodes.passes.framework.pipeline import Pipeline
from seaofnodes.passes.framework.plugins import load_file
from seaofnodes.passes.framework.registry import built_in_rules
from seaofnodes.passes.framework.rule_pass import pass_of
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import LEGACY_EXCEPTIONS, OPCODE_FEATURES, allows
from seaofnodes.wasm.interpreter.interpreter import Limits
from seaofnodes.wasm.interpreter.link import instantiate
from seaofnodes.wasm.interpreter.store import Global, Memory, Table
from seaofnodes.wasm.lift.function import lift
from seaofnodes.wasm.module import FUNCTION, GLOBAL, MEMORY, TABLE
from seaofnodes.wasm.opcodes import OBJECTS, OPCODES
from seaofnodes.wasm.types import F32, F64, I32, I64, GlobalType, MemoryType, TableType

RULES = [rule for found in built_in_rules() for rule in found.rules]
_FUELED = 400  # instructions of a function that uses up fuel, with some slack


def test_a_seed_gives_one_module() -> None:
    assert generate("x:1").draft.encode() == generate("x:1").draft.encode()
    assert generate("x:1").draft.encode() != generate("x:2").draft.encode()


def test_modules_are_valid_and_have_every_instruction() -> None:
    seen: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    for number in range(300):
        draft = generate(f"valid:{number}", RULES).draft
        data = draft.encode()
        decode_module(data)
        opcodes = draft.opcodes()
        if not any(OPCODE_FEATURES.get(code) == LEGACY_EXCEPTIONS for code in opcodes):
            wasmtime.Module.validate(engine(), data)
        seen += opcodes
        kinds.update({found.kind for found in draft.imports})
        kinds["start"] += draft.start is not None
        kinds["tags"] += len(draft.tags)
        kinds["tables"] += len(draft.tables) > 1
        kinds["memories"] += len(draft.memories) > 1
        kinds["wide"] += any(memory.address is I64 for memory in draft.memories)
        kinds["shared"] += sum(found.name.startswith("shared") for found in draft.imports) > 1
    missing = [facts.name for code, facts in OPCODES.items() if allows(GENERATED, code) and not seen[code]]
    assert missing == []
    assert all(kinds[kind] for kind in (FUNCTION, MEMORY, TABLE, GLOBAL, "start", "tags", "tables", "memories"))
    assert kinds["wide"] and kinds["shared"]


def test_modules_with_objects_are_valid_and_have_every_instruction_on_them() -> None:
    seen: Counter[int] = Counter()
    types: Counter[str] = Counter()
    for number in range(160):
        draft = generate(f"objects:{number}", objects=True).draft
        data = draft.encode()
        module = decode_module(data)
        if module.first_object is not None:
            wasmtime.Module.validate(engine(), data)
        seen += draft.opcodes()
        types.update(type(kind).__name__ for kind in module.types)
        types["subtypes"] += sum(bool(kind.supertypes) for kind in module.types)
    assert [OPCODES[code].name for code in OBJECTS if not seen[code]] == []
    assert all(types[kind] > 100 for kind in ("StructType", "ArrayType", "subtypes"))
    assert all(generate(f"x:{n}").draft.opcodes().keys().isdisjoint(OBJECTS) for n in range(20))


@pytest.mark.parametrize("seed", range(40))
def test_execution_stays_within_the_known_costs(seed: int) -> None:
    generated = generate(f"costs:{seed}", RULES)
    module = decode_module(generated.draft.encode())

    def make(desc: object) -> object:
        if isinstance(desc, GlobalType):
            return Global(desc, 0)
        return Memory(desc) if isinstance(desc, MemoryType) else Table(desc) if isinstance(desc, TableType) else None

    host = Host()
    limits = Limits(depth=300, steps=1_000_000)
    try:
        instance = instantiate(module, imports(module, host, make), limits=limits)
    except (Trap, WasmException, HostError):
        return
    for call in plan_calls(module, random.Random(seed), generated.costs):
        index = next(export.index for export in module.exports if export.name == call.export)
        assert limits.steps is not None
        before = limits.steps
        try:
            instance.exports[call.export].call_bits(*call.arguments)
        except (Trap, WasmException, HostError):
            continue
        assert before - limits.steps <= generated.costs[index] + _FUELED * FUEL


def test_edges_are_values_of_their_type() -> None:
    rng = random.Random(1)
    for kind in (I32, I64, F32, F64):
        found = {edge(kind, rng) for _ in range(3000)}
        assert max(found) < 1 << kind.bits and min(found) == 0
        assert {1, (1 << kind.bits) - 1} <= found or kind.is_float
        assert any(is_nan(kind, bits) for bits in found) == kind.is_float


def test_patterns_of_rules_meet_their_conditions() -> None:
    found = [shape for shapes_ in shapes(RULES).values() for shape in shapes_]
    assert len(found) > 0.8 * len(RULES)
    rng = random.Random(1)
    drawn = [draw_constants(shape, rng) for shape in found if shape.rule.where is not None]
    assert any(drawn)


def test_patterns_over_memory_and_phis_are_met(root: Path) -> None:
    """Every rule of the example is found in random modules, with its address, its inputs and its condition."""
    found = load_file(root / "examples" / "memory_rules.py").rule_sets[0]
    written = shapes(found.rules)
    assert sum(map(len, written.values())) == len(found.rules) and len(written[None]) == 2
    fired: Counter[str] = Counter()
    for seed in range(400):
        missing = [rule for rule in found.rules if not fired[rule.name]]
        if not missing:
            return
        draft = generate(f"memory:{seed}", found.rules).draft
        if all(rule.facts for rule in missing) and all(memory.address is I32 for memory in draft.memories):
            continue  # nothing is in bounds
        module = decode_module(draft.encode())
        for index in range(module.imported_functions, len(module.functions)):
            context, graph = PassContext(), lift(module, index)
            Pipeline.parse("gvn").run(graph, context)  # or no address of a 64-bit memory is the same as another
            Pipeline((pass_of(found)(),)).run(graph, context, verify=True)
            fired.update({name: count.fired for name, count in context.rules.items()})
    raise AssertionError(f"some rules never fired: {fired}")
