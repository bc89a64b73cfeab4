"""The plugin for pytest: collects files `*.graph`, and blesses them. Loaded with pytest, so it imports little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from seaofnodes.testing.files import GraphFile, Section


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("seaofnodes")
    group.addoption("--bless", action="store_true", help="write what passes make of graphs into files *.graph")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix != ".graph":
        return None
    found: pytest.Collector = GraphFileCollector.from_parent(parent, path=file_path)
    return found


class GraphFileCollector(pytest.File):
    """A test for each section."""

    def collect(self) -> Iterator[pytest.Item]:
        from seaofnodes.errors import Error
        from seaofnodes.testing.files import read_file

        try:
            file = read_file(self.path)
        except Error as error:
            raise self.CollectError(str(error)) from None
        for section in file.sections:
            yield SectionItem.from_parent(self, name=section.pipeline, file=file, section=section)


class Different(Exception):
    """A section's text is not what its pipeline gives."""


class SectionItem(pytest.Item):
    """One pipeline over one graph: its text, and its meaning."""

    def __init__(self, *, file: GraphFile, section: Section, **others: object) -> None:
        super().__init__(**others)  # type: ignore[arg-type]
        self.file = file
        self.section = section

    def runtest(self) -> None:
        from seaofnodes.testing.graphs import difference
        from seaofnodes.testing.matching import assert_matches
        from seaofnodes.testing.meaning import assert_same_meaning

        found, text = self.file.run(self.section)
        assert_same_meaning(found.before, found.after, rounds=50)
        patterns = self.section.patterns
        if patterns is not None:
            assert_matches(patterns, text)
        elif self.config.getoption("--bless"):
            self.file.bless()
        elif text != self.section.expected:
            raise Different(difference(self.section.expected, text))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        from seaofnodes.errors import Error
        from seaofnodes.passes.framework.failures import place_text

        error = excinfo.value
        if isinstance(error, Different):
            return f"{self.section.pipeline} gives something else (pytest --bless writes it into the file):\n{error}"
        if isinstance(error, Error | AssertionError | OSError):
            return f"{error}{place_text(error)}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.section.line - 1, f"{self.path.name}: {self.section.pipeline}"
