"""What builtins throw when an argument or receiver is of the wrong sort, in V8's words."""

from __future__ import annotations

from typing import NoReturn

from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.operations.access import type_name
from seaofnodes.javascript.operations.errors import describe, describe_call_site, type_error


def not_callable(iso: Isolate, value: int) -> NoReturn:
    """Throw the TypeError for an argument that must be a function: "number 5 is not a function"."""
    type_error(iso, f"{describe_call_site(iso, value)} is not a function")


def not_applicable(iso: Isolate, value: int, method: str) -> NoReturn:
    """Throw the TypeError for apply and call of what is no function."""
    kind = type_name(iso, value)
    if value == iso.undefined:
        said = kind
    else:
        said = f"{'an' if kind == 'object' else 'a'} {kind}"
    type_error(
        iso, f"Function.prototype.{method} was called on {describe(iso, value)}, which is {said} and not a function"
    )


def incompatible(iso: Isolate, method: str, receiver: int) -> NoReturn:
    """Throw the TypeError for a receiver of another kind than a method wants."""
    type_error(iso, f"Method {method} called on incompatible receiver {describe(iso, receiver)}")
