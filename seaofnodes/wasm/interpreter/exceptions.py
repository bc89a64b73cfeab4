"""Exceptions in the reference interpreter: which clause catches one, and how they pass through Python."""

from __future__ import annotations

from collections.abc import Sequence

from seaofnodes.errors import WasmException
from seaofnodes.wasm.interpreter.prepare import Clause, Prepared
from seaofnodes.wasm.interpreter.values import ExceptionObject, Tag, from_bits, to_bits


def caught(code: Prepared, pc: int, exception: ExceptionObject, tags: Sequence[Tag]) -> Clause | None:
    """The clause that catches an exception which the instruction at `pc` throws, if the function has one.

    tags: of the function's instance.
    """
    handler = code.handler_at[pc] if code.handler_at else -1
    while handler >= 0:
        clauses, handler = code.handlers[handler]
        for clause in clauses:
            if clause.tag is None or tags[clause.tag] is exception.tag:
                return clause
    return None


def catch(stack: list[object], clause: Clause, exception: ExceptionObject) -> None:
    """Cut the operand stack to the clause's height, and push what it pushes."""
    del stack[clause.height :]
    if clause.below:
        stack.append(exception)
    if clause.tag is not None:
        stack += exception.values
    if clause.above:
        stack.append(exception)


def raised(exception: ExceptionObject) -> WasmException:
    """The Python exception that stands for one in WebAssembly."""
    kinds = exception.tag.type.type.params
    values = tuple(from_bits(kind, bits) for kind, bits in zip(kinds, exception.values, strict=True))
    return WasmException(exception.tag, values, exception)


def thrown(exception: WasmException) -> ExceptionObject:
    """The reverse; of one that a host function raised, a new one. Raises TypeError if its values do not fit its tag."""
    found = exception.reference
    if not isinstance(found, ExceptionObject):
        tag = exception.tag
        if not isinstance(tag, Tag) or len(tag.type.type.params) != len(exception.values):
            raise TypeError(f"{exception}: the values are not those of a tag")
        kinds = tag.type.type.params
        values = tuple(to_bits(kind, value) for kind, value in zip(kinds, exception.values, strict=True))
        found = ExceptionObject(tag, values)
        exception.reference = found
    return found
