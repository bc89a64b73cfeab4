"""What every engine has, whatever languages it runs."""

from __future__ import annotations

from seaofnodes.runtime.code.handles import finder
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.entry.entry import Entry
from seaofnodes.runtime.heap.heap import Heap
from seaofnodes.runtime.leaving import deopt_stub, throw_stub
from seaofnodes.runtime.leaving.callbacks import callbacks as leaving_callbacks
from seaofnodes.runtime.leaving.deoptimizer import Deoptimizer
from seaofnodes.runtime.leaving.unwinder import Unwinder
from seaofnodes.runtime.tiers import tier_stubs
from seaofnodes.runtime.tiers.assumptions import Assumptions
from seaofnodes.runtime.tiers.background import BackgroundCompiler
from seaofnodes.runtime.tiers.callbacks import callbacks as tier_callbacks
from seaofnodes.runtime.tiers.options import EngineOptions
from seaofnodes.runtime.tiers.retired import RetiredCode
from seaofnodes.runtime.tiers.tiers import Tiers


class Runtime:
    """Puts the parts of an engine together; whoever uses one takes that part.

    Attributes: space: machine code; entry: who has the engine; tiers: what the compilers share; unwinder: walks frames;
    heap: objects.
    Nothing here holds an instance alive, and instances hold this.
    """

    def __init__(self, options: EngineOptions) -> None:
        background = BackgroundCompiler()
        self.space = space = CodeSpace(options.code_space)
        self.unwinder = Unwinder(space)
        retired = RetiredCode(space, self.unwinder.return_addresses)

        assumptions = Assumptions(space)

        def begin() -> None:
            assumptions.serve()
            retired.free()
            background.check()

        heap: Heap | None = None

        def poll() -> None:
            assumptions.serve()
            if heap is not None:
                heap.poll()

        self.entry = Entry(
            space,
            max_stack=options.max_stack,
            time_limit=options.time_limit,
            on_begin=begin,
            on_poll=poll,
        )
        self.tiers = Tiers(options, space, self.entry, background, retired, assumptions)
        self.heap = heap = Heap(
            space, options.heap_limit, self.unwinder.references, self.unwinder.exits, stress=options.stress_gc
        )
        self._deoptimizer = Deoptimizer(self.tiers, heap)
        space.register(tier_callbacks(finder(space, "tiers", self.tiers)))
        find_unwinder = finder(space, "unwinder", self.unwinder)
        space.register(leaving_callbacks(find_unwinder, finder(space, "deoptimizer", self._deoptimizer)))
        self.entry.install_builtins()
        for builtins in (tier_stubs.BUILTINS, throw_stub.BUILTINS, deopt_stub.BUILTINS):
            builtins.install(space)
