"""Making the pool that somebody asked for."""

from __future__ import annotations

from collections.abc import Callable

from seaofnodes.errors import Error
from seaofnodes.workers.pool import InProcess, LocalPool, Pool, nothing


def make_pool(
    jobs: int,
    dask: str | None = None,
    *,
    seconds: float,
    fork: bool = False,
    prepare: Callable[[], object] = nothing,
    alone: bool = False,
) -> Pool:
    """So many local processes, this process for none, or the workers of a cluster. See LocalPool and DaskPool.

    Raises Error when there is no such cluster, or no Dask.
    """
    if dask is None:
        return LocalPool(jobs, seconds=seconds, fork=fork, prepare=prepare) if jobs else InProcess()
    try:
        from seaofnodes.workers.cluster import DaskPool
    except ImportError as error:
        raise Error(f"a cluster needs the package distributed: pip install 'seaofnodes[cluster]' ({error})") from None
    return DaskPool(dask, seconds=seconds, fork=fork, prepare=prepare, alone=alone)
