"""New isolates and new objects."""

from __future__ import annotations

from typing import Final

from seaofnodes.javascript.objects.functions import Builtin, SharedFunctionInfo, Step
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import ElementsKind, Kind
from seaofnodes.javascript.objects.layout import (
    ACCESSOR,
    ARRAY_LENGTH_SLOT,
    CONFIGURABLE,
    DEFAULT,
    ELEMENTS,
    FUNCTION_CODE,
    FUNCTION_CONTEXT,
    FUNCTION_SHARED,
    MAYBE_LAZY,
    OBJECT_ELEMENTS,
    OBJECT_FIELDS,
    STRING_LENGTH,
    WRAPPER_VALUE,
    WRITABLE,
)
from seaofnodes.javascript.objects.methods import elements
from seaofnodes.javascript.objects.methods.arguments import MappedArguments
from seaofnodes.javascript.objects.methods.arrays import Arrays, set_length
from seaofnodes.javascript.objects.methods.ordinary import ORDINARY
from seaofnodes.javascript.objects.methods.slots import add_property
from seaofnodes.javascript.objects.methods.string_wrappers import StringWrappers
from seaofnodes.javascript.objects.methods.typed import TypedArrays
from seaofnodes.javascript.objects.shapes import Shape
from seaofnodes.javascript.objects.words import smi
from seaofnodes.runtime.heap.heap import Heap

_MOST_PREALLOCATED: Final = 16 * 1024  # elements, about as in V8
_HIDDEN: Final = WRITABLE | CONFIGURABLE
_PROTOTYPES: Final = {
    Kind.SMI: "NumberPrototype",
    Kind.HEAP_NUMBER: "NumberPrototype",
    Kind.BOOLEAN: "BooleanPrototype",
    Kind.SYMBOL: "SymbolPrototype",
    Kind.BIGINT: "BigIntPrototype",
}


def new_isolate(heap: Heap) -> Isolate:
    """An isolate on an engine's heap, which has no other one. It has no realm yet."""
    iso = Isolate(heap)
    exotic = {
        Kind.JS_ARRAY: Arrays(),
        Kind.JS_STRING_WRAPPER: StringWrappers(),
        Kind.JS_TYPED_ARRAY: TypedArrays(),
        Kind.JS_MAPPED_ARGUMENTS: MappedArguments(),
    }
    iso.shapes.install(ORDINARY, exotic)
    iso.make_error = lambda kind, message: new_error(iso, kind, message)
    iso.make_prototype = lambda function: _new_prototype(iso, function)
    return iso


def allocate_object(iso: Isolate, shape: Shape) -> int:
    """An object of a shape that is held; its fields and slots are Smi 0."""
    word = iso.memory.allocate(shape.id, shape.size)
    iso.q[word - iso.base + OBJECT_ELEMENTS >> 3] = iso.empty_array
    return word


def new_object(iso: Isolate, prototype: int | None = None, in_object: int = 4) -> int:
    """An object without properties. prototype: ObjectPrototype unless given; in_object: slots that it has in itself."""
    if prototype is None:
        prototype = iso.realm.intrinsic("ObjectPrototype")
    return allocate_object(iso, iso.shapes.root(Kind.JS_OBJECT, prototype, 0, in_object))


def new_with(iso: Isolate, found: tuple[tuple[str, int], ...]) -> int:
    """An ordinary object with these properties, at most four, which are no indices."""
    shapes = iso.shapes
    shape = shapes.root(Kind.JS_OBJECT, iso.realm.intrinsic("ObjectPrototype"), 0, 4)
    for name, value in found:
        shape = shapes.add(shape, iso.name(name), DEFAULT)
        iso.held.append(value)
    word = allocate_object(iso, shape)
    at = (word - iso.base >> 3) + shape.first
    for _, value in found:
        iso.q[at] = value
        at += 1
    return word


def new_of_kind(iso: Isolate, kind: Kind, prototype: int, *fields: int, in_object: int = 2) -> int:
    """An object of a kind with these fields, words, at OBJECT_FIELDS and so on; any kind may have more fields than
    layout.FIELDS says.
    """
    iso.held += fields
    word = allocate_object(iso, iso.shapes.root(kind, prototype, len(fields), in_object))
    at = word - iso.base + OBJECT_FIELDS >> 3
    for field in fields:
        iso.q[at] = field
        at += 1
    return word


# Arrays.


