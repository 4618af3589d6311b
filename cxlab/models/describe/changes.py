"""Changes of metrics between waves and differences between groups, with tests."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations, pairwise
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.describe.metrics import measured_by, metric_of
from cxlab.models.estimator import estimator
from cxlab.stats.inference import holm, t_inference
from cxlab.stats.sampling import unit_scores
from cxlab.study.sample import Sample
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
    """

    pairs = []
    for levels in _by_metric(study, outcome, by, conf_level):
        if among is not None:
            shown = among[among["estimate"].notna() & (among["metric"] == levels[0].metric)]
            levels = [one for one in levels if one.level in set(shown["level"])]
        pairs += combinations(sorted(levels, key=attrgetter("estimate")), 2)
    if not pairs:
        raise ModelError(
            "outcome {outcome}: fewer than two of the groups by {by} are shown, so that there is"
            " nothing to compare",
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
    before, after = (pd.DataFrame(side) for side in zip(*pairs, strict=True))
    df, covariance = _dependence(study, by, pairs)
    critical = stats.t.ppf((1 + conf_level) / 2, df)
    variance = -2 * covariance
    for side in (before, after):
        # Where all answer alike the error is what the adjusted interval implies instead of 0.
        implied = (side["conf_high"] - side["conf_low"]) / critical
        variance += side["std_error"].where(side["std_error"] > 0, implied) ** 2
    estimate, error = after["estimate"] - before["estimate"], np.sqrt(variance.clip(lower=0))
    # With one account, or equal changes of all respondents, there is no error and no test.
    error = error.where(error > 1e-9 * estimate.abs().clip(lower=1))
    return after[["outcome", "metric", "group"]].assign(
        level=before["level"] + " → " + after["level"],
        estimate=estimate,
        **t_inference(estimate, error, df, conf_level),
        n=before["n"] + after["n"],
    )


def _dependence(study: Study, by: str, pairs: list) -> tuple[Any, Any]:
    """Degrees of freedom, and the covariance of both estimates of a pair from the units that answer
    on both sides. With few accounts a level the normal law is too narrow: t counts those of both.
    """
    sample, groups = Sample.of(study, study.index), study.group(by)
    if sample.clusters is None:
        return np.inf, 0.0

    @cache
    def scores(outcome: str, metric: str, level: str) -> pd.Series:
        """What each cluster adds to the linearised mean of these rows; the sum of squares is its
        variance.
        """
        answers = study.outcome(outcome)
        there = (answers.notna() & (groups == level)).to_numpy()
        part, y = sample.at(there), measured_by(metric, study, outcome, answers[there].to_numpy())
        score = unit_scores(y, part.weights, part.clusters)
        units = pd.Series(score, np.unique(part.clusters))
        return units * np.sqrt(part.units / max(1, part.units - 1))

    both = [
        pd.concat([scores(side.outcome, side.metric, side.level) for side in pair], axis=1)
        for pair in pairs
    ]
    df = np.array([max(1, len(units) - 2) for units in both])
    return df, np.array([units.prod(axis=1, skipna=False).sum() for units in both])
