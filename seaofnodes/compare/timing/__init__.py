"""How a call is timed: in turns, in placements that are drawn, with what the hardware counts."""
