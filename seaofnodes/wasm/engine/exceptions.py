"""WebAssembly's exceptions between compiled code and Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seaofnodes.errors import WasmException
from seaofnodes.wasm.engine.conversion import to_bits, values_of
from seaofnodes.wasm.engine.references import Pins
from seaofnodes.wasm.engine.tags import ExceptionReference, Tag

if TYPE_CHECKING:
    from seaofnodes.runtime.leaving.backtrace import Frame
    from seaofnodes.runtime.leaving.unwinder import Uncaught
    from seaofnodes.wasm.engine.store import Store


def new_exception(store: Store, tag: Tag) -> int:
    """The word of a new exception, yet without payload."""
    store.make_room()
    return store.references.keep_exception(ExceptionReference(tag))


def uncaught(find: Callable[[], Store]) -> Uncaught:
    """What makes a WasmException of an exception that no code has caught. find: gives the engine's store."""

    def make(exception: int, frames: tuple[Frame, ...], omitted: int) -> WasmException:
        store = find()
        reference = store.references.objects[exception]
        assert isinstance(reference, ExceptionReference)
        error = WasmException(reference.tag, values_of(store, reference), reference)
        error.frames, error.omitted = frames, omitted
        return error

    return make


def thrown_by_host(store: Store, error: WasmException) -> int:
    """The word of an exception that a host function raised. Raises TypeError for values that do not fit its tag."""
    store.make_room()
    if isinstance(error.reference, ExceptionReference) and error.reference.is_of(store):
        return store.references.keep_exception(error.reference)
    tag = error.tag
    if not isinstance(tag, Tag):
        raise TypeError(f"a WebAssembly exception needs a tag, not {tag!r}") from error
    kinds = tag.type.params
    if len(error.values) != len(kinds):
        raise TypeError(f"an exception with {tag!r} carries {len(kinds)} values, not {len(error.values)}") from error
    found = ExceptionReference(tag)
    pairs = enumerate(zip(error.values, kinds, strict=True))
    pins = Pins()
    named = ((value, kind, f"value {i} of the exception") for i, (value, kind) in pairs)
    found.fill(to_bits(store, value, kind, what, tag, pins) for value, kind, what in named)
    return store.references.keep_exception(found)
