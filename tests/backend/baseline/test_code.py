"""What the compiler says about its code, how good that code is, and how long it takes to make it."""

from __future__ import annotations

import time

import iced_x86
import pytest

import seaofnodes
from seaofnodes.backend.code import MachineCode
from seaofnodes.backend.layout import TRAP_REASONS
from seaofnodes.wasm.baseline import compile_baseline
from seaofnodes.wasm.instance_layout import instance_layout
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.text import load
from tests.backend.baseline.differential import compare
from tests.backend.baseline.programs import program
from tests.support import wat


def compiled(module: Module, index: int = 0) -> MachineCode:
    layout = instance_layout(
        len(module.memories),
        len(module.tables),
        [False] * len(module.globals),
        module.imported_functions,
        module.call_sites,
    )
    return compile_baseline(module, index, layout, type_ids=[1] * len(module.types))


def instructions(code: MachineCode) -> list[iced_x86.Instruction]:
    return list(iced_x86.Decoder(64, code.data[: code.code_size], ip=0))


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_random_programs(first: int) -> None:
    calls, traps = compare(range(first, first + 20))
    assert 0 < traps < calls // 2


@pytest.mark.parametrize("seed", range(6))
def test_facts(seed: int) -> None:
    """Code decodes completely; positions and traps are at instruction boundaries; what may fault touches memory."""
    text, _ = program(seed)
    module = load(wat(text))
    for index in range(len(module.functions)):
        code = compiled(module, index)
        found = instructions(code)
        assert not any(instruction.code == iced_x86.Code.INVALID for instruction in found)
        starts = {instruction.ip: instruction for instruction in found}
        pcs = [position.pc for position in code.positions]
        assert pcs == sorted(pcs) and pcs[0] == 0 and set(pcs) <= starts.keys()
        offsets = set(module.body(index).offsets)
        assert {position.bytecode_offset for position in code.positions} <= offsets
        for pc, reason in code.traps.items():
            assert starts[pc].memory_base  # 0 is none
            assert TRAP_REASONS[reason] in ("out of bounds memory access", "uninitialized element")
        assert code.frame_size % 16 == 0


def loop_of(body: str, params: str = "i32", locals: str = "i32 i32") -> list[str]:
    """Disassembly of the function's code up to its first return."""
    text = f"(module (memory 1) (func (param {params}) (local {locals}) {body}))"
    formatter = iced_x86.Formatter(iced_x86.FormatterSyntax.INTEL)
    lines = [formatter.format(instruction) for instruction in instructions(compiled(load(wat(text))))]
    return lines[: lines.index("ret") + 1]


def test_loops_keep_locals_in_registers() -> None:
    lines = loop_of("""(loop (i32.store8 (local.get 1) (i32.const 0))
        (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))""")
    header = next(n for n, line in enumerate(lines) if line.startswith("jbe") and n > 8)
    body = lines[header + 1 : -2]
    assert [line.split()[0] for line in body] == ["mov", "add", "cmp", "jl" if "jl" in body[-1] else "jb"]
    assert not any("rbp" in line for line in body)


def test_compare_and_branch_are_fused() -> None:
    lines = loop_of("(if (f64.lt (local.get 0) (f64.const 2)) (then (unreachable)))", params="f64", locals="i32")
    assert not any(line.startswith("set") for line in lines)
    assert sum(line.startswith("ucomisd") for line in lines) == 1


def test_constants_are_folded_into_instructions() -> None:
    lines = loop_of(
        "(local.set 1 (i32.add (local.get 0) (i32.mul (i32.const 6) (i32.const 7))))"
        "(i32.store offset=4 (i32.const 16) (i32.add (local.get 1) (i32.const -8)))"
    )
    assert not any("imul" in line for line in lines)
    assert any("14h" in line for line in lines)  # offset 4, address 16: one displacement


def straight(size: int) -> Module:
    """A function of about `size` instructions: arithmetic over some locals, with joins and loops."""
    lines = []
    for n in range(size // 16):
        a, b, c = n * 7 % 12, n * 5 % 12, n * 3 % 12
        lines.append(f"""(local.set {a} (i32.add (local.get {b}) (i32.mul (local.get {c}) (i32.const {n}))))
          (if (i32.lt_s (local.get {a}) (local.get {b})) (then (local.set {c} (i32.const {n}))))
          (block (br_if 0 (local.get {b})) (local.set {b} (local.get {a})))""")
    return load(wat(f"(module (func (local {' '.join(['i32'] * 12)}) {' '.join(lines)}))"))


def seconds(module: Module) -> float:
    best = 1e9
    for _ in range(5):
        start = time.process_time()
        compiled(module)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.alone
def test_compile_time() -> None:
    """Linear, and within 40 µs an instruction."""
    small, large = straight(1_000), straight(16_000)
    counts = [len(module.body(0).opcodes) for module in (small, large)]
    times = [seconds(module) / count for module, count in zip((small, large), counts, strict=True)]
    assert max(times) < 40e-6
    assert times[1] < 2.5 * times[0]


def test_many_locals_do_not_slow_joins_down() -> None:
    """Fifty thousand locals, a thousand joins: work must not be their product."""
    lines = "\n".join(
        f"(local.set {n * 37} (i32.add (local.get {n * 11}) (local.get {n})))"
        f"(if (local.get {n}) (then (local.set {n} (i32.const 3))))"
        for n in range(1000)
    )
    module = load(wat(f"(module (func (local {' '.join(['i32'] * 50_000)}) {lines}))"))
    assert seconds(module) < 1.0


def test_options_of_the_engine() -> None:
    unit = seaofnodes.Engine(tier="baseline").instantiate(wat('(module (func (export "f") nop))')).data.unit
    assert compile_baseline(unit.module, 0, unit.layout, type_ids=lambda index: index + 1).tier == "baseline"
