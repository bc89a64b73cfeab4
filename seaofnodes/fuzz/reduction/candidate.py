"""What the reducer makes smaller: a module, its calls, and the way it is run. Every edit has to make it lighter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from seaofnodes.errors import DecodeError, ValidationError
from seaofnodes.fuzz.case import Call
from seaofnodes.fuzz.generate.draft import FunctionDraft, ModuleDraft
from seaofnodes.fuzz.generate.encode import Instruction
from seaofnodes.fuzz.variant import Variant
from seaofnodes.passes.framework.pipeline import PRESETS
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.decoder import decode_module
from seaofnodes.wasm.features import SUPPORTED
from seaofnodes.wasm.types import RefType, ValType

_LIGHT: Final = {w.NOP: 1, w.DROP: 4, w.UNREACHABLE: 3, w.LOCAL_GET: 5, w.END: 2, w.ELSE: 2}
_CONSTANT_OPCODES: Final = (w.I32_CONST, w.I64_CONST, w.F32_CONST, w.F64_CONST)
_PLAIN: Final = 12


@dataclass(slots=True)
class Candidate:
    """A version of the failing case. variant: None when a command decides."""

    draft: ModuleDraft
    calls: tuple[Call, ...] = ()
    variant: Variant | None = None

    def with_body(self, index: int, body: Sequence[Instruction]) -> Candidate:
        """Another body for an own function."""
        draft = self.draft.copy()
        draft.functions[index] = FunctionDraft(draft.functions[index].type, draft.functions[index].locals, list(body))
        return replace(self, draft=draft)

    def encode(self) -> bytes | None:
        """The module's bytes, or None if it is not valid."""
        try:
            data = self.draft.encode()
            decode_module(data, SUPPORTED if self.variant is None else self.variant.features)
        except (DecodeError, ValidationError):
            return None
        return data

    def weight(self) -> int:
        """How much there is to understand."""
        draft = self.draft
        weight = sum(body_weight(function.body) + 20 + len(function.locals) for function in draft.functions)
        weight += sum(8 * len(f.type.params) + 8 * len(f.type.results) for f in draft.functions)
        parts = len(draft.imports) + len(draft.tables) + len(draft.memories) + len(draft.tags)
        weight += 20 * parts + 10 * len(draft.exports)
        weight += sum(10 + body_weight(init) for _, init in draft.globals) + 20 * (draft.start is not None)
        weight += sum(15 + 2 * len(segment) for segment in draft.elements)
        weight += sum(15 + len(segment.data) for segment in draft.data)
        weight += sum(10 + sum(_digits(bits) for bits in call.arguments) for call in self.calls)
        return weight + (0 if self.variant is None else _variant_weight(self.variant))


def body_weight(body: Sequence[tuple[int, Any]]) -> int:
    """Of instructions."""
    weight = 0
    for opcode, immediate in body:
        if opcode in _CONSTANT_OPCODES:
            weight += 6 + _digits(immediate)
        elif opcode == w.BR_TABLE:
            weight += _PLAIN + 2 * len(immediate)
        elif opcode == w.TRY_TABLE:
            weight += _PLAIN + 4 * len(immediate.catches)
        elif w.I32_LOAD <= opcode <= w.I64_STORE32:
            weight += _PLAIN + (immediate[1] != 0)
        else:
            weight += _LIGHT.get(opcode, _PLAIN)
    return weight


def _digits(bits: int) -> int:
    """0 for 0, 1 for 1, more for numbers that are harder to look at."""
    return min(bits.bit_length(), 2 + bits.bit_count())


def _variant_weight(variant: Variant) -> int:
    order = ("evaluator", "baseline", "optimized", "auto")
    kind = order.index(variant.kind) if variant.kind in order else 0
    pipeline = re.sub(r"[\w-]+", lambda word: PRESETS.get(word[0], word[0]), variant.pipeline)
    return 30 * kind + len(pipeline) + 20 * bool(variant.order) + 5 * variant.verify + bool(variant.budget)


def zero(kind: ValType) -> Instruction:
    """The constant 0 of a type, or null."""
    if isinstance(kind, RefType):
        return w.REF_NULL, kind
    return {32: w.F32_CONST, 64: w.F64_CONST}[kind.bits] if kind.is_float else _INTEGER[kind.bits], 0


_INTEGER: Final = {32: w.I32_CONST, 64: w.I64_CONST}
