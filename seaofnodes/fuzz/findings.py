"""Failures on disk: NAME.wasm, and NAME.json with what disagreed and how to see it again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from seaofnodes.errors import Error
from seaofnodes.files import read_file
from seaofnodes.fuzz.case import Case
from seaofnodes.fuzz.oracle import Difference
from seaofnodes.fuzz.variant import Variant
from seaofnodes.plain import checked, json_text, read_json
from seaofnodes.wasm.binary.limits import MODULE_BYTES

_JSON_BYTES: Final = 64 << 20


@dataclass(slots=True)
class Finding:
    """A failing case.

    number, seed: of the campaign that found it (-1 and "": another source); details: what a dead process said last.
    """

    case: Case
    difference: Difference
    number: int = -1
    seed: int = 0
    details: str = ""

    def to_json(self) -> dict[str, Any]:
        """Everything but the module."""
        found = self.difference
        return {
            "seed": self.seed,
            "number": self.number,
            "variant": found.variant.to_json(),
            "kind": found.kind,
            "call": found.call,
            "message": found.message,
            "signature": found.signature,
            "details": self.details,
            "case": self.case.to_json(),
        }

    def save(self, path: Path) -> None:
        """Write path (the module) and the JSON beside it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.case.data)
        path.with_suffix(".json").write_text(json_text(self.to_json(), indent=1) + "\n", encoding="utf-8")


def load_finding(path: Path) -> Finding:
    """Read a finding by the name of its module. Raises OSError, and Error if the JSON makes no sense."""
    beside = path.with_suffix(".json")
    saved = read_json(beside, _JSON_BYTES)
    data = read_file(path, MODULE_BYTES)
    try:
        case = Case.from_json(data, saved["case"])
        variant = Variant.from_json(saved["variant"])
        difference = Difference(variant, saved["kind"], saved["call"], saved["message"], saved["signature"])
        found = Finding(case, checked(difference), saved["number"], saved["seed"], saved.get("details", ""))
        return checked(found)
    except (Error, KeyError, TypeError, AttributeError) as error:
        raise Error(f"{beside}: not a saved finding: {error if isinstance(error, Error) else repr(error)}") from None
