"""For Turbolizer: the bytecode of the compiled function and of those inlined, and where in its text nodes come from.

The compiled function is source -1, as in V8: Turbolizer takes what has no inlining to be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seaofnodes.runtime.tiers.optimize import Compilation
from seaofnodes.runtime.tiers.unit import BytecodeLine
from seaofnodes.viz.listing import printable

_MAIN = -1
_MOST = 300  # characters of a name or a line
_HARMLESS = str.maketrans("<>", "‹›")


def harmless(text: str) -> str:
    """Text that some versions of Turbolizer put into the page as HTML, and others as text."""
    return printable(text, _MOST).translate(_HARMLESS)


class Sources:
    """The functions whose bytecode is in the graph."""

    def __init__(self, compilation: Compilation) -> None:
        self.compilation = compilation
        main = compilation.function_index
        inlined = dict.fromkeys(found.function_index for found in compilation.graph.inlinings)
        self.ids = {main: _MAIN} | {function: id for id, function in enumerate(f for f in inlined if f != main)}
        self._lines = {function: compilation.unit.bytecode(function) for function in self.ids}
        self._places = {function: _places(lines) for function, lines in self._lines.items()}

    def place(self, offset: int, inlining: int) -> int:
        """Where in its function's text the instruction at a bytecode offset starts; -1 if there is none."""
        found = self.compilation.graph.inlinings
        function = self.compilation.function_index if inlining < 0 else found[inlining].function_index
        return self._places[function].get(offset, -1)

    def function(self) -> dict[str, Any]:
        """The compiled function."""
        return self._source(self.compilation.function_index)

    def sources(self) -> dict[str, Any]:
        """By id: the text of all functions, an instruction a line."""
        return {str(id): self._source(function) for function, id in self.ids.items()}

    def inlinings(self) -> dict[str, Any]:
        """By id: what was inlined, and where."""
        return {
            str(index): {
                "inliningId": index,
                "sourceId": self.ids[inlining.function_index],
                "inliningPosition": {
                    "scriptOffset": self.place(inlining.call_offset, inlining.parent),
                    "inliningId": inlining.parent,
                },
            }
            for index, inlining in enumerate(self.compilation.graph.inlinings)
        }

    def bytecode_sources(self) -> dict[str, Any]:
        """By id: the instructions of all functions with their offsets."""
        return {
            str(id): {
                "sourceId": id,
                "functionName": self._name(function),
                "bytecodeSource": {
                    "data": [
                        {"offset": line.offset, "disassembly": harmless(_text(line))} for line in self._lines[function]
                    ],
                    "constantPool": [],
                },
            }
            for function, id in self.ids.items()
        }

    def _name(self, function: int) -> str:
        return harmless(self.compilation.unit.function_name(function))

    def _source(self, function: int) -> dict[str, Any]:
        text = "\n".join(map(_text, self._lines[function]))
        return {
            "sourceId": self.ids[function],
            "functionName": self._name(function),
            "sourceName": "",
            "sourceText": text,
            "startPosition": 0,
            "endPosition": len(text),
        }


def _text(line: BytecodeLine) -> str:
    return "  " * line.depth + printable(line.text, _MOST)


def _places(lines: Sequence[BytecodeLine]) -> dict[int, int]:
    """Offset of an instruction -> where its word starts in the text of all lines."""
    found: dict[int, int] = {}
    at = 0
    for line in lines:
        found[line.offset] = at + 2 * line.depth
        at += len(_text(line).encode("utf-16-le")) // 2 + 1  # JavaScript counts so
    return found
