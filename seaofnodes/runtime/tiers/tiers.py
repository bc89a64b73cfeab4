"""What the compilers of an engine share: options, the compiler's thread, observers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

from seaofnodes.errors import OptimizerWarning
from seaofnodes.names import printable
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.entry.entry import Entry
from seaofnodes.runtime.process.collector_pause import without_collector
from seaofnodes.runtime.tiers.background import BackgroundCompiler, is_compiler_thread
from seaofnodes.runtime.tiers.events import Event, FailureEvent
from seaofnodes.runtime.tiers.options import EngineOptions
from seaofnodes.runtime.tiers.retired import RetiredCode

T = TypeVar("T")


class Tiers:
    """Attributes: options; space: where code goes; entry; background: the compiler beside the code; retired: code that
    is not entered any more; observers: told of events.
    """

    def __init__(
        self,
        options: EngineOptions,
        space: CodeSpace,
        entry: Entry,
        background: BackgroundCompiler,
        retired: RetiredCode,
    ) -> None:
        self.options = options
        self.space = space
        self.entry = entry
        self.background = background
        self.retired = retired
        self.observers: list[Callable[[Event], None]] = []
        self._warned = False

    def notify(self, event: Event) -> None:
        for observer in self.observers:
            observer(event)

    def optimizer_failed(self, event: FailureEvent, error: Exception) -> None:
        """Tell of a failure of the optimizing tier: each to observers, the first with a warning."""
        self.notify(event)
        if not self._warned:
            self._warned = True
            what = f"the optimizing compiler failed at {printable(event.name)}, which stays in baseline code"
            warnings.warn(OptimizerWarning(f"{what}: {event.reason}"), source=error, stacklevel=2)

    def compile_within_limit(self, compile: Callable[[], T]) -> T:
        """Compile within the time limit, with Python's cyclic collector off; what that calls when it is on again is not
        stopped. What the compiler's thread does has no limit. Raises TimeLimitError.
        """
        if is_compiler_thread():
            return without_collector(compile)
        return without_collector(lambda: self.entry.within_limit(compile))
