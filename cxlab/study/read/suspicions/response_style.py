"""How people answered: one answer to everything, or faster than anyone reads. Counted for the
reader to judge; nobody is left out.
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.answers import Answers
from cxlab.study.read.suspicions.evidence import (
    WORDS,
    folded,
    named,
    numbers_in,
    placed,
    unused,
    warning,
)

LEAST_RATINGS = 6
BLOCK = 50_000  # rows that are looked at together: a copy of them all would fill the memory
FAST = 3  # times as fast as the median
LEAST_TIMES = 10
MOST_FAST = 0.2  # where more are that fast, the median is that of several kinds of rows
JUDGE = "look at these rows; nobody is left out unless include: says so"


def straight_lining(codebook: Codebook, tables: list[Table], answers: Answers) -> Iterator[Fault]:
    """Respondents with one answer to all of many ratings, where there are more of them than those
    with one or two other answers let expect: by chance the numbers fall from two to one as from one
    to none.
    """
    rated = [one for (_id, role), one in answers.values.items() if role == "experience"]
    if len(rated) < LEAST_RATINGS:
        return
    blocks = [slice(start, start + BLOCK) for start in range(0, len(rated[0]), BLOCK)]
    each = (_others(np.column_stack([one[rows] for one in rated])) for rows in blocks)
    others, n = map(np.concatenate, zip(*each, strict=True))
    able = n >= LEAST_RATINGS
    straight = others == 0
    nearly, partly = (others == 1).sum(), (others == 2).sum()
    expected = nearly**2 / max(2 * partly, 1)
    if straight.sum() > max(1, 2 * (expected + np.sqrt(expected))):
        file, rows = placed(tables, straight)
        yield warning(
            said(
                "{count} of {n} respondents gave the same answer to all of their {least} or more"
                " ratings (straight-lining)",
                count=int(straight.sum()),
                n=int(able.sum()),
                least=LEAST_RATINGS,
            ),
            file,
            rows=rows,
            fix=JUDGE,
        )


def _others(ratings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many answers of each respondent are not the most frequent one, as far as 2 (3 for more,
    and where there are too few), and how many there are.
    """
    ratings = np.sort(ratings, axis=1)  # what is missing comes last
    n = (~np.isnan(ratings)).sum(axis=1)
    able = n >= LEAST_RATINGS

    def at(place: np.ndarray | int) -> np.ndarray:
        return np.take_along_axis(ratings, np.broadcast_to(place, n.shape)[:, None], axis=1)[:, 0]

    others = np.full(n.shape, 3)
    for apart in (2, 1, 0):
        most = [at(first) == at(n - 1 - apart + first) for first in range(apart + 1)]
        others[able & np.any(most, axis=0)] = apart
    return others, n


def speeders(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Respondents who took less than a third of the median time, by the file's own clock."""
    for table in tables:
        column, seconds = _times(codebook, table)
        known = seconds[seconds >= 0]
        if len(known) < LEAST_TIMES or len(np.unique(known)) < LEAST_TIMES:
            continue
        fast = seconds < (median := np.median(known)) / FAST
        if 0 < fast.mean() <= MOST_FAST:
            file, rows = placed([table], fast)
            yield warning(
                said(
                    "{count} of {n} respondents took less than a third of the median time of"
                    " {median:g} (speeders)",
                    count=int(fast.sum()),
                    n=len(known),
                    median=round(median, 1),
                ),
                file,
                column,
                rows,
                fix=JUDGE,
            )


def _times(codebook: Codebook, table: Table) -> tuple[str, np.ndarray]:
    """The column of the time that each respondent took, or of start and end, with the times."""
    free = [*unused(codebook, table)]
    known = {*WORDS["duration"], *WORDS["duration_beside"]}
    for column in free:
        words = {*re.findall(r"[a-z]+", folded(column))}
        if words & {*WORDS["duration"]} and words <= known:
            seconds = numbers_in(table.frame[column], table)
            if np.isnan(seconds).all():  # h:mm:ss
                clock = pd.to_timedelta(table.frame[column], errors="coerce")
                seconds = clock.dt.total_seconds().to_numpy()
            if not np.isnan(seconds).all():
                return column, seconds
    ends = [
        next((column for column in free if named(column, WORDS[headers])), None)
        for headers in ("start_headers", "end_headers")
    ]
    if None in ends or len(table.frame) > 200_000:
        return "", np.array([])
    start, end = (
        pd.to_datetime(table.frame[column], errors="coerce", format="mixed", utc=True)
        for column in ends
    )
    return " – ".join(ends), (end - start).dt.total_seconds().to_numpy()
