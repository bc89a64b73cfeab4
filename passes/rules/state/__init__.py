"""Rules with loads, stores and phis: found in graphs, and applied."""
