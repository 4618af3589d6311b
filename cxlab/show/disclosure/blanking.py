"""Taking the numbers of closed rows out of a result, and out of what beside them would give them
back.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlab.show.disclosure.classes import CLASSES, numbers_of
from cxlab.show.disclosure.search import CLOSED, OPEN

_INTERVAL = ("conf_low", "conf_high")
# Of the adjusted interval (Rocks 2016): three pseudo-answers, of which ¾ each are promoters and
# detractors.
_PSEUDO, _PSEUDO_EACH = 3.0, 0.75


def close(result: pd.DataFrame, frame: pd.DataFrame, row: int, kind: int, state: int) -> None:
    """Take the numbers of a closed row out of `result`, in place. frame: the same rows with their
    numbers; kind: into how many classes the row's answers fall.

    A share goes with its error and interval, n stays. A mean of the same answers beside it keeps
    its n and is left in hundredths, as it is printed, without its error and interval: with the mean
    they are the sum of squares of the same answers, and of some twenty answers on five points sum
    and sum of squares leave one composition only. Of an NPS the classes and the error go; the score
    stays in whole points, and its interval in points as coarse as it takes to read the same with
    one detractor more or less; where it is silent, both go.
    """
    if state == OPEN or pd.isna(result["n"].iloc[row]):
        return
    if kind == 3 and state == CLOSED:
        _put(result, row, [*CLASSES, "std_error"])
        _put(result, row, coarse(frame.iloc[row]))
        return
    _put(result, row, [one for one in numbers_of(result) if one not in ("n", "n_eff")])
    for place in _means_beside(frame, row) if kind == 2 else ():
        _put(result, place, {"estimate": round(float(result["estimate"].iloc[place]), 2)})
        _put(result, place, ["std_error", *_INTERVAL])


def _put(result: pd.DataFrame, row: int, values: Mapping[str, float] | Sequence[str]) -> None:
    """Write values into a row; nothing into columns that are only named."""
    for column in result.columns.intersection([*values]):
        value = values[column] if isinstance(values, Mapping) else math.nan
        result.iloc[row, result.columns.get_loc(column)] = value


def _means_beside(frame: pd.DataFrame, row: int) -> np.ndarray:
    """The places of the means of the same answers."""
    keys = frame[frame.columns.intersection(["outcome", "group", "level"])].astype(str)
    mean = frame["metric"].astype(str).str.endswith("_mean")
    return np.flatnonzero((keys == keys.iloc[row]).all(axis=1) & mean)


def coarse(row: pd.Series) -> dict[str, float]:
    """The score in whole points; the interval's ends in whole points, or outward to the next 2, 5,
    10 … points: as coarse as it takes.
    """
    known = row[row.index.intersection(["estimate", *_INTERVAL])].astype(float).dropna()
    whole = known.map(round).astype(float).to_dict()
    if not {*_INTERVAL} <= set(whole):
        return whole
    ends = [*known[[*_INTERVAL]]]
    near = np.array([ends, *neighbours(row, ends)])
    return whole | {"conf_low": common_end(near[:, 0]), "conf_high": -common_end(-near[:, 1])}


def common_end(ends: np.ndarray) -> float:
    """One number for all these lower ends: in whole points, else the next lower of a grid, the
    finest that does not part them.
    """
    if len({round(end) for end in ends}) == 1:
        return float(round(ends[0]))
    for step in (1, 2, 5, 10, 20, 50, 100):
        # A grid shifted by half a step, for ends on both sides of one of its lines (of zero above
        # all).
        for start in (0, step // 2):
            below = {start + step * math.floor((end - start) / step) for end in ends}
            if len(below) == 1:
                return float(max(-100, below.pop()))
    return -100.0


def neighbours(row: pd.Series, ends: list[float]) -> list[list[float]]:
    """The interval as it would be with one detractor and one promoter more, or less, and the same
    score.
    """
    count = np.fmin(row["n"], row.get("n_eff", math.nan))
    d, s, p = row[CLASSES].to_numpy(float) * count
    total = count + _PSEUDO

    def spread(m: float) -> float:
        variance = (d + p + 2 * m + 2 * _PSEUDO_EACH) / total - ((p - d) / total) ** 2
        return math.sqrt(max(0.0, variance))

    middle, half = sum(ends) / 2, (ends[1] - ends[0]) / 2
    if max(map(abs, ends)) >= 100:  # an interval cut at ±100 has lost one half
        middle = 100 * (p - d) / total
        half = max(middle - ends[0], ends[1] - middle)
    possible = [m for m in (-1, 1) if min(d + m, p + m, s - 2 * m) > -1e-6]
    halves = [half * spread(m) / spread(0) for m in possible]
    return [[max(-100.0, middle - one), min(100.0, middle + one)] for one in halves]
