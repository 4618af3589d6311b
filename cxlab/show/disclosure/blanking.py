"""Taking the numbers of closed rows out of a result, and out of what beside them would give them
back.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.show.disclosure.classes import CLASSES
from cxlab.show.disclosure.search import CLOSED, OPEN

_INTERVAL = ("conf_low", "conf_high")
# Of the adjusted interval (Rocks 2016): three pseudo-answers, of which ¾ each are promoters and
# detractors.
_PSEUDO, _PSEUDO_EACH = 3.0, 0.75


def apply(
    result: pd.DataFrame,
    frame: pd.DataFrame,
    rows: Sequence[int],
    states: Sequence[int],
    keys: Sequence[str],
) -> None:
    """Take the numbers of closed rows out of `result`, in place. frame: the same rows with their
    numbers.

    A share goes with its error and interval, n stays. A mean of the same answers beside it keeps
    its n and is left in hundredths, as it is printed, without its error and interval: with the mean
    they are the sum of squares of the same answers, and of some twenty answers on five points sum
    and sum of squares leave one composition only. Of an NPS the classes and the error go; the score
    stays in whole points, and its interval in points as coarse as it takes to read the same with
    one detractor more or less; where it is silent, both go.
    """
    for row, state in zip(rows, states, strict=True):
        if state == OPEN or pd.isna(result["n"].iloc[row]):
            continue
        nps = set(CLASSES) <= set(frame) and frame[list(CLASSES)].iloc[row].notna().all()
        if nps and state == CLOSED:
            _put(
                result,
                row,
                dict.fromkeys((*CLASSES, "std_error"), math.nan) | coarse(frame.iloc[row]),
            )
            continue
        numbers = [
            c
            for c in result
            if c not in (*keys, "n", "n_eff") and pd.api.types.is_numeric_dtype(result[c].dtype)
        ]
        _put(result, row, dict.fromkeys(numbers, math.nan))
        if not nps:
            for place in _means_beside(frame, row):
                _put(
                    result,
                    place,
                    {"estimate": round(float(result["estimate"].iloc[place]), 2)}
                    | dict.fromkeys(("std_error", *_INTERVAL), math.nan),
                )


def _put(result: pd.DataFrame, row: int, values: dict[str, float]) -> None:
    for column, value in values.items():
        if column in result:
            result.iloc[row, result.columns.get_loc(column)] = value


def _means_beside(frame: pd.DataFrame, row: int) -> list[int]:
    same = pd.Series(True, index=range(len(frame)))
    for key in ("outcome", "group", "level"):
        if key in frame:
            same &= frame[key].astype(str).eq(str(frame[key].iloc[row])).to_numpy()
    return [
        place
        for place in np.flatnonzero(
            same & frame["metric"].astype(str).str.endswith("_mean").to_numpy()
        )
    ]


def coarse(row: pd.Series) -> dict[str, float]:
    """The score in whole points; the interval's ends in whole points, or outward to the next 2, 5,
    10 … points: as coarse as it takes.
    """
    result = {"estimate": float(round(row["estimate"]))} if "estimate" in row else {}
    ends = [float(row[one]) for one in _INTERVAL if one in row]
    if len(ends) < 2 or not np.isfinite(ends).all():
        return result | {
            one: float(round(row[one])) for one in _INTERVAL if one in row and np.isfinite(row[one])
        }
    near = np.array([ends, *neighbours(row, ends)])
    return result | {"conf_low": common_end(near[:, 0]), "conf_high": -common_end(-near[:, 1])}


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
    count = float(row["n"]) if "n_eff" not in row else float(np.fmin(row["n"], row["n_eff"]))
    d, s, p = (float(row[one]) * count for one in CLASSES)
    total = count + _PSEUDO
    centre = 100 * (p - d) / total

    def spread(m: float) -> float:
        return math.sqrt(
            max(0.0, (d + p + 2 * m + 2 * _PSEUDO_EACH) / total - ((p - d) / total) ** 2)
        )

    # An interval cut at ±100 has lost one half.
    half = (
        max(centre - ends[0], ends[1] - centre)
        if max(map(abs, ends)) >= 100
        else (ends[1] - ends[0]) / 2
    )
    middle = centre if max(map(abs, ends)) >= 100 else (ends[0] + ends[1]) / 2
    possible = [m for m in (-1, 1) if d + m > -1e-6 and p + m > -1e-6 and s - 2 * m > -1e-6]
    return [
        [
            max(-100.0, middle - half * spread(m) / spread(0)),
            min(100.0, middle + half * spread(m) / spread(0)),
        ]
        for m in possible
    ]
