"""The value stack of the validator: value types, or None for a value of unknown type in code that cannot be reached."""

from __future__ import annotations

from seaofnodes.wasm.subtyping import matches
from seaofnodes.wasm.types import ValType


class Invalid(Exception):
    """Carries a message to the place that knows where in the module it happened."""


def pop(stack: list[ValType | None], height: int, unreachable: bool, expected: ValType | None) -> ValType | None:
    """Pop one value of the expected type (None: any) off the part of the stack above `height`."""
    if len(stack) == height:
        if unreachable:
            return None
        raise Invalid(f"type mismatch: expected {expected or 'a value'}, but the stack is empty")
    actual = stack.pop()
    if actual is not expected and actual is not None and expected is not None and not matches(actual, expected):
        raise Invalid(f"type mismatch: expected {expected}, found {actual}")
    return actual


def pop_all(stack: list[ValType | None], height: int, unreachable: bool, expected: tuple[ValType, ...]) -> None:
    """Pop values of the expected types, the last one first."""
    count = len(expected)
    if not count:
        return
    start = max(height, len(stack) - count)  # in unreachable code, there may be fewer values than expected
    if tuple(stack[start:]) == expected[count - len(stack) + start :] and (unreachable or len(stack) - start == count):
        del stack[start:]
        return
    for kind in reversed(expected):
        pop(stack, height, unreachable, kind)


def check_branch(stack: list[ValType | None], height: int, unreachable: bool, expected: tuple[ValType, ...]) -> None:
    """Check that the values that a branch carries are on the stack, and leave them there."""
    count = len(expected)
    available = len(stack) - height
    if available < count and not unreachable:
        raise Invalid(f"type mismatch: the branch takes {count} values, but the stack has {available}")
    present = stack[max(height, len(stack) - count) :]
    if tuple(present) == expected[count - len(present) :]:
        return
    for actual, kind in zip(reversed(present), reversed(expected), strict=False):
        if actual is not kind and actual is not None and not matches(actual, kind):
            raise Invalid(f"type mismatch: the branch takes {kind}, found {actual}")
