"""What this room has."""

from seaofnodes.javascript.builtins.table import Contents, Intrinsic

CONTENTS = Contents({"json": ("JSON",)}, (Intrinsic("JSON"),))
