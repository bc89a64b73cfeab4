"""Emission: allocated instructions become bytes, with frame, out-of-line code, and facts for the runtime."""

from __future__ import annotations

from seaofnodes.backend.emit.emitter import Emission

__all__ = ["Emission"]
