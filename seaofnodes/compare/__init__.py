"""Pipelines side by side over many functions: what they make of them, how fast that is, and whether it is right.

    comparison = compare(["kernels/"], ["default", "no inlining: default@inline=false"])
    print(comparison)
    comparison.write_html("report.html")

What `seaofnodes compare` runs.
"""

from seaofnodes.compare.comparison import Comparison
from seaofnodes.compare.configuration import Configuration
from seaofnodes.compare.driver import compare
from seaofnodes.compare.row import Row
from seaofnodes.compare.timing.estimate import Estimate

__all__ = ["Comparison", "Configuration", "Estimate", "Row", "compare"]
