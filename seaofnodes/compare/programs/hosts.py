"""What modules import, from a Python file: its function `host()` makes what one instance gets.

    from seaofnodes.wasi import Wasi

    def host():
        return Wasi(["program"])
"""

from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, cast

from seaofnodes.errors import Error
from seaofnodes.wasm.engine.instance import Instance


class Host(Protocol):
    """Imports of one instance, by module and name; the instance is handed over once it is there."""

    @property
    def imports(self) -> Mapping[str, Mapping[str, Any]]: ...

    def bind(self, instance: Instance) -> None: ...


@lru_cache(maxsize=8)
def host_maker(path: str) -> Callable[[], Host]:
    """The function of a file. Raises Error if it has none, OSError, and what the file raises."""
    if not Path(path).is_file():
        raise Error(f"{path}: no such file")
    found = runpy.run_path(path).get("host")
    if not callable(found):
        raise Error(f"{path} has no function host()")
    return cast(Callable[[], Host], found)
