"""Which threads import modules just now: what is done to them then leaves a lock of Python's import system taken."""

from __future__ import annotations

import _frozen_importlib


def importing_threads() -> set[int]:
    """Their identities, as `threading.get_ident` gives them."""
    locks = [reference() for reference in tuple(getattr(_frozen_importlib, "_module_locks", {}).values())]
    return {owner for lock in locks if isinstance(owner := getattr(lock, "owner", None), int)}
