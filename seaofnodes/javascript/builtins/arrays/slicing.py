"""concat, slice, splice (ECMA-262, section 23.1.3)."""

from __future__ import annotations

from seaofnodes.javascript.builtins.arguments import argument
from seaofnodes.javascript.builtins.arrays import fast
from seaofnodes.javascript.builtins.arrays.access import (
    LARGEST_SAFE,
    check_length,
    create_with,
    element_or_none,
    index_key,
    relative_index,
    set_element,
    set_length,
    species,
)
from seaofnodes.javascript.builtins.arrays.in_place import move
from seaofnodes.javascript.builtins.table import Method
from seaofnodes.javascript.objects.factory import new_array
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.properties import get
from seaofnodes.javascript.operations.conversions import to_boolean, to_integer_or_infinity, to_object
from seaofnodes.javascript.operations.errors import type_error
from seaofnodes.javascript.operations.objects import (
    create_data_or_throw,
    delete_or_throw,
    is_array,
    length_of_array_like,
)


def _is_spreadable(iso: Isolate, value: int) -> bool:
    """Section 23.1.3.2.1, IsConcatSpreadable."""
    if not iso.is_object(value):
        return False
    spreadable = get(iso, value, iso.symbols.is_concat_spreadable)
    return is_array(iso, value) if spreadable == iso.undefined else to_boolean(iso, spreadable)


def concat(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.2."""
    target = to_object(iso, this)
    constructor = species(iso, target)
    sink = _Sink(iso, constructor)
    for item in [target, *arguments]:
        if _is_spreadable(iso, item):
            length = length_of_array_like(iso, item)
            if sink.length + length > LARGEST_SAFE:
                type_error(iso, "Invalid array length")
            sink.copy(item, range(length))
        else:
            if sink.length >= LARGEST_SAFE:
                type_error(iso, "Invalid array length")
            sink.add(item)
    return sink.finish()


class _Sink:
    """What elements are added to: an array that is made at last, as nobody sees it before, or a program's object."""

    def __init__(self, iso: Isolate, constructor: int | None, length: int = 0) -> None:
        self.iso = iso
        self.length = 0
        self.words: list[int] | None = [] if constructor is None else None
        self.object = iso.undefined if constructor is None else create_with(iso, constructor, length)

    def add(self, word: int) -> None:
        if self.words is not None:
            self.words.append(word)
            self.iso.held.append(word)
        else:
            create_data_or_throw(self.iso, self.object, index_key(self.iso, self.length), word)
        self.length += 1

    def copy(self, source: int, indices: range) -> None:
        """Add elements of an object; those that are not there become holes."""
        iso = self.iso
        if self.words is not None:
            found = fast.packed(iso, source)
            if found is not None and len(found) >= indices.stop:
                taken = found[indices.start : indices.stop]
                self.words += taken
                self.length += len(taken)
                return
        held = iso.held
        for index in indices:
            mark = len(held)
            word = element_or_none(iso, source, index)
            del held[mark:]
            if word is not None:
                self.add(word)
            else:
                self.skip(1)

    def skip(self, count: int) -> None:
        self.length += count
        if self.words is not None:
            self.words.extend([self.iso.hole] * count)

    def finish(self) -> int:
        if self.words is not None:
            check_length(self.iso, self.length)
            return new_array(self.iso, self.words)
        set_length(self.iso, self.object, self.length)
        return self.object


def slice_elements(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.28."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    start = relative_index(iso, argument(iso, arguments, 0), length)
    end = relative_index(iso, argument(iso, arguments, 1), length, length)
    count = max(end - start, 0)
    constructor = species(iso, target)
    if constructor is None:
        check_length(iso, count)
        copied = fast.copy_range(iso, target, start, count)
        if copied is not None:
            return copied
    sink = _Sink(iso, constructor, count)
    sink.copy(target, range(start, start + count))
    return sink.finish()


def splice(iso: Isolate, this: int, arguments: list[int], new_target: int) -> int:
    """Section 23.1.3.31."""
    target = to_object(iso, this)
    length = length_of_array_like(iso, target)
    start = relative_index(iso, argument(iso, arguments, 0), length)
    items = arguments[2:]
    removed = 0 if not arguments else length - start
    if len(arguments) > 1:
        removed = int(min(max(to_integer_or_infinity(iso, arguments[1]), 0), length - start))
    if length + len(items) - removed > LARGEST_SAFE:
        type_error(iso, "Invalid array length")
    constructor = species(iso, target)
    if constructor is None:
        check_length(iso, removed)
    sink = _Sink(iso, constructor, removed)
    sink.copy(target, range(start, start + removed))
    result = sink.finish()
    if fast.length(iso, target) == length and fast.splice(iso, target, start, removed, items):
        return result
    if len(items) < removed:
        move(iso, target, range(start + removed, length), len(items) - removed)
        mark = len(iso.held)
        for index in range(length - 1, length - removed + len(items) - 1, -1):
            delete_or_throw(iso, target, index_key(iso, index))
            del iso.held[mark:]
    elif len(items) > removed:
        move(iso, target, range(length - 1, start + removed - 1, -1), len(items) - removed)
    for index, word in enumerate(items, start):
        set_element(iso, target, index, word)
    set_length(iso, target, length - removed + len(items))
    return result


METHODS = (Method("concat", 1, concat), Method("slice", 2, slice_elements), Method("splice", 2, splice))
