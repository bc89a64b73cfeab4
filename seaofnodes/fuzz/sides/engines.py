"""The reference interpreter and an engine as sides; and what the modules that they run import."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seaofnodes.fuzz.sides.host import Host, imported_value
from seaofnodes.fuzz.variant import Variant
from seaofnodes.wasm.module import Import, Module
from seaofnodes.wasm.types import FuncType, GlobalType, MemoryType

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline
    from seaofnodes.runtime.tiers.options import Tier

STEPS = 400_000  # instructions that the interpreter may execute for one case
_DEPTH = 300
_SECONDS = 10.0  # of one call in an engine


class Interpreted:
    """The reference interpreter."""

    def __init__(self, module: Module, host: Host) -> None:
        from seaofnodes.wasm.interpreter.interpreter import Limits
        from seaofnodes.wasm.interpreter.link import instantiate
        from seaofnodes.wasm.interpreter.store import Global, Memory, Table

        def make(desc: object) -> object:
            if isinstance(desc, GlobalType):
                return Global(desc, _bits(desc))
            return Memory(desc) if isinstance(desc, MemoryType) else Table(desc)  # type: ignore[arg-type]

        self.instance = instantiate(
            module, imports(module, host, make), limits=Limits(depth=_DEPTH, steps=STEPS, pages=64)
        )
        host.call_back = lambda export: self.instance.exports[export].call_bits()

    def call(self, export: str, arguments: tuple[int, ...]) -> list[int]:
        """See Machine."""
        found: list[int] = self.instance.exports[export].call_bits(*arguments)
        return found

    def memory(self, export: str) -> bytes:
        """See Machine."""
        return bytes(self.instance.exports[export].data)

    def global_bits(self, export: str) -> int:
        """See Machine."""
        found: int = self.instance.exports[export].bits
        return found


class Compiled:
    """An engine in one of its tiers."""

    def __init__(self, module: Module, variant: Variant, host: Host, pipeline: Pipeline) -> None:
        from seaofnodes.engine import Engine
        from seaofnodes.wasm.engine.globals import Global
        from seaofnodes.wasm.engine.memory import Memory
        from seaofnodes.wasm.engine.table import Table

        def make(desc: object) -> object:
            if isinstance(desc, GlobalType):
                return Global(desc.type, imported_value(desc.type), mutable=desc.mutable)
            limits = desc.limits  # type: ignore[attr-defined]
            if isinstance(desc, MemoryType):
                return Memory(limits.min, limits.max, address=desc.address)
            return Table(limits.min, limits.max)

        tier: Tier = variant.kind  # type: ignore[assignment]
        self.engine = Engine(
            pipeline,
            tier,
            strict=True,
            background=False,  # what fails must fail again
            tier_up_budget=variant.budget,
            verify=variant.verify,
            stress_gc=variant.collect,
            time_limit=_SECONDS,
        )
        self.instance = self.engine.instantiate(module, imports(module, host, make))
        host.call_back = lambda export: self.instance.exports[export].call_bits()

    def call(self, export: str, arguments: tuple[int, ...]) -> list[int]:
        """See Machine."""
        return list(self.instance.exports[export].call_bits(*arguments))

    def memory(self, export: str) -> bytes:
        """See Machine."""
        memory = self.instance.exports[export]
        found: bytes = memory.read(0, len(memory))
        return found

    def global_bits(self, export: str) -> int:
        """See Machine."""
        found: int = self.instance.exports[export].bits
        return found


def imports(module: Module, host: Host, make: Callable[[object], Any]) -> dict[str, dict[str, Any]]:
    """What a module imports: the host's functions, and what `make` gives for the type of another import."""
    functions = host.functions(module)
    found: dict[str, dict[str, Any]] = {}
    shared: dict[object, Any] = {}
    for one in module.imports:
        value = functions[one.module, one.name] if isinstance(one.desc, FuncType) else make_once(one, shared, make)
        found.setdefault(one.module, {})[one.name] = value
    return found


def make_once(wanted: Import, shared: dict[object, Any], make: Callable[[object], Any]) -> Any:
    """What `make` gives for the type of an import; imports called "shared..." of one type are one and the same."""
    if not wanted.name.startswith("shared"):
        return make(wanted.desc)
    if wanted.desc not in shared:
        shared[wanted.desc] = make(wanted.desc)
    return shared[wanted.desc]


def _bits(kind: GlobalType) -> int:
    from seaofnodes.wasm.interpreter.numeric import to_bits

    return int(to_bits(kind.type, imported_value(kind.type)))
