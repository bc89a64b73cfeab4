"""Tasks in worker processes, here or on a Dask cluster: what crashes or hangs is told, and takes nothing along."""
