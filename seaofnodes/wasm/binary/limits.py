"""How large the parts of a module may be: the limits that browsers agreed on (WebAssembly JavaScript API, "Limits").

Counts are checked before anything is allocated for them.
"""

from __future__ import annotations

from typing import Final

from seaofnodes.errors import UnsupportedFeatureError
from seaofnodes.wasm.features import LIMITS

MODULE_BYTES: Final = 1 << 30
TEXT_BYTES: Final = 64 << 20  # ours: of a module in text form; assembling takes many times as much memory
TYPES: Final = 1_000_000
FUNCTIONS: Final = 1_000_000
IMPORTS: Final = 1_000_000
EXPORTS: Final = 1_000_000
GLOBALS: Final = 1_000_000
TAGS: Final = 1_000_000
TABLES: Final = 100
MEMORIES: Final = 100
SUBTYPE_DEPTH: Final = 63
SEGMENTS: Final = 100_000
TABLE_ENTRIES: Final = 10_000_000
MEMORY_PAGES: Final = 65_536
PARAMETERS: Final = 1_000
RESULTS: Final = 1_000
FIELDS: Final = 10_000
FIXED_ELEMENTS: Final = 10_000
FUNCTION_BYTES: Final = 7_654_321
LOCALS: Final = 50_000
BRANCH_TABLE: Final = 65_520
CATCHES: Final = 65_520  # ours: of one try_table
NESTING: Final = 100_000  # ours: no other engine has one; enough for the largest br_table
STACK: Final = 1_000_000  # ours: values pushed by calls with many results
NAME_BYTES: Final = 100_000


def check(count: int, limit: int, what: str, offset: int) -> None:
    """Raise UnsupportedFeatureError if count exceeds the limit."""
    if count > limit:
        raise UnsupportedFeatureError(f"{count:,} {what}: at most {limit:,} are supported", offset, LIMITS)
