"""Where things are in JavaScript's heap objects: the contract of the reference interpreter and machine code.

Offsets and sizes are in bytes, from the object's address. Headers and arrays are as in backend/layout.py.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.backend.layout import ARRAY_ELEMENTS, ARRAY_LENGTH, OBJECT_HEADER, OBJECT_TYPE
from seaofnodes.javascript.objects.kinds import Kind

# Numbers: a double at OBJECT_HEADER.
NUMBER_VALUE: Final = OBJECT_HEADER
NUMBER_SIZE: Final = 16

# Arrays (FixedArray, FixedDoubleArray, PropertyArray, Context, Bytes, flat strings, BigInt).
LENGTH: Final = ARRAY_LENGTH
ELEMENTS: Final = ARRAY_ELEMENTS

# Strings: u32 number of code units, u32 hash (strings.hash_of; 0: not known yet); flat ones have the units behind that.
STRING_LENGTH: Final = 8
STRING_HASH: Final = 12
STRING_UNITS: Final = 16
CONS_FIRST: Final = 16
CONS_SECOND: Final = 24  # the empty string once the first is all of it, and flat
SLICED_PARENT: Final = 16  # flat
SLICED_OFFSET: Final = 24  # Smi
ROPE_SIZE: Final = 32  # of both

# Symbols.
SYMBOL_FLAGS: Final = 8  # u64
SYMBOL_DESCRIPTION: Final = 16  # a string, or undefined
SYMBOL_SIZE: Final = 24
SYMBOL_PRIVATE: Final = 1  # flag: of a private name, which no program sees

# BigInts: an array of u64 digits, the least one first, without leading zeros.
BIGINT_SIGN: Final = 12  # u32: 1 if negative
BIGINT_DIGITS: Final = ARRAY_ELEMENTS

# Oddballs: undefined, null, true, false, the hole.
ODDBALL_NUMBER: Final = 8  # what ToNumber gives
ODDBALL_TEXT: Final = 16  # what ToString gives
ODDBALL_SIZE: Final = 24

# Maps: what objects of a shape hold together; the word that the type record holds.
MAP_TYPE: Final = 8  # Smi, the shape's id
MAP_PROTOTYPE: Final = 16
MAP_PARENT: Final = 24  # the map of the shape that this one was made from, or Smi 0
MAP_KEYS: Final = 32  # the last key, or a FixedArray of keys by slot for an object's own shape
MAP_SIZE: Final = 40

# Accessors: a getter and a setter, or undefined.
ACCESSOR_GET: Final = 8
ACCESSOR_SET: Final = 16
ACCESSOR_SIZE: Final = 24

# Lazy values: the Smi index of their factory.
LAZY_INDEX: Final = 8
LAZY_SIZE: Final = 16

# Contexts: a Smi index of the ScopeInfo, the previous context or Smi 0, then variables.
CONTEXT_SCOPE_INFO: Final = ARRAY_ELEMENTS
CONTEXT_PREVIOUS: Final = ARRAY_ELEMENTS + 8
CONTEXT_SLOTS: Final = ARRAY_ELEMENTS  # slot i, those above included, is 8 * i behind

# Objects of the language: two words, fields of their kind, slots of properties. All are tagged words.
OBJECT_PROPERTIES: Final = 8  # a PropertyArray, or Smi 0
OBJECT_ELEMENTS: Final = 16  # a FixedArray or FixedDoubleArray
OBJECT_FIELDS: Final = 24

ARRAY_LENGTH_SLOT: Final = 24  # of an array: its first slot, a number; an array has no other fields

FUNCTION_SHARED: Final = 24  # Smi, index of the SharedFunctionInfo
FUNCTION_CONTEXT: Final = 32  # or Smi 0
FUNCTION_INITIAL_MAP: Final = 40  # the map of objects that it constructs, or Smi 0
FUNCTION_CODE: Final = 48  # Smi: where its record is in the data pages of the code space; 0 if it has none

BOUND_TARGET: Final = 24
BOUND_THIS: Final = 32
BOUND_ARGUMENTS: Final = 40  # a FixedArray

WRAPPER_VALUE: Final = 24  # the primitive; a string's wrapper has its length in the first slot

DATE_VALUE: Final = 24  # a number, NaN for no time

COLLECTION_TABLE: Final = 24  # of Map and Set: see builtins/collections/ordered_table.py
COLLECTION_ITERATOR_TABLE: Final = 24  # or undefined at the end
COLLECTION_ITERATOR_INDEX: Final = 32  # Smi
COLLECTION_ITERATOR_KIND: Final = 40  # Smi: 0 keys, 1 values, 2 entries

BUFFER_BYTES: Final = 24  # a Bytes object, or Smi 0 once it is detached
BUFFER_LENGTH: Final = 32  # a number
BUFFER_MOST: Final = 40  # of a resizable one, a number; else undefined

VIEW_BUFFER: Final = 24  # of typed arrays and data views
VIEW_OFFSET: Final = 32  # a number, bytes
VIEW_LENGTH: Final = 40  # a number, of elements or of a data view's bytes; undefined: up to the end of the buffer
VIEW_TYPE: Final = 48  # of a typed array: Smi, a number of methods/typed.py's TYPES

ITERATOR_OBJECT: Final = 24  # of array iterators: what is iterated, or undefined at the end
ITERATOR_INDEX: Final = 32  # a number
ITERATOR_KIND: Final = 40  # Smi: 0 keys, 1 values, 2 entries

WRAPPED_ITERATOR: Final = 24  # of Iterator.from: the program's iterator
WRAPPED_NEXT: Final = 32  # and its method

HELPER_ITERATOR: Final = 24  # of iterator helpers: the iterator below
HELPER_NEXT: Final = 32  # and its method
HELPER_CALLBACK: Final = 40
HELPER_COUNT: Final = 48  # a number
HELPER_WAY: Final = 56  # Smi: map, filter, take, drop, flatMap
HELPER_STATE: Final = 64  # Smi: new, suspended, running, done
HELPER_INNER: Final = 72  # of flatMap: an iterator, or undefined
HELPER_INNER_NEXT: Final = 80

PROXY_TARGET: Final = 24  # or null once it is revoked
PROXY_HANDLER: Final = 32

ARGUMENTS_CONTEXT: Final = 24  # of mapped arguments
ARGUMENTS_MAPPING: Final = 32  # a FixedArray: the slot of the context, as a Smi, or the hole

FIELDS: Final[dict[Kind, int]] = {
    Kind.JS_FUNCTION: 4,
    Kind.JS_BOUND_FUNCTION: 3,
    Kind.JS_WRAPPER: 1,
    Kind.JS_STRING_WRAPPER: 1,
    Kind.JS_ERROR: 1,
    Kind.JS_DATE: 1,
    Kind.JS_MAP: 1,
    Kind.JS_SET: 1,
    Kind.JS_WEAK_MAP: 0,
    Kind.JS_WEAK_SET: 0,
    Kind.JS_WEAK_REF: 1,
    Kind.JS_FINALIZATION_REGISTRY: 2,
    Kind.JS_ARRAY_BUFFER: 3,
    Kind.JS_TYPED_ARRAY: 4,
    Kind.JS_DATA_VIEW: 3,
    Kind.JS_MAPPED_ARGUMENTS: 2,
    Kind.JS_PROXY: 2,
    Kind.JS_CALLABLE_PROXY: 2,
    Kind.JS_CONSTRUCTOR_PROXY: 2,
    Kind.JS_RAW_JSON: 0,
    Kind.JS_MAP_ITERATOR: 3,
    Kind.JS_SET_ITERATOR: 3,
}  # of a kind, at least

HOLE_NAN: Final = 0x7FF7_FFFF_FFF7_FFFF  # the hole among doubles, as V8 has it
QUIET_NAN: Final = 0x7FF8_0000_0000_0000  # every other NaN

TYPE: Final = OBJECT_TYPE
OBJECT_KIND: Final = 5  # u8 of the header: the Kind

# Attributes of a property, one bit each.
WRITABLE: Final = 1
ENUMERABLE: Final = 2
CONFIGURABLE: Final = 4
ACCESSOR: Final = 8  # the slot has an accessor pair
MAYBE_LAZY: Final = 16  # the slot may have a lazy value
DEFAULT: Final = WRITABLE | ENUMERABLE | CONFIGURABLE
