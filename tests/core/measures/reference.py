"""Exact results of queueing theory, computed elsewhere for this project.

Rows chosen from ``erlang_reference.csv`` of the public sample folder; the whole file is read by
``pytest --sample-data DIR``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import TextIO

from contactcenter.core.measures.erlang import Station, Steady

ROWS = """\
model,lambda_per_min,mean_service_min,servers,capacity,mean_patience_min,p_wait,p_abandon,p_block,asa_s,service_level_20s,occupancy,lq
C,1,5,7,inf,inf,0.32414995,0,0,48.622492,0.71631261,0.71428571,0.81037487
C,48,1,50,inf,inf,0.69445561,0,0,20.833668,0.6434546,0.96,16.666935
C,8.4,10,90,inf,inf,0.41195731,0,0,41.195731,0.66271788,0.93333333,5.7674024
C,200,5,1020,inf,inf,0.41626012,0,0,6.2439017,0.89027502,0.98039216,20.813006
B,1,1,1,1,,0,0,0.5,0,,0.5,0
B,10,1,10,10,,0,0,0.21458234,0,,0.78541766,0
B,1000,1,1000,1000,,0,0,0.024811918,0,,0.97518808,0
A,48,1,50,inf,2,0.46777407,0.030912249,0,,,0.93032424,2.9675759
A,55,1,50,inf,2,0.86623372,0.10208019,0,,,0.98771179,11.228821
A,1,5,6,inf,5,0.38403935,0.098659501,0,,,0.75111708,0.4932975
MMnK,8.28,10,90,120,inf,0.31542411,0,0.0022479345,20.652844,0.7578877,0.9179319,
MMnK,8.4,10,90,120,inf,0.37970555,0,0.0036430761,27.001366,0.69906527,0.92993313,
MMnK,8.7,10,90,120,inf,0.55537321,0,0.01037967,48.143417,0.52742102,0.95663299,
"""


def rows(source: TextIO | None = None) -> Iterator[tuple[Station, dict[str, float]]]:
    """Each row's station and the figures it states."""
    for row in csv.DictReader(source or StringIO(ROWS)):
        agents = int(row["servers"])
        patience = row["mean_patience_min"]
        yield (
            Station(
                per_min=float(row["lambda_per_min"]),
                service_s=float(row["mean_service_min"]) * 60,
                agents=agents,
                patience_s=None if patience in {"", "inf"} else float(patience) * 60,
                places=None if row["capacity"] == "inf" else int(row["capacity"]) - agents,
            ),
            {name: float(row[name]) for name in FIGURES if row[name]},
        )


FIGURES = {
    "p_wait": lambda found: found.p_delayed,
    "p_abandon": lambda found: found.abandoned,
    "p_block": lambda found: found.blocked,
    "asa_s": lambda found: found.asa_s,
    "service_level_20s": lambda found: found.service_level(20),
    "occupancy": lambda found: found.occupancy,
    "lq": lambda found: found.queue_length,
}


def figures(found: Steady, names: dict[str, float]) -> dict[str, float]:
    """What we compute for the figures a row states."""
    return {name: FIGURES[name](found) for name in names}
