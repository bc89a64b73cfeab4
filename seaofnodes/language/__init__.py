"""Your own language: a lifter and an interpreter of yours become an optimizing, speculating compiler.

See docs/your-own-language.md.
"""

from seaofnodes.language.language import Frame, FunctionInfo, Language, Value
from seaofnodes.language.lifter import Lifter
from seaofnodes.language.program import Program

__all__ = ["Frame", "FunctionInfo", "Language", "Lifter", "Program", "Value"]
