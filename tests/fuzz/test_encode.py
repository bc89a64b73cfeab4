"""What the encoder writes is what the decoder reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from seaofnodes.errors import UnsupportedError
from seaofnodes.fuzz.coverage import GENERATED
from seaofnodes.fuzz.generate.draft import ModuleDraft, draft_of
from seaofnodes.fuzz.generate.encode import signed, unsigned
from seaofnodes.fuzz.generate.module import generate
from seaofnodes.fuzz.reduction.compact import compact
from seaofnodes.wasm.body import read_signed, read_u32
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.text import load


@pytest.mark.parametrize("value", [0, 1, 63, 64, 127, 128, 255, 16383, 16384, 0xFFFFFFFF])
def test_unsigned_numbers(value: int) -> None:
    assert read_u32(unsigned(value) + b"\0", 0) == (value, len(unsigned(value)))


@pytest.mark.parametrize(
    "value", [0, -1, 63, -64, 64, -65, 8191, -8192, 8192, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63)]
)
def test_signed_numbers(value: int) -> None:
    assert read_signed(signed(value), 0) == (value, len(signed(value)))


def same_again(draft: ModuleDraft) -> None:
    data = draft.encode()
    found = draft_of(decode_module(data, GENERATED))
    assert found.encode() == data
    opcodes = [[[opcode for opcode, _ in f.body] for f in one.functions] for one in (found, draft)]
    assert opcodes[0] == opcodes[1]
    assert (found.imports, found.exports, found.elements, found.data) == (
        draft.imports,
        draft.exports,
        draft.elements,
        draft.data,
    )


@pytest.mark.parametrize("seed", range(30))
def test_drafts_of_generated_modules(seed: int) -> None:
    draft = generate(f"encode:{seed}").draft
    same_again(draft)
    same_again(compact(draft))


@pytest.mark.parametrize("seed", range(10))
def test_drafts_of_modules_with_objects(seed: int) -> None:
    draft = generate(f"encode:{seed}", objects=True).draft
    data = draft.encode()
    found = draft_of(decode_module(data))
    assert found.encode() == data
    assert decode_module(data).types == decode_module(found.encode()).types
    same = compact(found)
    assert draft_of(decode_module(same.encode())).encode() == same.encode()


def test_drafts_keep_groups_and_subtypes(shared: Path) -> None:
    for path in sorted((shared / "fuzz").glob("gc_*.wasm")):
        module = decode_module(path.read_bytes())
        again = decode_module(draft_of(module).encode())
        assert again.types == module.types and again.functions == module.functions, path


def test_drafts_of_real_modules(shared: Path) -> None:
    count = 0
    for path in [*sorted((shared / "fuzz").glob("mvp_*.wasm")), *sorted((shared / "bench/kernels").glob("*.wat"))]:
        try:
            module = load(path, GENERATED)
        except UnsupportedError:
            continue
        same_again(draft_of(module))
        count += 1
    assert count > 30
