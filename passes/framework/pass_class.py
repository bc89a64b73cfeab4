"""What a class has to be, to be a pass that pipelines can name."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Final

from seaofnodes.errors import PassError
from seaofnodes.files import shown_path
from seaofnodes.passes.base import Pass
from seaofnodes.passes.framework.presets import fault_of_name

_KINDS: Final = (bool, int, float, str)  # of options, which stand in text


def check_pass(found: type[Pass]) -> None:
    """Raises PassError, which says what to write, for a class without a name, `run`, `@dataclass(frozen=True)`, or
    defaults of its options.
    """
    name = getattr(found, "name", None)
    if not isinstance(name, str) or not name:
        raise PassError(f"class {found.__name__} has no name for pipelines: write name = \"my-pass\" in it")
    if fault := fault_of_name(name):
        raise PassError(f"class {found.__name__}: {fault}")
    if inspect.isabstract(found):
        raise PassError(f"pass {name} has no method run: write def run(self, graph, context) in {found.__name__}")
    _check_dataclass(found)
    _check_run(found)
    for field in dataclasses.fields(found):  # type: ignore[arg-type]
        if field.default is dataclasses.MISSING or not isinstance(field.default, _KINDS):
            has = "no default" if field.default is dataclasses.MISSING else f"the default {field.default!r}"
            wanted = "an option is a bool, int, float or str with a default"
            raise PassError(f"option {field.name} of pass {name} has {has}; {wanted}, as {field.name}: int = 1")


def class_line(found: type[Pass]) -> int:
    """The line in its file where a class begins, 0 if that is not known."""
    try:
        return inspect.getsourcelines(found)[1]
    except (OSError, TypeError):
        return 0


def class_place(found: type[Pass]) -> str:
    """`mine.py:7`, where a class begins, or else its `run`; "" if that is not known."""
    code = getattr(vars(found).get("run"), "__code__", None)
    line = class_line(found)
    file = inspect.getfile(found) if line else ""
    if code is not None and code.co_filename != file:  # another file of that name has been loaded since
        file, line = code.co_filename, code.co_firstlineno
    return f"{shown_path(file)}:{line}" if line and not file.startswith("<") else ""


def _check_dataclass(found: type[Pass]) -> None:
    own = vars(found).get("__annotations__", {})
    options = [name for name, kind in own.items() if not str(kind).removeprefix("typing.").startswith("ClassVar")]
    parameters = getattr(found, "__dataclass_params__", None)
    fault = ""
    if parameters is None or (options and "__dataclass_fields__" not in vars(found)):
        fault = "is no dataclass"
    elif not parameters.frozen:
        fault = "can be changed"
    if fault:
        raise PassError(f"pass {found.name} {fault}: write @dataclass(frozen=True) above class {found.__name__}")


def _check_run(found: type[Pass]) -> None:
    try:
        inspect.signature(found.run).bind(None, None, None)
    except TypeError:
        raise PassError(f"run of pass {found.name} takes graph and context: def run(self, graph, context)") from None
