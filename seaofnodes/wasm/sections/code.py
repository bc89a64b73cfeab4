"""The code section: locals, and bodies, which are validated and not kept."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, overload

from seaofnodes.errors import DecodeError
from seaofnodes.wasm.binary import limits
from seaofnodes.wasm.module import Code
from seaofnodes.wasm.sections.decoding import Decoding
from seaofnodes.wasm.subtyping import has_default
from seaofnodes.wasm.types import NUMERIC_TYPES, ValType
from seaofnodes.wasm.validate.body import PADDING, BodyValidator

_EXPANDED_LOCALS: Final = 1000


class _LocalRuns(Sequence[ValType]):
    """Many locals, not expanded: a few bytes can declare 50,000 in each of a million functions."""

    def __init__(self, params: tuple[ValType, ...], runs: list[tuple[int, ValType]]) -> None:
        every = [*((1, kind) for kind in params), *runs]
        self._ends = list(accumulate(count for count, _ in every))
        self._kinds = [kind for _, kind in every]

    def __len__(self) -> int:
        return self._ends[-1]

    @overload
    def __getitem__(self, index: int) -> ValType: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ValType]: ...
    def __getitem__(self, index: int | slice) -> ValType | Sequence[ValType]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return self._kinds[bisect_right(self._ends, index)]


def decode_code(d: Decoding) -> None:
    """Validate each body in passing; `Module.body` decodes it again, on demand."""
    reader, module = d.reader, d.module
    d.has_code = True
    at = reader.at
    count = reader.count(limits.FUNCTIONS, "functions")
    if count != len(module.functions) - module.imported_functions:
        raise DecodeError("function and code section have inconsistent lengths", at)
    data = module.data if len(module.data) - reader.end >= PADDING else module.data + bytes(PADDING)
    validator = BodyValidator(module, data, d.types)
    section_end = reader.end
    for index in range(module.imported_functions, len(module.functions)):
        start = reader.at
        size = reader.u32()
        if size > section_end - reader.at:
            raise DecodeError("unexpected end of section or function: the body is longer than the section", start)
        limits.check(size, limits.FUNCTION_BYTES, "bytes in a function", start)
        reader.end = end = reader.at + size
        runs, local_types, careful = _locals(d, module.functions[index].params)
        code = Code(reader.at, end, tuple(runs))
        sites, callees = validator.validate(index, code.start, end, local_types, careful)
        module.call_sites.append(sites)
        module.callees.append(callees)
        module.code.append(code)
        reader.at, reader.end = end, section_end


def _locals(d: Decoding, params: tuple[ValType, ...]) -> tuple[list[tuple[int, ValType]], Sequence[ValType], bool]:
    """Read declarations of locals: (runs of them, types of parameters and locals, must some be set first?)."""
    reader = d.reader
    data = reader.data
    runs: list[tuple[int, ValType]] = []
    careful = False
    total = len(params)
    for _ in range(reader.u32()):
        at = reader.at
        count = reader.u32()
        total += count
        if total - len(params) > 0xFFFFFFFF:
            raise DecodeError("too many locals", at)
        kind = NUMERIC_TYPES.get(data[reader.at]) if reader.at < reader.end else None
        if kind is None:
            kind = d.types.value_type()
            careful = careful or (count > 0 and not has_default(kind))
        else:
            reader.at += 1
        if count:
            runs.append((count, kind))
    limits.check(total, limits.LOCALS, "locals", reader.at)
    if total > _EXPANDED_LOCALS:
        return runs, _LocalRuns(params, runs), careful
    found = list(params)
    for count, kind in runs:
        found += [kind] * count
    return runs, found, careful
