"""Your own language: a lifter and an interpreter of yours become an optimizing, speculating compiler.

See docs/your-own-language.md.
"""

from seaofnodes.language.language import Frame, FunctionInfo, Language, Value
from seaofnodes.language.lifter import Lifter
from seaofnodes.language.program import Program
from seaofnodes.runtime.tiers.assumptions import Assumption

__all__ = ["Assumption", "Frame", "FunctionInfo", "Language", "Lifter", "Program", "Value"]
