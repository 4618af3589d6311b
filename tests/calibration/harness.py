"""How a calibration runs and keeps its books, whatever it simulates: cells of studies with a known
truth, shared out to processes.

A topic is a module with KINDS (by name a `Kind`: the function that answers for one study, and how
its figures are judged) and `cells()` (mappings with a `kind` and the function's keywords). A seed
belongs to a cell and a repeat, so that figures do not depend on how many processes share the work.
A cell is kept with the hash of what it runs (`traced.py`) and runs again only when that changed.
"""

from __future__ import annotations

import os

# One thread a process: the processes are the parallelism.
os.environ |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}

import json  # noqa: E402
import sys  # noqa: E402
import zlib  # noqa: E402
from collections.abc import Callable, Iterable, Mapping  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from multiprocessing import get_context  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import NamedTuple  # noqa: E402

import numpy as np  # noqa: E402
from scipy import stats  # noqa: E402

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

# Set in a run that only shows that everything runs: a population is then a tenth of its size.
QUICK = "CXLAB_CALIBRATION_QUICK"
REPEATS, NEAR_AN_EDGE = 2000, 5000
# A figure fails where all of this interval of its Monte-Carlo error lies outside what is wanted.
MONTE_CARLO = 0.99
# Intervals may hold more than 97 %, up to 99 %, where they are at most this much wider than those
# that know the truth; of studies that must be answered so many percent may be refused.
WIDER, REFUSED = 1.5, 2.0


class Bar(NamedTuple):
    """What a share in percent must be; `careful`: the end to which it may lie outside, and is then
    called conservative.
    """

    low: float = 0.0
    high: float = 100.0
    careful: float | None = None

    @property
    def wanted(self) -> str:
        if self.low <= 0:
            return f"{self.high:g} at most"
        return f"{self.low:g} at least" if self.high >= 100 else f"{self.low:g}–{self.high:g}"

    def verdict(self, percent: float, repeats: int) -> str:
        """Nothing where the figure is as wanted, "near" where an edge is within its Monte-Carlo
        error, "conservative", or "fails".
        """
        hits = round(percent * repeats / 100)
        low, high = stats.binomtest(hits, repeats).proportion_ci(MONTE_CARLO, "exact")
        low, high = 100 * low, 100 * high
        if self.low <= percent <= self.high:
            return "" if self.low <= low and high <= self.high else "near"
        if high >= self.low and low <= self.high:
            return "near"
        too_high = percent > self.high
        if self.careful is not None and too_high == (self.careful > self.high):
            reached = low <= self.careful if too_high else high >= self.careful
            return "conservative" if reached else "fails"
        return "fails"


COVERAGE, SIZE = Bar(93, 97, careful=99), Bar(4, 6, careful=0)
ONE_SIDED = Bar(0, 6)


def at_least(percent: float) -> Bar:
    return Bar(low=percent)


def at_most(percent: float) -> Bar:
    return Bar(high=percent)


class Mean(NamedTuple):
    """A figure that is the mean of its numbers, not a share; `most` is a bar, where there is
    one.
    """

    most: float = np.inf


class Bias(NamedTuple):
    """A figure that is the mean of its numbers over the Monte-Carlo error of that mean."""


@dataclass(frozen=True)
class Kind:
    """`answer(seed, **cell)`: one number a figure, 0 or 1 where it is a share, NaN where the study
    was refused. `figures`: names of the numbers in order and how each is judged (None: a share that
    is only told), or a function of the cell that gives them.
    """

    answer: Callable[..., Iterable[float]]
    figures: Mapping[str, Bar | Mean | Bias | None] | Callable[[dict], Mapping]
    title: str
    repeats: int = REPEATS
    refusable: bool = True

    def named(self, cell: dict) -> Mapping[str, Bar | Mean | Bias | None]:
        return self.figures(keys_of(cell)) if callable(self.figures) else self.figures


def of_slopes(names: Iterable[str]) -> dict[str, Bar | Mean | Bias]:
    """Figures of slopes: whether each is held, the error of each, and each standard error."""
    names = list(names)
    return (
        {f"covered {name}": COVERAGE for name in names}
        | {f"bias {name}": Bias() for name in names}
        | {f"error {name}": Mean() for name in names}
    )


def keys_of(cell: dict) -> dict:
    return {key: value for key, value in cell.items() if key != "kind"}


def answers(answer: Callable, cell: dict, start: int, stop: int) -> np.ndarray:
    """One row a study."""
    base = zlib.crc32(json.dumps(cell, sort_keys=True).encode()) * 100_000
    return np.array([list(answer(base + i, **keys_of(cell))) for i in range(start, stop)], float)


