"""What the compilers of an engine share: options, the compiler's thread, observers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from seaofnodes.errors import OptimizerWarning
from seaofnodes.names import printable
from seaofnodes.runtime.code.space import CodeSpace
from seaofnodes.runtime.entry.deadline import within_compile_limit
from seaofnodes.runtime.entry.entry import Entry
from seaofnodes.runtime.entry.stuck import end_process, go_on
from seaofnodes.runtime.process.collector_pause import without_collector
from seaofnodes.runtime.tiers.assumptions import Assumptions
from seaofnodes.runtime.tiers.background import BackgroundCompiler, is_compiler_thread
from seaofnodes.runtime.tiers.events import Event, FailureEvent
from seaofnodes.runtime.tiers.options import EngineOptions
from seaofnodes.runtime.tiers.retired import RetiredCode

if TYPE_CHECKING:
    from seaofnodes.passes.framework.pipeline import Pipeline

T = TypeVar("T")


class Tiers:
    """Attributes: options; space: where code goes; entry; background: the compiler beside the code; retired: code that
    is not entered any more; assumptions: what code depends on; observers: told of events; pipeline: that of the options
    and their stress, when the optimizing tier has made it.
    """

    def __init__(
        self,
        options: EngineOptions,
        space: CodeSpace,
        entry: Entry,
        background: BackgroundCompiler,
        retired: RetiredCode,
        assumptions: Assumptions,
    ) -> None:
        self.options = options
        self.space = space
        self.entry = entry
        self.background = background
        self.retired = retired
        self.assumptions = assumptions
        self.observers: list[Callable[[Event], None]] = []
        self.pipeline: Pipeline | None = None
        self._warned: set[tuple[str, str, int, str]] = set()

    def notify(self, event: Event) -> None:
        for observer in self.observers:
            observer(event)

    def optimizer_failed(self, function: int, name: str, osr_offset: int, error: Exception) -> str:
        """Tell of a failure of the optimizing tier: each to observers; the first of its kind at one place is a warning
        that names the pass's author's line. Where the engine is strict it rises instead. Returns the reason.
        """
        from seaofnodes.passes.framework.failures import culprit_of, error_text

        culprit = culprit_of(error)
        where = ("", "", 0) if culprit is None else (culprit.pass_name, culprit.file, culprit.line)
        event = FailureEvent(function, name, error_text(error), osr_offset, *where)
        self.notify(event)
        if self.options.strict:
            if is_compiler_thread():
                error.add_note(f"This rose while {printable(name)} was optimized in the background{event.where}.")
            raise error
        key = (*where, type(error).__name__)
        if key not in self._warned:
            self._warned.add(key)
            what = f"the optimizing compiler failed at {printable(name)}{event.where}, which stays in baseline code"
            warning = OptimizerWarning(f"{what}: {event.reason}")
            if event.file:
                warnings.warn_explicit(warning, OptimizerWarning, event.file, event.line)
            else:
                warnings.warn(warning, stacklevel=2)
        return event.reason

    def compile_within_limit(self, compile: Callable[[], T]) -> T:
        """Compile within the time limit, with Python's cyclic collector off; what that calls when it is on again is not
        stopped. The limit is not for what the compiler's thread does. Raises TimeLimitError.
        """
        if is_compiler_thread():
            return without_collector(compile)
        return without_collector(lambda: self.entry.within_limit(compile))

    def optimize_within_limit(self, compile: Callable[[], T]) -> T:
        """The same for the optimizing compiler, which passes can make hang, on whatever thread: it is stopped after the
        options' `compile_limit`. Raises TimeLimitError, CompileLimitError.
        """
        limit = self.options.compile_limit
        stuck = None
        if self.options.exit_on_hang:  # the program goes on beside the compiler's thread
            stuck = go_on if is_compiler_thread() else end_process
        return self.compile_within_limit(lambda: within_compile_limit(limit, compile, stuck))
