"""Changes of metrics between waves and differences between groups, with tests."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations, pairwise
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.describe.metrics import measured_by, metric_of, statistic_of
from cxlab.models.estimator import estimator
from cxlab.stats.inference import holm
from cxlab.stats.sampling import difference
from cxlab.study.sample import Sample, sample_of
from cxlab.study.study import Study

ONE_LEVEL = "outcome {outcome}: answered in one {by} only; there is no change to measure"


@estimator("changes")
def changes(
    study: Study, outcome: str, *, by: str = "wave", conf_level: float = 0.95
) -> pd.DataFrame:
    """Change of each metric of an outcome from one level of a split to the next, and from the
    first to the last.

    Two intervals that overlap may still differ beyond chance, so a change has its own interval.

    Parameters
    ----------
    study : Study
    outcome : str
        Id of the outcome.
    by : str
        The split; waves are taken as they followed each other (`Study.wave_order`).
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        `outcome metric group level estimate std_error statistic p_value conf_low conf_high n`;
        `level` reads "2017 → 2018", the estimate is in the metric's units (NPS points, share 0–1,
        scale points), n counts both sides.

    Raises
    ------
    ModelError
        The outcome was answered at one level only.

    Notes
    -----
    Unpooled z of the difference. Where the same people (a declared panel) or accounts answer on
    both sides, twice the linearised covariance of the two (Binder 1983) is subtracted, and t
    counts the accounts. Checked against R's NPS 1.1 (two samples) and, on a panel, against the
    cluster-robust slope of a regression.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(400, seed=1, design="retail")
    >>> cx.changes(study, "recommend")["level"].tolist()
    ['W1 → W2', 'W2 → W3', 'W3 → W4', 'W1 → W4']
    """

    steps = []
    for levels in _by_metric(study, outcome, by, conf_level):
        steps += [*pairwise(levels), *([(levels[0], levels[-1])] if len(levels) > 2 else [])]
    return _compared(study, by, conf_level, steps)


@estimator("differences")
def differences(
    study: Study,
    outcome: str,
    *,
    by: str,
    conf_level: float = 0.95,
    among: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Difference of each metric of an outcome between every two levels of a split.

    Parameters
    ----------
    study, outcome, by, conf_level
        As in `changes`.
    among : DataFrame, optional
        A result by the same split, as it is shown: only levels whose estimate it shows are
        compared, and counted.

    Returns
    -------
    DataFrame
        The columns of `changes`, `lower` and `higher` (the two levels; no estimate is negative)
        and `p_holm`, p adjusted over the pairs of one metric (Holm 1979).

    Raises
    ------
    ModelError
        As `changes`, and where fewer than two levels are shown.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.differences(cx.simulate_study(300, seed=1), "recommend", by="channel")
    >>> table[["lower", "higher", "estimate", "p_holm"]].round(2).values.tolist()
    [['Web', 'Phone', 3.44, 0.71]]
    """

    pairs = []
    for levels in _by_metric(study, outcome, by, conf_level):
        if among is not None:
            shown = among[among["estimate"].notna() & (among["metric"] == levels[0].metric)]
            levels = [one for one in levels if one.level in set(shown["level"])]
        pairs += combinations(sorted(levels, key=attrgetter("estimate")), 2)
    if not pairs:
        raise ModelError(
            "outcome {outcome}: fewer than two of the groups by {by} are shown; there is nothing"
            " to compare",
            outcome=outcome,
            by=by,
        )
    frame = _compared(study, by, conf_level, pairs)
    lower, higher = ([one.level for one in side] for side in zip(*pairs, strict=True))
    p_holm = frame.groupby("metric")["p_value"].transform(holm)
    return frame.assign(lower=lower, higher=higher, p_holm=p_holm)


def _by_metric(study: Study, outcome: str, by: str, conf_level: float) -> Iterator[list[Any]]:
    """The rows of each metric of an outcome, a level of the split each."""
    table = metric_of(study, outcome, by, conf_level)
    table = table[table["estimate"].notna()]
    if len(study.levels(by)) < 2:
        raise NotAskedError(ONE_LEVEL, outcome=outcome, by=by)
    if table["level"].nunique() < 2:
        raise ModelError(ONE_LEVEL, outcome=outcome, by=by)
    for _, rows in table.groupby("metric", sort=False):
        yield list(rows.itertuples(index=False))


def _compared(
    study: Study, by: str, conf_level: float, pairs: list[tuple[Any, Any]]
) -> pd.DataFrame:
    """The difference of the second and the first row of each pair."""
    sample, groups = sample_of(study, study.index, by), study.group(by)

    @cache
    def side(outcome: str, metric: str, level: str) -> tuple[np.ndarray, Sample]:
        answers = study.outcome(outcome)
        there = (answers.notna() & (groups == level)).to_numpy()
        y = measured_by(metric, study, outcome, answers[there].to_numpy(float))
        return y, sample.at(there)

    rows = []
    for pair in pairs:
        before, after = (side(one.outcome, one.metric, one.level) for one in pair)
        first, second = pair
        about = {"outcome": first.outcome, "metric": first.metric, "group": first.group}
        about["level"] = f"{first.level} → {second.level}"
        tested = difference(before, after, statistic_of(first.metric), conf_level)
        rows.append(about | tested | {"n": first.n + second.n})
    return pd.DataFrame(rows)