def _empty_array(iso: Isolate, prototype: int | None, kind: ElementsKind) -> int:
    if prototype is None:
        prototype = iso.realm.intrinsic("ArrayPrototype")
    shapes = iso.shapes
    shape = shapes.found.get((prototype, kind))
    if shape is None:
        shape = shapes.with_elements(shapes.root(Kind.JS_ARRAY, prototype, 0, 1), kind)
        shape = shapes.found[prototype, kind] = shapes.add(shape, iso.length_key, WRITABLE)
    else:
        iso.held.append(shape.map)
    return allocate_object(iso, shape)


def new_array(iso: Isolate, words: list[int], prototype: int | None = None) -> int:
    """An array of values, of the most special kind of elements; the hole among them is a hole."""
    iso.held += words
    objects = [word for word in words if word & 1]
    kind = ElementsKind.PACKED_SMI
    if objects:
        values = [word for word in objects if word != iso.hole]
        if values:
            doubles = all(map(iso.is_number, values))
            kind = ElementsKind.PACKED_DOUBLE if doubles else ElementsKind.PACKED
        if len(values) < len(objects):
            kind = ElementsKind(kind + 1)
    array = _empty_array(iso, prototype, kind)
    if not words:
        return array
    if kind in (ElementsKind.PACKED_DOUBLE, ElementsKind.HOLEY_DOUBLE):
        found = elements.new_doubles(iso, len(words))
        at = found - iso.base + ELEMENTS >> 3
        d = iso.memory.d
        for i, word in enumerate(words):
            if word != iso.hole:
                d[at + i] = iso.float_of(word)
    else:
        found = iso.memory.allocate_array(iso.fixed_array_id, len(words), 8)
        iso.memory.fill(found, 0, words)
    at = array - iso.base
    iso.q[at + OBJECT_ELEMENTS >> 3] = found
    iso.q[at + ARRAY_LENGTH_SLOT >> 3] = smi(len(words))
    return array


def new_array_of_length(iso: Isolate, length: int, prototype: int | None = None) -> int:
    """An array of holes; length: less than 2**32 (ArrayCreate). There is room for the elements of a short one."""
    array = _empty_array(iso, prototype, ElementsKind.HOLEY_SMI if length else ElementsKind.PACKED_SMI)
    if 0 < length <= _MOST_PREALLOCATED:
        iso.memory.store(array, OBJECT_ELEMENTS, elements.new_words(iso, length))
    if length:
        set_length(iso, array, length)
    return array


def fixed_array(iso: Isolate, words: list[int]) -> int:
    """A FixedArray, for fields of objects."""
    iso.held += words
    found = iso.memory.allocate_array(iso.fixed_array_id, len(words), 8)
    iso.memory.fill(found, 0, words)
    return found


def new_bytes(iso: Isolate, length: int) -> int:
    """Zeroed bytes of an ArrayBuffer. Raises HeapLimitError."""
    return iso.memory.allocate_array(iso.bytes_id, length, 1)


# Arguments objects.


def new_unmapped_arguments(iso: Isolate, arguments: list[int]) -> int:
    """`arguments` of a function in strict mode (CreateUnmappedArgumentsObject)."""
    word = new_of_kind(iso, Kind.JS_ARGUMENTS, iso.realm.intrinsic("ObjectPrototype"), in_object=3)
    thrower = iso.realm.intrinsic("ThrowTypeError")
    _add_arguments(iso, word, arguments)
    pair = iso.accessor_pair(thrower, thrower)
    add_property(iso, word, iso.shape(word), iso.name("callee"), pair, ACCESSOR)
    return word


def new_mapped_arguments(iso: Isolate, arguments: list[int], callee: int, context: int, slots: list[int]) -> int:
    """`arguments` whose elements are parameters (CreateMappedArgumentsObject). slots: of the context, by index, -1 for
    what is no parameter; there may be more or fewer than arguments.
    """
    known = [smi(slot) if slot >= 0 else iso.hole for slot in slots[: len(arguments)]]
    mapping = fixed_array(iso, known)
    prototype = iso.realm.intrinsic("ObjectPrototype")
    word = new_of_kind(iso, Kind.JS_MAPPED_ARGUMENTS, prototype, context, mapping, in_object=3)
    _add_arguments(iso, word, arguments)
    add_property(iso, word, iso.shape(word), iso.name("callee"), callee, _HIDDEN)
    return word


def _add_arguments(iso: Isolate, word: int, arguments: list[int]) -> None:
    """The elements, `length` and the iterator, which is that of arrays."""
    iso.memory.store(word, OBJECT_ELEMENTS, fixed_array(iso, arguments))
    add_property(iso, word, iso.shape(word), iso.length_key, smi(len(arguments)), _HIDDEN)
    values = iso.realm.intrinsic("ArrayPrototypeValues")
    add_property(iso, word, iso.shape(word), iso.symbols.iterator, values, _HIDDEN)


