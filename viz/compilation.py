"""A compilation as users get it: it can be looked at and exported."""

from __future__ import annotations

import json
from pathlib import Path

from seaofnodes.runtime.tiers import optimize


class Compilation(optimize.Compilation):
    """A traced compilation: `graph`, `phases`, `code`, `remarks`, `rules`; text and files with the methods here."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Compilation of {self.name}, {len(self.phases)} phases, {self.code.code_size} bytes of code>"

    def __str__(self) -> str:
        from seaofnodes.viz.summary import format_summary

        return format_summary(self)

    def _repr_html_(self) -> str:
        from seaofnodes.viz.notebook import compilation_html

        return compilation_html(self)

    def listing(self) -> str:
        """Machine code, with nodes and bytecode offsets beside it."""
        from seaofnodes.viz.listing import format_code

        return format_code(self.code, self.unit)

    def schedule(self) -> str:
        """The schedule as text."""
        from seaofnodes.viz.schedule import format_schedule

        return format_schedule(self.backend.schedule)

    def to_turbolizer(self, path: str | Path) -> None:
        """Write a file that V8's Turbolizer opens. Raises OSError."""
        from seaofnodes.viz.turbolizer import to_turbolizer

        Path(path).write_text(json.dumps(to_turbolizer(self)), encoding="utf-8")

    def to_html(self, path: str | Path, *others: optimize.Compilation) -> None:
        """Write the viewer: one page with everything in it. others: compilations of the same function with other
        pipelines, to be compared. Raises OSError.
        """
        from seaofnodes.viz.viewer.page import page

        Path(path).write_text(page([self, *others]), encoding="utf-8")

    def to_svg(self, path: str | Path) -> None:
        """Write the graph after the last pass as a picture: its blocks. Raises OSError."""
        from seaofnodes.viz.layout.svg import graph_to_svg

        svg = graph_to_svg(self.graph, self.unit.function_name, self.backend.schedule)
        Path(path).write_text(svg, encoding="utf-8")
