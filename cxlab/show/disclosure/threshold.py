"""No figure rests on fewer than `min_cell` respondents (10 unless the study says otherwise)."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError

MIN_CELL = 10
# Numbers that say what a row is about, and are no figure of it.
_KEYS = ("value", "level")
# Words that say on which side of another a figure lies.
_SAID = ("verdict", "moment", "chain")


def blanked(frame: pd.DataFrame, rows: pd.Series, keep: Iterable[str] = ()) -> pd.DataFrame:
    """The frame without any figure in these rows, or what is said of it, but those of the columns
    to keep.
    """
    spared, gone, shown = {*_KEYS, *keep}, rows.to_numpy(), {}
    for name, column in frame.items():
        if name in _SAID:
            shown[name] = column.mask(rows, "")
        elif column.dtype.kind in "biuf" and name not in spared:
            shown[name] = np.where(gone, np.nan, column.to_numpy(float))
    return frame.assign(**shown)


def small(sizes: Any, min_cell: int = MIN_CELL) -> Any:
    """Which counts are of somebody, and of fewer than min_cell."""
    return (sizes > 0) & (sizes < min_cell)


def suppress(frame: pd.DataFrame, min_cell: int = MIN_CELL) -> pd.DataFrame:
    """Blank every row that rests on fewer than `min_cell` respondents (its n, or of a question how
    many answered); the row stays, its numbers become NaN. Raises KeyError where neither is known.

    Examples
    --------
    >>> groups = pd.DataFrame({"level": ["a", "b", "c"], "estimate": 1.0, "n": [4, 20, 90]})
    >>> suppress(groups)["n"].tolist()
    [nan, 20.0, 90.0]
    """
    size = frame["answered" if "answered" in frame else "n"]
    return blanked(frame, size.between(1, min_cell - 1))


def small_and_more(sizes: pd.Series, min_cell: int = MIN_CELL) -> pd.Series:
    """Which of these counts, whose sum is known, are hidden: those below min_cell, and the next
    smallest until they are two, and of min_cell respondents together.
    """
    there = sizes[sizes > 0].sort_values()
    few = there < min_cell
    while 0 < few.sum() < len(few) and (few.sum() < 2 or there[few].sum() < min_cell):
        few.iloc[few.sum()] = True
    return few.reindex(sizes.index, fill_value=False)


def suppressed(*frames: object) -> int:
    """How many rows of these results show no figure, because few answered (n is blank too) or
    another group could be computed. A row with a note could not be estimated, and what is no result
    with a column n (a refusal, None) counts 0.
    """
    count = 0
    for frame in frames:
        if isinstance(frame, pd.DataFrame) and "n" in frame:
            figure = frame.get("experience", frame.get("estimate", frame["n"]))
            gone = figure.isna() & (frame["n"] > 0) & (frame.get("note", "") == "")
            count += int((frame["n"].isna() | gone).sum())
    return count


def at_least(frame: pd.DataFrame, min_cell: int = MIN_CELL) -> pd.DataFrame:
    """The result itself, where every row rests on at least `min_cell` respondents.

    For results that stand or fall as a whole (importance, the contest of forms), where a blank row
    would make no sense. Raises ModelError with the count where a row rests on fewer.

    Examples
    --------
    >>> at_least(pd.DataFrame({"share": [0.6, 0.4], "n": [80, 80]}))["share"].tolist()
    [0.6, 0.4]
    """
    # A slope of gains that three people made is theirs, however many the study has.
    n = int(frame[frame.columns.intersection(["n", "n_loss", "n_gain"])].min(axis=None))
    if n < min_cell:
        raise ModelError(
            "{n} respondents are too few to show a result; at least {min_cell} are needed",
            n=n,
            min_cell=min_cell,
        )
    return frame


def fit_at_least(fit: Any, min_cell: int) -> None:
    """Raise ModelError for a fit of too few respondents, or one that tells what too few of them
    have: a coefficient of a level (of `sources`, of `controls`) is the mean of those in it.
    """
    x = fit.design.x
    told = x.columns if fit.tidy_kind == "expectation_sources" else fit.design.controls
    levels = x[[one for one in told if x[one].nunique() == 2]] != 0
    sizes = [fit.n, *levels.sum(), *(~levels).sum()]
    for _, same in levels.T.groupby(lambda name: name.split("[")[0]):
        sizes.append((~same.any()).sum())
    at_least(pd.DataFrame({"n": sizes}), min_cell)
