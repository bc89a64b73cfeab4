"""Pipelines with a name, and the places in them where one may add passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# `@name` is an extension point: `default+mine@late` puts a pass there. It is no step, and not in a pipeline's text.
PRESETS: Final[Mapping[str, str]] = {
    "none": "@early,@late,@lowering",
    "O1": "@early,simplify,gvn,@late,dead-code,@lowering",
    "default": (
        "@early,inline,checkpoint-elimination,poll-splitting,@inlined,loop-peeling,"
        "fix{limit=2}(simplify,gvn,branch-elimination,address-folding,load-elimination),"
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
