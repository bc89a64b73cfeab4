"""Pipelines with a name, and the places in them where one may add passes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# `@name` is an extension point: `default+mine@late` puts a pass there. It is no step, and not in a pipeline's text.
PRESETS: Final[Mapping[str, str]] = {
    "none": "@early,@late,@lowering",
    "O1": "@early,simplify,gvn,@late,dead-code,@lowering",
    "default": (
        "@early,inline,guard-hoisting,checkpoint-elimination,poll-splitting,@inlined,loop-peeling,"
        "fix{limit=2}(simplify,gvn,branch-elimination,address-folding,escape-analysis,load-elimination),"
        "store-elimination,strength-reduction,loop-unrolling,@late,simplify,gvn,branch-elimination,"
        "address-folding,reassociate,simplify,gvn,branch-elimination,dead-code,@lowering"
    ),
}

EXTENSION_POINTS: Final[Mapping[str, str]] = {
    "early": "first of all, on the graph as it was lifted",
    "inlined": "after inlining, before loops are changed",
    "late": "after loops have been changed, before the last simplification",
    "lowering": "last of all, before instructions are selected",
}

_NAME: Final = re.compile(r"\w[\w.]*(-[\w.]+)*")
_WORDS: Final = ("fix", "with")  # which the text of a pipeline has


def fault_of_name(name: str) -> str:
    """Why the text of a pipeline cannot have this as the name of something new, "" if it can."""
    if not _NAME.fullmatch(name):
        return f"{name!r} is no name for pipelines: letters, digits, and a '-' or '.' between them"
    if name in PRESETS or name in EXTENSION_POINTS or name in _WORDS:
        return f"{name!r} is already there, with a meaning in every pipeline"
    return ""
