"""What is in this room."""

from __future__ import annotations

from seaofnodes.javascript.builtins.table import Contents, Intrinsic

CONTENTS = Contents(files={"proxy_constructor": ("Proxy",)}, globals=(Intrinsic("Proxy"),))
