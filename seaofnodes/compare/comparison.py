"""What a comparison gives, with its reports."""

from __future__ import annotations

from pathlib import Path

from seaofnodes.compare.results import Results
from seaofnodes.errors import Error


class Comparison(Results):
    """A notebook shows it as tables and a plot. `str` gives tables, `to_json`, `to_csv` and `to_html` text."""

    def to_html(self) -> str:
        """One page that needs nothing else: tables, plots, graphs, and the JSON."""
        from seaofnodes.compare.report.page import page

        return page(self)

    def write_html(self, path: str | Path) -> None:
        """Write the page to a file; folders on the way are made."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(self.to_html(), encoding="utf-8")

    def write_plot(self, path: str | Path) -> None:
        """Write the speeds of the calls as bars to an SVG file; folders on the way are made. Raises Error for none."""
        from seaofnodes.compare.report.plots import speedups

        picture = speedups(self, alone=True)
        if not picture:
            raise Error("there is nothing to plot: no call was timed under two pipelines")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(picture, encoding="utf-8")

    def _repr_html_(self) -> str:
        from seaofnodes.compare.report.page import fragment

        return fragment(self)

    def __str__(self) -> str:
        from seaofnodes.compare.report.text import to_text

        return to_text(self)

    def __repr__(self) -> str:
        return f"<comparison of {', '.join(self.labels)} on {len(self.functions)} functions, {len(self.calls)} calls>"
