"""Our verdict on mutated modules is wasmtime's."""

from __future__ import annotations

from pathlib import Path

from seaofnodes.wasm import decode_module
from tests.wasm.mutate import run
from tests.wasm.mutations import take_apart
from tests.wasm.oracle import verdict

COUNT = 2000
_REFUSED = ("malformed", "invalid")


def test_verdicts_equal_those_of_wasmtime(shared: Path) -> None:
    tally = run(7, range(COUNT), shared)
    assert tally.disagreements == []
    assert tally.counts["supported: valid"] >= COUNT // 10
    assert tally.counts["later features: valid"] >= COUNT // 5
    assert all(tally.counts[f"{which}: {how}"] for which in ("supported", "later features") for how in _REFUSED)
    assert tally.slowest < 2


def test_taking_apart_and_joining_changes_nothing(shared: Path) -> None:
    data = (shared / "fuzz/mvp_05.wasm").read_bytes()
    module = decode_module(data)
    joined = take_apart(module).join()
    assert joined == data


def test_the_oracle_knows_the_features() -> None:
    header = b"\0asm\x01\0\0\0"
    two_memories = header + b"\x05\x05\x02\x00\x01\x00\x01"
    assert verdict(header) == ""
    assert "multiple memories" in verdict(two_memories)
    assert verdict(two_memories, later=True) == ""
