"""Columns that were computed from others, told by their arithmetic: a gap, a mean or a sum of
columns that stand beside each other, or turn by turn, rates nothing and holds no codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlab.errors import said
from cxlab.study.exports.draft.guesses import Guess, Seen, is_code, named, says

ROWS, LEAST, MOST = 200, 20, 40  # rows looked at, that must agree; columns of a sum
Cells = Mapping[str, np.ndarray]


def computed(columns: Sequence[Seen], frame: pd.DataFrame) -> dict[str, Guess]:
    """The columns that equal a difference, a mean or a sum of others in nearly all rows."""
    some = frame.sample(min(len(frame), ROWS), random_state=0)
    rated = [one for one in columns if len(one.values) > 1]
    cells = {one.name: some[one.name].str.strip().map(one.numbers).to_numpy(float) for one in rated}
    # What a respondent did not rate, in words, counts in no mean.
    parts = {one.name: cells[one.name] for one in rated if len(one.values) <= 2 * 11}
    codes = [code for one in rated for code in one.values if abs(code) > 10 and is_code(code)]
    parts = {name: np.where(np.isin(cell, codes), np.nan, cell) for name, cell in parts.items()}
    found = {}
    for one in rated:
        if one.texts:
            continue
        places = max(len(answer.replace(",", ".").partition(".")[2]) for answer in one.numbers)
        others = {name: cell for name, cell in parts.items() if name != one.name}
        is_called = says("totals", one.said)  # it may be rounded to whole numbers
        rounded = 0.5 * 10.0**-places if places or is_called else 0
        if not rounded and min(one.values) >= 0 and max(one.values) <= 10:
            continue  # as a rating may look
        off = 1.5 * 10.0**-places if places else 0  # of means that were rounded too
        if names := _difference(cells[one.name], cells, off):
            of = named(each for each in rated if each.name in names)
            reason = said("it is the difference of {columns}", columns=of)
        elif names := _total(cells[one.name], others, rounded):
            of = named(each for each in rated if each.name in names)
            reason = said("it is the mean or the sum of {columns}", columns=of)
        else:
            continue
        found[one.name] = one.guess("", reason, 0.95)
    return found


def _difference(target: np.ndarray, others: Cells, rounded: float) -> list[str]:
    """Two columns of which one less the other is the target, which goes further down than both."""
    least = _least(target)
    free = {name: cell for name, cell in others.items() if least < _least(cell)}
    if least >= 0 or len(free) < 2:
        return []
    names, held = [*free], np.array([*free.values()])
    for name, cell in free.items():
        off = np.abs(cell - target - held)
        hits = np.flatnonzero(_agrees(off, rounded + 1e-6))
        if other := next((names[hit] for hit in hits if names[hit] != name), ""):
            return [name, other]
    return []


def _total(target: np.ndarray, others: Cells, rounded: float) -> list[str]:
    """Columns in a row, or each second or third of them, whose mean or sum is the target."""
    for step in (1, 2, 3):
        for start in range(step):
            names = [*others][start::step]
            held = np.array([others[name] for name in names]).reshape(-1, len(target))
            for first in range(len(names) - 1):
                run = held[first : first + MOST]
                total, n = np.nancumsum(run, axis=0), np.cumsum(~np.isnan(run), axis=0)
                for off in (total - target, total / np.where(n, n, np.nan) - target):
                    hits = np.flatnonzero(_agrees(np.abs(off), rounded + 1e-6)[1:])
                    if len(hits):
                        return names[first : first + hits[0] + 2]
    return []


def _least(cell: np.ndarray) -> float:
    return np.fmin.reduce(cell, initial=np.inf)


def _agrees(off: np.ndarray, most: float) -> np.ndarray:
    """By row of a matrix, whether nearly all of enough numbers are no further off."""
    known = (~np.isnan(off)).sum(axis=1)
    return (known >= LEAST) & ((off <= most).sum(axis=1) >= 0.95 * known)
