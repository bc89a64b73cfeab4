"""What this room has."""

from seaofnodes.javascript.builtins.table import Contents, Intrinsic

CONTENTS = Contents({"constructor": ("Date",), "prototype": ("DatePrototype",)}, (Intrinsic("Date"),))