def summary(kind: Kind, cell: dict, found: np.ndarray) -> dict:
    """Figures of many studies (repeats × numbers), each of the studies that have it."""
    figures, refused = {}, np.isnan(found).all(axis=1)
    for (name, judged), values in zip(kind.named(cell).items(), found.T, strict=True):
        values = values[np.isfinite(values)]
        if not len(values):
            figures[name] = None
        elif isinstance(judged, Bias):
            error = values.std() / np.sqrt(len(values))
            figures[name] = round(float(values.mean() / error), 2) if error else 0.0
        else:
            scale = 1 if isinstance(judged, Mean) else 100
            figures[name] = round(scale * float(values.mean()), 3)
    return {"repeats": len(found), "refused": int(refused.sum()), "figures": figures}


def verdicts(kind: Kind, row: dict) -> dict[str, str]:
    """What to say of each figure of a row, and of its refusals."""
    answered, said = row["repeats"] - row["refused"], {}
    for name, judged in kind.named(row["cell"]).items():
        value = row["figures"].get(name)
        if value is None:
            continue
        if isinstance(judged, Bar):
            said[name] = judged.verdict(value, answered)
        elif isinstance(judged, Mean) and value > judged.most:
            said[name] = "fails"
    # Careful intervals may be so much wider than those that know the error.
    if row["figures"].get("width", 0) > WIDER:
        said |= {name: "fails" for name, one in said.items() if one == "conservative"}
    if not kind.refusable and 100 * row["refused"] / row["repeats"] > REFUSED:
        said["refused"] = "fails"
    return said


def run(
    kinds: Mapping[str, Kind],
    wanted: list[dict],
    given: int | None,
    processes: int,
    save: Callable[[dict], None],
) -> None:
    """Answer every cell; `save(row)` after each, so that an interrupted run loses one. A cell near
    an edge of what is wanted is carried on to 5,000 studies.
    """
    # A killed worker breaks this pool, where a multiprocessing.Pool would wait for it for ever.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for cell in wanted:
            kind = kinds[cell["kind"]]
            goal = given or kind.repeats
            found = shared_out(pool, kind, cell, 0, goal, processes)
            row = {"cell": cell, **summary(kind, cell, found)}
            if "near" in verdicts(kind, row).values() and not given and goal == REPEATS:
                more = shared_out(pool, kind, cell, goal, NEAR_AN_EDGE, processes)
                row = {"cell": cell, **summary(kind, cell, np.concatenate([found, more]))}
            save(row)


def shared_out(
    pool: ProcessPoolExecutor, kind: Kind, cell: dict, start: int, stop: int, processes: int
) -> np.ndarray:
    size = max(1, (stop - start) // (4 * processes))
    parts = [(first, min(first + size, stop)) for first in range(start, stop, size)]
    jobs = [pool.submit(answers, kind.answer, cell, *part) for part in parts]
    return np.concatenate([job.result() for job in jobs])


MARKS = {"fails": "**{}**", "conservative": "*{}*"}


def table(name: str, kind: Kind, rows: list[dict]) -> str:
    """One kind's figures in Markdown; what fails is bold, what is conservative italic."""
    rows = [row for row in rows if row["cell"]["kind"] == name]
    if not rows:
        return ""
    judged = [kind.named(row["cell"]) for row in rows]
    bars = {bar.wanted for named in judged for bar in named.values() if isinstance(bar, Bar)}
    title = f"{kind.title}, percent (wanted: {'; '.join(sorted(bars))})" if bars else kind.title
    lines = []
    for row, named in zip(rows, judged, strict=True):
        said = verdicts(kind, row)
        shown = {name: printed(value, named[name]) for name, value in row["figures"].items()}
        shown = {"refused": f"{row['refused']}"} | shown
        marked = {name: MARKS.get(said.get(name), "{}").format(one) for name, one in shown.items()}
        lines.append(keys_of(row["cell"]) | {"studies": row["repeats"]} | marked)
    heads = list(dict.fromkeys(head for line in lines for head in line))
    cells = [heads, ["---"] * len(heads), *([line.get(h, "") for h in heads] for line in lines)]
    return "\n".join([f"### {title}", "", *("| " + " | ".join(map(str, c)) + " |" for c in cells)])


def printed(value: float | None, judged: Bar | Mean | Bias | None) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(judged, Mean | Bias) else f"{value:.1f}"
