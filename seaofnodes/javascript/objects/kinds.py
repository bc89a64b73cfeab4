"""Kinds of values and of elements."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Kind(IntEnum):
    """What a word stands for; receivers (objects of the language) come last, strings are in a row."""

    SMI = 0
    HEAP_NUMBER = 1
    BIGINT = 2
    SYMBOL = 3
    UNDEFINED = 4
    NULL = 5
    BOOLEAN = 6
    HOLE = 7
    SEQ_ONE_BYTE = 8
    SEQ_TWO_BYTE = 9
    INTERNALIZED_ONE_BYTE = 10
    INTERNALIZED_TWO_BYTE = 11
    CONS = 12
    SLICED = 13
    MAP = 14  # of a shape: what objects of it hold together
    FIXED_ARRAY = 15
    FIXED_DOUBLE_ARRAY = 16
    PROPERTY_ARRAY = 17
    CONTEXT = 18
    ACCESSOR_PAIR = 19
    LAZY = 20
    BYTES = 21
    JS_OBJECT = 32
    JS_ARRAY = 33
    JS_FUNCTION = 34
    JS_BOUND_FUNCTION = 35
    JS_WRAPPER = 36  # of a number, a boolean, a symbol or a BigInt
    JS_STRING_WRAPPER = 37
    JS_ERROR = 38
    JS_DATE = 39
    JS_MAP = 40
    JS_SET = 41
    JS_WEAK_MAP = 42
    JS_WEAK_SET = 43
    JS_WEAK_REF = 44
    JS_FINALIZATION_REGISTRY = 45
    JS_ARRAY_BUFFER = 46
    JS_TYPED_ARRAY = 47
    JS_DATA_VIEW = 48
    JS_ARGUMENTS = 49  # without a mapping
    JS_MAPPED_ARGUMENTS = 50
    JS_ARRAY_ITERATOR = 51
    JS_REGEXP = 52
    JS_PROMISE = 53
    JS_GENERATOR = 54
    JS_GLOBAL_OBJECT = 55
    JS_RAW_JSON = 56
    JS_STRING_ITERATOR = 57
    JS_ITERATOR_HELPER = 58
    JS_WRAPPED_ITERATOR = 59  # of Iterator.from
    JS_PROXY = 60  # of what is not callable
    JS_CALLABLE_PROXY = 61
    JS_CONSTRUCTOR_PROXY = 62
    JS_MODULE_NAMESPACE = 63
    JS_MAP_ITERATOR = 64
    JS_SET_ITERATOR = 65


PROXIES: Final = (Kind.JS_PROXY, Kind.JS_CALLABLE_PROXY, Kind.JS_CONSTRUCTOR_PROXY)
FIRST_STRING: Final = Kind.SEQ_ONE_BYTE
LAST_STRING: Final = Kind.SLICED
INTERNALIZED: Final = (Kind.INTERNALIZED_ONE_BYTE, Kind.INTERNALIZED_TWO_BYTE)
FIRST_RECEIVER: Final = Kind.JS_OBJECT


class ElementsKind(IntEnum):
    """How an object's elements are kept, with V8's names. A packed kind has no hole below an array's length."""

    PACKED_SMI = 0
    HOLEY_SMI = 1
    PACKED_DOUBLE = 2
    HOLEY_DOUBLE = 3
    PACKED = 4
    HOLEY = 5
    DICTIONARY = 6  # the shape, which is the object's own, says which slot of the elements an index has
