"""Parameters of common operators: frame states, speculations, calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from seaofnodes.ir.dialect import type_words, types_of
from seaofnodes.ir.types import Type

FRAME_KINDS: Final = ("baseline", "interpreter")


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """Which frame a FrameState describes, and how execution goes on in it.

    Attributes: function_index; bytecode_offset: in the unit; mode: "before" the instruction at that offset (it runs
    again), or "after" it; locals: number of locals; stack: number of operand stack values ("after" a call: without its
    results, which are pushed when they are there); types: of locals, then stack; has_outer: is there a caller's
    frame state, into which the function was inlined?; kind: whose frame it is, "baseline" code's or an "interpreter"'s;
    inputs: types of the value inputs where some are StateValues, else empty.
    """

    function_index: int
    bytecode_offset: int
    mode: str
    locals: int
    stack: int
    types: tuple[Type, ...]
    has_outer: bool = False
    kind: str = "baseline"
    inputs: tuple[Type, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in FRAME_KINDS or self.mode not in ("before", "after"):
            raise ValueError(f"no such frame state: {self.kind}, {self.mode}")

    def __str__(self) -> str:
        return f"{self.function_index}@{self.bytecode_offset}, {self.mode}, {self.locals}, {self.stack}"

    def texts(self) -> list[str]:
        texts = [str(self.function_index), str(self.bytecode_offset), self.mode, str(self.locals)]
        more = [self.kind] * (self.kind != "baseline") + [f"inputs {type_words(self.inputs)}"] * bool(self.inputs)
        return [*texts, type_words(self.types), *["outer"] * self.has_outer, *more]

    @classmethod
    def of_texts(cls, function: str, offset: str, mode: str, locals: str, types: str, *more: str) -> FrameInfo:
        found = types_of(types)
        count = int(locals)
        info = cls(int(function), int(offset), mode, count, len(found) - count, found)
        for word in more:
            what, _, inputs = word.partition(" ")
            if word == "outer":
                info = replace(info, has_outer=True)
            elif what == "inputs":
                info = replace(info, inputs=types_of(inputs))
            else:
                info = replace(info, kind=word)
        return info


@dataclass(frozen=True, slots=True)
class Speculation:
    """What optimized code has taken for granted.

    Attributes: reason: in words, V8's where it has them; function_index, site: whose call it is about, and the number
    of that call among the function's; -1 if it is about no call; loop: the offset of the
    instruction of a loop before which it stands, -1 for none; stress: whatever the condition, execution leaves when
    it comes here first.
    """

    reason: str
    function_index: int = -1
    site: int = -1
    stress: bool = False
    loop: int = -1

    def __str__(self) -> str:
        return ", ".join(self.texts())

    def texts(self) -> list[str]:
        loop = [f"loop {self.loop}"] * (self.loop >= 0)
        return [self.reason, str(self.function_index), str(self.site), *["stress"] * self.stress, *loop]

    @classmethod
    def of_texts(cls, reason: str, function: str, site: str, *more: str) -> Speculation:
        loop = next((int(word[5:]) for word in more if word.startswith("loop ")), -1)
        return cls(reason, int(function), int(site), "stress" in more, loop)


@dataclass(frozen=True, slots=True)
class CallDescriptor:
    """What a call needs to know. `site`: index of the call instruction in its function (for feedback);
    `function_index`: callee of a direct call, else -1; `builtin`: name of a runtime builtin, or ""; types without the
    first value (the context or the callee); `in_try`: is what it throws caught in this function?
    """

    parameters: tuple[Type, ...]
    results: tuple[Type, ...]
    function_index: int = -1
    site: int = -1
    builtin: str = ""
    has_frame_state: bool = False
    in_try: bool = False

    def __str__(self) -> str:
        what = self.builtin or (f"function {self.function_index}" if self.function_index >= 0 else "record")
        return f"{what}, ({' '.join(map(str, self.parameters))}) -> ({' '.join(map(str, self.results))})"

    def texts(self) -> list[str]:
        what = f"function {self.function_index}" if self.function_index >= 0 else "ref"
        what = f"builtin {self.builtin}" if self.builtin else what
        texts = [what, type_words(self.parameters), type_words(self.results), str(self.site)]
        return texts + ["frame"] * self.has_frame_state + ["try"] * self.in_try

    @classmethod
    def of_texts(cls, what: str, parameters: str, results: str, site: str, *more: str) -> CallDescriptor:
        kind, _, name = what.partition(" ")
        return cls(
            types_of(parameters),
            types_of(results),
            int(name) if kind == "function" else -1,
            int(site),
            name if kind == "builtin" else "",
            "frame" in more,
            "try" in more,
        )
