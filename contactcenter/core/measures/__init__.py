"""The formulas decisions and reports share. Pure: numbers in, numbers out.

``counts`` (shares of what happened), ``erlang`` and ``waits`` (M/M/n/K+M in steady state),
``staffing`` (the least agents for a target), ``event_loop`` (the same system simulated by a bare
loop), ``gamma`` (quantiles), ``calibration`` (how often an announced band held).
"""

from contactcenter.core.measures.counts import SHORT_ABANDON_S, QueueCounts, occupancy, share

__all__ = ["SHORT_ABANDON_S", "QueueCounts", "occupancy", "share"]
