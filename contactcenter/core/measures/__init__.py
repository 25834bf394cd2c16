"""The formulas decisions and reports share. Pure: numbers in, numbers out.

``counts`` (shares of what happened), ``erlang`` and ``waits`` (M/M/n/K+M in steady state),
``staffing`` and ``intervals_csv`` (the least agents for a target, from a file), ``event_loop`` (the
same system simulated by a bare loop), ``recent`` (fading handle times and leaving),
``calibration`` (how often an announced band held), ``gamma`` and ``roots`` (numerics).
"""

from contactcenter.core.measures.counts import SHORT_ABANDON_S, QueueCounts, occupancy, share

__all__ = ["SHORT_ABANDON_S", "QueueCounts", "occupancy", "share"]
