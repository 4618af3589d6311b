"""Means, shares and Net Promoter Scores, with intervals for small, weighted or clustered samples.

A sample (`cxlab.study.sample`) has sampling weights (n, or None) and clusters (n codes, or None),
which tell which rows depend on each other. Errors are Taylor-linearised with replacement (Binder
1983), as R's survey package computes them; the textbook Wald interval of an NPS covers 70 % instead
of 95 % at n = 10 and is here for comparison only.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxlab.stats.linear import Array

PROMOTER, PASSIVE = 9, 7
# Rocks (2016), The American Statistician 70:365: ¾ promoter, 1½ passive, ¾ detractor.
PSEUDO_PROMOTERS, PSEUDO_TOTAL = 0.75, 3.0


def unit_scores(y: np.ndarray, weights: Array = None, clusters: Array = None) -> np.ndarray:
    """What each unit (row or cluster, in the order of their codes) adds to the linearised mean of
    `y`.
    """
    w = np.ones(len(y)) if weights is None else weights
    score = w * (y - np.average(y, weights=w)) / w.sum()
    return score if clusters is None else pd.Series(score).groupby(clusters).sum().to_numpy()


def standard_error(y: np.ndarray, sample: Any) -> tuple[float, float]:
    """Standard error of the (weighted) mean of `y`, and its degrees of freedom, units − 1."""
    score = unit_scores(y, sample.weights, sample.clusters)
    units = len(score)
    if units < 2:
        return np.nan, np.nan
    return float(np.sqrt(units / (units - 1) * (score**2).sum())), units - 1


def effective_n(y: np.ndarray, sample: Any, conf_level: float) -> float:
    """Number of independent, equally weighted answers that would be as precise; n where they are.

    The variance-based n of Korn & Graubard (1998), times (t_{n−1}/t_df)² since few clusters know
    their own spread badly, and never more than n.
    """
    n = len(y)
    if sample.equal:
        return float(n)
    error, df = standard_error(y, sample)
    if not np.isfinite(error) or error == 0:
        # Where all answer alike the spread tells nothing of the design: the smaller count stands.
        return min(sample.n_eff, sample.units)
    variance = sample.average((y - sample.average(y)) ** 2)
    tail = (1 + conf_level) / 2
    ratio = stats.t.ppf(tail, n - 1) / stats.t.ppf(tail, df)
    return float(min(n, variance / (error**2 * df / (df + 1)) * ratio**2))


def mean(y: np.ndarray, sample: Any, conf_level: float) -> dict[str, float]:
    """`estimate std_error conf_low conf_high` of a mean, by Student's t."""
    estimate, (error, df) = sample.average(y), standard_error(y, sample)
    half = stats.t.ppf((1 + conf_level) / 2, df) * error if df >= 1 else np.nan
    return _row(estimate, error, estimate - half, estimate + half)


def share(hit: np.ndarray, sample: Any, conf_level: float) -> dict[str, float]:
    """`estimate std_error conf_low conf_high` of a share (0–1), with the Wilson interval on the
    effective n (Wilson 1927; Korn & Graubard 1998).
    """
    estimate, count = sample.average(hit), effective_n(hit, sample, conf_level)
    low, high = proportion_confint(estimate * count, count, alpha=1 - conf_level, method="wilson")
    error = np.sqrt(estimate * (1 - estimate) / count)
    if not sample.equal:
        error = standard_error(hit, sample)[0]
    return _row(estimate, error, float(low), float(high))


def nps(
    answers: np.ndarray, sample: Any, conf_level: float, adjusted: bool = True
) -> dict[str, float]:
    """`estimate std_error conf_low conf_high` of a Net Promoter Score in points, with the shares
    `promoters passives detractors` (0–1).

    The interval is Rocks' (2016) adjusted Wald, or plain Wald, and is cut at ±100.
    """
    score = nps_scores(answers) / 100
    up, down = (sample.average(score == side) for side in (1, -1))
    error = np.sqrt((up + down - (up - down) ** 2) / len(score))
    if not sample.equal:
        error = standard_error(score, sample)[0]
    z = stats.norm.ppf((1 + conf_level) / 2)
    center, half = up - down, z * error
    if adjusted:
        count = effective_n(score, sample, conf_level)
        total = count + PSEUDO_TOTAL
        p, d = ((one * count + PSEUDO_PROMOTERS) / total for one in (up, down))
        center, half = p - d, z * np.sqrt((p + d - (p - d) ** 2) / total)
    low, high = np.clip([100 * (center - half), 100 * (center + half)], -100, 100)
    classes = {"promoters": up, "passives": 1 - up - down, "detractors": down}
    return _row(100 * (up - down), 100 * error, low, high) | classes


def nps_scores(answers: np.ndarray) -> np.ndarray:
    """Answers 0–10 as NPS points: 100 from a promoter, 0 from a passive, −100 from a detractor."""
    return 100.0 * ((answers >= PROMOTER).astype(float) - (answers < PASSIVE))


def _row(estimate: float, error: float, low: float, high: float) -> dict[str, float]:
    return {"estimate": estimate, "std_error": error, "conf_low": low, "conf_high": high}
