"""Tests in files `*.graph`: a graph, and what passes make of it.

    # Masking twice is masking once.
    load: my_pass.py

    (module (func (param i32 i32) (result i32) ...))
    === simplify
    fired: union 1
    graph $f ...

Above the first `===` stand comments, settings (`load: FILE`, relative to this file, as often as needed; `function: X`,
of a module), and the graph: its text, or a module's text. Each `=== PIPELINE` is followed by what that pipeline makes
of it: the rules that fired, and the graph, numbered in order of appearance. `pytest --bless` writes what is there now.

A section that begins with a line `matches:` has patterns instead of all that: see `seaofnodes.testing.matching`. It is
never blessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from seaofnodes.errors import Error
from seaofnodes.testing.graphs import Transformed, transform

_SETTINGS = ("load", "function")
_MATCHES = "matches:"


@dataclass(slots=True)
class Section:
    """What a pipeline makes of the graph. line: of its `===`; expected: text, as it is in the file."""

    pipeline: str
    line: int
    expected: str

    @property
    def patterns(self) -> str | None:
        """Those that the text must match; None if it must be the same."""
        first, _, rest = self.expected.partition("\n")
        return rest if first.strip() == _MATCHES else None


@dataclass(slots=True)
class GraphFile:
    """A file in parts. head: all lines above the first section, as they are."""

    path: Path
    head: list[str]
    source: str
    load: list[Path] = field(default_factory=list)
    function: str | int | None = None
    sections: list[Section] = field(default_factory=list)

    def run(self, section: Section) -> tuple[Transformed, str]:
        """Run a section's pipeline; gives what came of it, and the text that stands for that."""
        found = transform(section.pipeline, self.source, function=self.function, load=self.load)
        fired = ", ".join(f"{name} {count}" for name, count in sorted(found.fired.items()))
        return found, (f"fired: {fired}\n" if fired else "") + found.text

    def bless(self) -> bool:
        """Write what the pipelines give now into the file; tells whether that changes it."""
        lines = list(self.head)
        for section in self.sections:
            text = section.expected if section.patterns is not None else self.run(section)[1]
            lines += [f"=== {section.pipeline}", *text.splitlines()]
        text = "\n".join(lines) + "\n"
        if text == self.path.read_text(encoding="utf-8"):
            return False
        self.path.write_text(text, encoding="utf-8")
        return True


def read_file(path: Path) -> GraphFile:
    """Raises OSError, and Error for a file that has no graph or no section."""
    head: list[str] = []
    body: list[str] = []
    found = GraphFile(path, head, "")
    expected: list[str] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("==="):
            expected = []
            found.sections.append(Section(line[3:].strip(), number, ""))
        elif expected is not None:
            expected.append(line)
            found.sections[-1].expected = "\n".join(expected).rstrip() + "\n"
        else:
            head.append(line)
            if not _setting(found, line) and not line.startswith("#"):
                body.append(line)
    found.source = "\n".join(body) + "\n"
    if not found.source.strip():
        raise Error(f"{path}: no graph")
    if not found.sections:
        raise Error(f"{path}: no section `=== PIPELINE`")
    return found


def _setting(file: GraphFile, line: str) -> bool:
    name, colon, value = line.partition(":")
    if not colon or name not in _SETTINGS:
        return False
    value = value.strip()
    if name == "load":
        file.load.append(file.path.parent / value)
    else:
        file.function = int(value) if value.isdigit() else value
    return True
