"""The tour in docs/viewer.md: its keys, pressed in a real browser, lead to what it says. Pictures: out/viewer/."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from seaofnodes.cli.commands.compile import command
from tests.viz.visiting import Visit

_MOST = 6  # keys; a text that is typed counts as one
_KEYS = {"Enter", "Esc", "Tab", "Down", "Up", "Backspace"}


class Task(NamedTuple):
    """A row: the question, keys, and words that have to be seen afterwards. page: its number."""

    page: int
    question: str
    keys: tuple[str, ...]
    answers: tuple[str, ...]


def commands(root: Path) -> list[list[str]]:
    """What makes the pages."""
    return [shlex.split(line)[1:] for line in re.findall(r"^ +(seaofnodes compile .*-o tour.*)$", _tour(root), re.M)]


def tasks(root: Path) -> list[Task]:
    """The rows of the tables, of which there is one for each page."""
    found = []
    for page, table in enumerate(re.findall(r"(?:^\|.*\n)+", _tour(root), re.M)):
        for row in table.splitlines()[2:]:
            question, keys, answer = (cell.strip() for cell in row.strip("|").split(" | "))
            found.append(Task(page, question, tuple(_code(keys)), tuple(_code(answer))))
    return found


def _tour(root: Path) -> str:
    text = (root / "docs" / "viewer.md").read_text(encoding="utf-8")
    return text.partition("\n## A tour")[2].partition("\n## ")[0]


def _code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


ROOT = Path(__file__).resolve().parents[2]
TASKS = tasks(ROOT)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("tour")
    found = []
    for words in commands(ROOT):
        arguments = [str(ROOT / word) if word.startswith("examples/") else word for word in words[1:]]
        arguments[-1] = str(folder / arguments[-1])
        result = CliRunner().invoke(command, arguments)
        assert result.exit_code == 0, result.output
        found.append(Path(arguments[-1]))
    return found


@pytest.fixture
def visits(chromium: Any, pages: list[Path], root: Path) -> Iterator[list[Visit]]:
    found = [Visit(chromium, page, root) for page in pages]
    yield found
    for visit in found:
        visit.end()


def test_what_the_tour_promises() -> None:
    assert len(TASKS) == 10 and len(commands(ROOT)) == 2 and {task.page for task in TASKS} == {0, 1}
    for task in TASKS:
        assert 1 <= len(task.keys) <= _MOST and task.answers, task.question


@pytest.mark.parametrize("number", range(len(TASKS)), ids=lambda number: TASKS[number].question[:40])
def test_task(visits: list[Visit], number: int) -> None:
    task = TASKS[number]
    visit = visits[task.page]
    visit.open()
    visit.drawn()
    before = seen(visit)
    for key in task.keys:
        if len(key) == 1 or key in _KEYS:
            visit.keys({"Esc": "Escape", "Down": "ArrowDown", "Up": "ArrowUp"}.get(key, key))
        else:
            visit.page.keyboard.type(key)
        visit.drawn()
    visit.picture(f"tour-{number + 1}")
    after = seen(visit)
    answers = list(map(_bare, task.answers))
    for answer in answers:
        assert answer in after, f"{answer!r} is not in sight; what is: {after}"
    assert not all(answer in before for answer in answers), "it was in sight without any key"


def seen(visit: Visit) -> str:
    """The text of all panes, as far as it is inside of the window, without white space."""
    found: str = visit.page.evaluate(
        """() => {
          const inside = ({ left, top, right, bottom }, { left: l, top: t, right: r, bottom: b }) => left < r && right > l && top < b && bottom > t;
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
          for (let node = walk.nextNode(); node; node = walk.nextNode()) {
            const range = document.createRange();
            range.selectNodeContents(node);
            const box = range.getBoundingClientRect();
            let shown = box.width > 0 && box.height > 0;
            for (let parent = node.parentElement; shown && parent; parent = parent.parentElement) shown = inside(box, parent.getBoundingClientRect());
            if (shown) found.push(node.data);
          }
          return found.join("");
        }"""  # noqa: E501
    )
    return _bare(found)


def _bare(text: str) -> str:
    return "".join(text.split())
