"""Is a pass a former one defined again: the same class of the same file, or one of a notebook's cells?"""

from __future__ import annotations

import os
import sys
from types import FunctionType

from seaofnodes.passes.base import Pass
from seaofnodes.passes.rules.declare import RuleSet


def redefines(new: type[Pass], former: type[Pass]) -> bool:
    """May `new` take the place of `former`, which has its name?

    Yes if neither comes from a file: a cell has run again, perhaps after changes. Yes if both are the class of that
    name in one file, which was loaded again. No for two classes of one file, or classes of two files: one name is for
    both by mistake.
    """
    file = _file_of(new)
    return file == _file_of(former) and (not file or new.__qualname__ == former.__qualname__)


def _file_of(found: type[Pass]) -> str:
    """The file that a class, or the rules that its class was made for, comes from; "" if there is none."""
    rules = vars(found).get("rules")
    if isinstance(rules, RuleSet) and rules.rules:
        return _existing(rules.rules[0].location[0])
    methods = [one for one in vars(found).values() if isinstance(one, FunctionType)]
    written = [one.__code__.co_filename for one in methods if one.__code__.co_filename != "<string>"]  # by dataclass
    if written:
        return _existing(written[0])
    return _existing(getattr(sys.modules.get(found.__module__), "__file__", None) or "")


def _existing(name: str) -> str:
    return os.path.realpath(name) if os.path.isfile(name) else ""
