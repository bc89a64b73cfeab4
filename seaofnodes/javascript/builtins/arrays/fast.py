"""What is quick for arrays of the usual sort: their elements are in an array of the heap, without holes where that
matters, and no object among their prototypes has elements.
"""

from __future__ import annotations

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import ElementsKind
from seaofnodes.javascript.objects.layout import ELEMENTS, HOLE_NAN, LENGTH, OBJECT_ELEMENTS

_DOUBLES = (ElementsKind.PACKED_DOUBLE, ElementsKind.HOLEY_DOUBLE)


def own_element(iso: Isolate, target: int, index: int) -> int | None:
    """An element that is the object's own and needs no getter; None does not mean that there is none."""
    memory = iso.memory
    shape = iso.shape(target)
    kind = shape.elements_kind
    if kind == ElementsKind.DICTIONARY or not shape.methods.plain_elements:
        return None
    base = memory.base
    elements = memory.q[target - base + OBJECT_ELEMENTS >> 3] - base
    if index >= memory.i[elements + LENGTH >> 2]:
        return None
    found = memory.q[elements + ELEMENTS + 8 * index >> 3]
    if kind in _DOUBLES:
        return None if found == HOLE_NAN else iso.number(memory.d[elements + ELEMENTS + 8 * index >> 3])
    if not found & 1:
        return found
    if found == iso.hole:
        return None
    iso.held.append(found)
    return found
