"""What a test says of itself: the YAML between `/*---` and `---*/`, as far as test262 uses YAML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_HEADER = re.compile(r"/\*---(.*?)---\*/", re.S)


@dataclass(frozen=True, slots=True)
class Negative:
    """The error that a test must end with. phase: "parse", "resolution" or "runtime"; type: its constructor."""

    phase: str
    type: str


@dataclass(frozen=True, slots=True)
class Test:
    """name: path below `test/`; source: the text, with its line ends as they are; includes: names of harness files."""

    name: str
    source: str
    flags: frozenset[str]
    features: frozenset[str]
    includes: tuple[str, ...]
    negative: Negative | None

    @property
    def modes(self) -> tuple[str, ...]:
        """How it is to be run: "sloppy", "strict", "module"."""
        if "module" in self.flags:
            return ("module",)
        if self.flags & {"raw", "noStrict"}:
            return ("sloppy",)
        return ("strict",) if "onlyStrict" in self.flags else ("sloppy", "strict")


def read_test(root: Path, name: str) -> Test:
    """root: of the checkout. Raises OSError."""
    with (root / "test" / name).open(encoding="utf-8", newline="") as file:
        source = file.read()
    match = _HEADER.search(source)
    header = match[1].replace("\r\n", "\n").replace("\r", "\n") if match else ""
    negative = re.search(r"^negative:[ ]*((?:\n[ ]+.*)+)", header, re.M)
    return Test(
        name,
        source,
        frozenset(_words(header, "flags")),
        frozenset(_words(header, "features")),
        tuple(_words(header, "includes")),
        None if negative is None else Negative(_value(negative[1], "phase"), _value(negative[1], "type")),
    )


def _value(text: str, key: str) -> str:
    found = re.search(rf"{key}:\s*(\S+)", text)
    return found[1] if found else ""


def _words(header: str, key: str) -> list[str]:
    inline = re.search(rf"^{key}:\s*\[(.*?)\]", header, re.M | re.S)
    if inline:
        return [word.strip() for word in inline[1].split(",") if word.strip()]
    listed = re.search(rf"^{key}:\s*\n((?:[ ]*-.*\n?)+)", header, re.M)
    return re.findall(r"-\s*(\S+)", listed[1]) if listed else []
