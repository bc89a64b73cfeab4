"""Constants and expected results of scripts, as bit patterns and references."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from seaofnodes.wasm.engine import function, tags
from seaofnodes.wasm.engine.objects import handles
from seaofnodes.wasm.interpreter import values
from tests.spec.sexpr import Node

# Per float type: bits of the fraction, bits of the exponent.
_FORMATS = {"f32": (23, 8), "f64": (52, 11)}
_INTEGERS = {"i32": 32, "i64": 64}
# Of references that are not null, in the engine and in the interpreter.
_CLASSES: dict[str, tuple[type, ...]] = {
    "null": (),
    "func": (function.Function, values.Function),
    "exn": (tags.ExceptionReference, values.ExceptionObject),
    "extern": (object,),
    "any": (object,),
    "eq": (values.Struct, values.Array, values.I31, handles.ObjectReference, handles.I31Reference),
    "i31": (values.I31, handles.I31Reference),
    "struct": (values.Struct, handles.StructReference),
    "array": (values.Array, handles.ArrayReference),
}


class UnknownValue(Exception):
    """A constant of a type that this runner does not know; the message is the feature it needs."""


@dataclass(frozen=True, slots=True)
class Value:
    """A constant: its type's name, and its bits or a reference."""

    type: str
    bits: Any


@dataclass(frozen=True, slots=True)
class HostReference:
    """What (ref.extern N) and (ref.host N) stand for: a host object; equal to another with the same number."""

    number: int


@dataclass(frozen=True, slots=True)
class ReferenceClass:
    """Any reference of a kind: "null", or one of _CLASSES."""

    kind: str

    def matches(self, type: str, value: object) -> bool:
        """Is a result of that type in the class?"""
        if type in _INTEGERS or type in _FORMATS:
            return False
        if self.kind == "null" or value is None:
            return value is None and self.kind == "null"
        return isinstance(value, _CLASSES[self.kind])


@dataclass(frozen=True, slots=True)
class NanClass:
    """Any canonical NaN, or any arithmetic NaN (one with the quiet bit set), of either sign."""

    type: str
    canonical: bool

    def matches(self, bits: int) -> bool:
        """Is a value with these bits in the class?"""
        fraction, exponent = _FORMATS[self.type]
        magnitude = bits & ((1 << (fraction + exponent)) - 1)
        quiet = ((1 << (exponent + 1)) - 1) << (fraction - 1)
        return magnitude == quiet if self.canonical else magnitude & quiet == quiet


def float_bits(text: str, type: str) -> int:
    """The bits of a float literal of the text format, rounded once, to nearest, ties to even."""
    fraction_bits, exponent_bits = _FORMATS[type]
    text = text.replace("_", "").lower()
    sign = int(text.startswith("-")) << (fraction_bits + exponent_bits)
    text = text.lstrip("+-")
    top = ((1 << exponent_bits) - 1) << fraction_bits
    if text == "inf":
        return sign | top
    if text.startswith("nan"):
        payload = int(text[4:], 16) if ":" in text else 1 << (fraction_bits - 1)
        return sign | top | payload
    return sign | _round(_exact(text), fraction_bits, exponent_bits)


def _exact(text: str) -> Fraction:
    if not text.startswith("0x"):
        return Fraction(text.rstrip(".")) if not text.startswith(".") else Fraction("0" + text)
    digits, _, exponent = text[2:].partition("p")
    whole, _, fraction = digits.partition(".")
    value = Fraction(int(whole + fraction or "0", 16), 16 ** len(fraction))
    return value * Fraction(2) ** int(exponent or "0")


def _round(value: Fraction, fraction_bits: int, exponent_bits: int) -> int:
    if not value:
        return 0
    bias = (1 << (exponent_bits - 1)) - 1
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if Fraction(2) ** exponent > value:
        exponent -= 1
    exponent = max(exponent, 1 - bias)  # subnormals share the smallest exponent
    scaled = round(value / Fraction(2) ** (exponent - fraction_bits))  # Python rounds ties to even
    bits = ((exponent + bias - 1) << fraction_bits) + scaled  # the hidden bit adds one to the exponent; a carry too
    return min(bits, ((1 << exponent_bits) - 1) << fraction_bits)


Expected = Value | NanClass | ReferenceClass


def parse_value(node: Node) -> Expected:
    """A constant such as (i32.const 1), or an expected class of values. Raises UnknownValue."""
    type, _, kind = node.head().partition(".")
    if kind == "const" and type in _INTEGERS:
        digits = node[1].replace("_", "")
        return Value(type, int(digits, 16 if "x" in digits else 10) & ((1 << _INTEGERS[type]) - 1))
    if kind == "const" and type in _FORMATS:
        if node[1] in ("nan:canonical", "nan:arithmetic"):
            return NanClass(type, node[1] == "nan:canonical")
        return Value(type, float_bits(node[1], type))
    if type == "ref":
        return _reference(node, kind)
    raise UnknownValue({"v128": "simd", "either": "relaxed-simd"}.get(type, node.head()))


def _reference(node: Node, kind: str) -> Expected:
    if kind in ("extern", "host") and len(node) > 1:
        return Value("externref" if kind == "extern" else "anyref", HostReference(int(node[1])))
    if kind in _CLASSES:
        return ReferenceClass(kind)
    raise UnknownValue("gc")


def argument(node: Node) -> Any:
    """The bits or the reference to pass for a constant. Raises UnknownValue."""
    value = parse_value(node)
    if isinstance(value, Value):
        return value.bits
    if value == ReferenceClass("null"):
        return None
    raise UnknownValue(f"an argument {node}")


def matches(expected: Expected, type: str, bits: Any) -> bool:
    """Is a result of this type and these bits what was expected?"""
    if isinstance(expected, ReferenceClass):
        return expected.matches(type, bits)
    if isinstance(expected, Value) and isinstance(expected.bits, HostReference):
        return bool(expected.bits == bits)
    if expected.type != type:
        return False
    return expected.matches(bits) if isinstance(expected, NanClass) else bool(expected.bits == bits)


def show(type: str, bits: Any) -> str:
    """A value for people."""
    return f"{type}:{bits:#x}" if isinstance(bits, int) else f"{type}:{bits}"