# Functions.


def new_function(iso: Isolate, shared: SharedFunctionInfo, context: int, prototype: int | None = None) -> int:
    """A closure with `length` and `name`, and a lazy `prototype` if it is an ordinary constructor.

    context: a context, or Smi 0; prototype: its own one, FunctionPrototype unless given.
    """
    if prototype is None:
        prototype = iso.realm.intrinsic("FunctionPrototype")
    if not shared.name_word:
        shared.name_word = iso.name(shared.name)
    shapes = iso.shapes
    iso.held.append(context)
    plain = shared.constructor and shared.kind == "normal"
    shape = shapes.found.get((prototype, shared.constructor, plain))
    if shape is None:
        shape = shapes.root(Kind.JS_FUNCTION, prototype, 0, 3 if shared.constructor else 2)
        shape = shapes.add(shapes.add(shape, iso.length_key, CONFIGURABLE), iso.name("name"), CONFIGURABLE)
        if plain:
            shape = shapes.add(shape, iso.name("prototype"), WRITABLE | MAYBE_LAZY)
        shapes.found[prototype, shared.constructor, plain] = shape
    else:
        iso.held.append(shape.map)
    word = allocate_object(iso, shape)
    q, at = iso.q, word - iso.base >> 3
    q[at + (FUNCTION_SHARED >> 3)] = smi(iso.add_shared(shared))
    q[at + (FUNCTION_CONTEXT >> 3)] = context
    q[at + (FUNCTION_CODE >> 3)] = shared.record
    q[at + shape.first] = smi(shared.length)
    q[at + shape.first + 1] = shared.name_word
    if plain:
        q[at + shape.first + 2] = iso.lazy
    return word


def new_builtin(
    iso: Isolate,
    name: str,
    length: int,
    function: Builtin,
    constructor: bool = False,
    prototype: int | None = None,
    step: Step | None = None,
) -> int:
    """A function of the library: function(isolate, this, arguments, new target or undefined) -> word. It has no
    property `prototype`. step: see SharedFunctionInfo.
    """
    shared = SharedFunctionInfo(name, length, "builtin", constructor=constructor, builtin=function, step=step)
    return new_function(iso, shared, 0, prototype)


def new_bound_function(iso: Isolate, target: int, this: int, arguments: list[int]) -> int:
    """A bound function (10.4.1.3), without `length` and `name`. target: a function; it gives the prototype, too."""
    iso.held += (target, this)
    bound = fixed_array(iso, arguments)
    prototype = iso.shape(target).methods.get_prototype(iso, target)
    return new_of_kind(iso, Kind.JS_BOUND_FUNCTION, prototype, target, this, bound)


def _new_prototype(iso: Isolate, function: int) -> int:
    """The object that is a function's `prototype` at first."""
    word = new_object(iso)
    add_property(iso, word, iso.shape(word), iso.name("constructor"), function, _HIDDEN)
    return word


# Other kinds.


def new_wrapper(iso: Isolate, primitive: int, prototype: int | None = None) -> int:
    """The object of a primitive value that is neither undefined nor null."""
    iso.held.append(primitive)
    if iso.is_string(primitive):
        if prototype is None:
            prototype = iso.realm.intrinsic("StringPrototype")
        shape = iso.shapes.root(Kind.JS_STRING_WRAPPER, prototype, 0, 1)
        shape = iso.shapes.add(shape, iso.length_key, 0)
        word = allocate_object(iso, shape)
        iso.memory.store(word, WRAPPER_VALUE, primitive)
        iso.memory.store(word, 8 * shape.first, smi(iso.memory.raw_u32(primitive, STRING_LENGTH)))
        return word
    if prototype is None:
        prototype = iso.realm.intrinsic(_PROTOTYPES[iso.kind(primitive)])
    return new_of_kind(iso, Kind.JS_WRAPPER, prototype, primitive)


def wrapped(iso: Isolate, wrapper: int) -> int:
    """The primitive value of a JS_WRAPPER or JS_STRING_WRAPPER."""
    return iso.memory.load(wrapper, WRAPPER_VALUE)


def new_error(iso: Isolate, kind: str, message: str) -> int:
    """An error of the realm, such as a TypeError, with a message (a unit string)."""
    prototype = iso.realm.intrinsic(f"{kind}Prototype")
    text = iso.string(message)
    word = new_of_kind(iso, Kind.JS_ERROR, prototype, iso.undefined)
    iso.capture_stack(word, None)
    add_property(iso, word, iso.shape(word), iso.name("message"), text, _HIDDEN)
    return word
