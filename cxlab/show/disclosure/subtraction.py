"""What subtraction finds in a table of groups: why it does not do to hide the groups of few."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlab.show.disclosure.linked import hidden_rows

_EXACT = 1e-7


def subtraction(
    study: Any, outcome: str, splits: Sequence[str], *, min_cell: int = 10
) -> pd.DataFrame:
    """The means of an outcome by several splits: which are hidden and why, and what a reader could
    compute if only the groups of few were.

    Parameters
    ----------
    study : Study
    outcome : str
        Id of the outcome.
    splits : sequence of str
        Segments, or "wave".
    min_cell : int
        The fewest answers that a group may hold.

    Returns
    -------
    DataFrame
        One row for all respondents and one a level: `group level n estimate reason told`; estimate
        is the mean in units of the outcome, reason "" where it is shown, "few", or "tells" where
        a group of few could be computed with it; `told` the mean that sums of the other rows give
        of a group of few where no more than these is hidden, NaN where they give none.

    Notes
    -----
    A row can be computed where its respondents are a linear combination of those of the rows that
    are shown: least squares. What is hidden: Hundepool et al. (2012), Statistical Disclosure
    Control, ch. 4.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(200, seed=1, design="telecom")
    >>> cx.explore.subtraction(study, "recommend", ["plan"], min_cell=60)["reason"].tolist()
    ['', 'few', '', 'tells']
    """
    answers = study.outcome(outcome)
    there = answers.notna().to_numpy()
    rows, sets = [("all", "all")], [there]
    for split in splits:
        group = study.group(split)
        for level in study.levels(split):
            rows.append((split, level))
            sets.append(there & (group == level).to_numpy(bool, na_value=False))
    sets, y = np.array(sets)[:, there], answers[there].to_numpy(float)
    n = sets.sum(axis=1)
    few = (n > 0) & (n < min_cell)
    groups = [group for group, _level in rows]
    hidden = hidden_rows(sets, groups, np.ones((1, sets.shape[1])), min_cell)
    shown = sets[~few].astype(float)
    weights = np.linalg.lstsq(shown.T, sets[few].T.astype(float), rcond=None)[0]
    found = np.abs(shown.T @ weights - sets[few].T).max(axis=0, initial=0) < _EXACT
    told = np.full(len(rows), np.nan)
    told[few] = np.where(found, (shown @ y) @ weights / n[few], np.nan)
    table = pd.DataFrame(rows, columns=["group", "level"]).assign(n=n)
    return table.assign(
        estimate=np.divide(sets @ y, n, out=np.full(len(n), np.nan), where=n > 0),
        reason=np.select([few, hidden], ["few", "tells"], ""),
        told=told,
    )
