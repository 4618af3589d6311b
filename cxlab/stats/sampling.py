"""Means, shares and Net Promoter Scores, with intervals for small, weighted or clustered samples.

Weights (n, or None) are sampling weights; clusters (n codes, or None) tell which rows depend on
each other. Errors are Taylor-linearised with replacement (Binder 1983), as R's survey package
computes them; the textbook Wald interval of an NPS covers 70 % instead of 95 % at n = 10 and is
here for comparison only.
"""

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxlab.stats.inference import check_level
from cxlab.stats.linear import Array

PROMOTER, PASSIVE = 9, 7
# Rocks (2016), The American Statistician 70:365: ¾ promoter, 1½ passive, ¾ detractor.
PSEUDO_PROMOTERS, PSEUDO_TOTAL = 0.75, 3.0


def kish(weights: Array, n: int) -> float:
    """Effective number of rows under weighting, (Σw)²/Σw² (Kish 1965)."""
    return float(n) if weights is None else float(np.sum(weights) ** 2 / np.sum(weights**2))


def unit_scores(y: np.ndarray, weights: Array = None, clusters: Array = None) -> np.ndarray:
    """What each unit (row or cluster) adds to the linearised mean of `y`."""
    w = np.ones(len(y)) if weights is None else weights
    score = w * (y - np.average(y, weights=w)) / w.sum()
    return score if clusters is None else pd.Series(score).groupby(clusters).sum().to_numpy()


def standard_error(
    y: np.ndarray, weights: Array = None, clusters: Array = None
) -> tuple[float, float]:
    """Standard error of the (weighted) mean of `y`, and its degrees of freedom, units − 1."""
    score = unit_scores(y, weights, clusters)
    units = len(score)
    if units < 2:
        return np.nan, np.nan
    return float(np.sqrt(units / (units - 1) * (score**2).sum())), units - 1


def effective_n(y: np.ndarray, weights: Array, clusters: Array, conf_level: float) -> float:
    """Number of independent, equally weighted answers that would be as precise; n where they are.

    The variance-based n of Korn & Graubard (1998), times (t_{n−1}/t_df)² since few clusters know
    their own spread badly, and never more than n.
    """
    n = len(y)
    if weights is None and clusters is None:
        return float(n)
    error, df = standard_error(y, weights, clusters)
    if not np.isfinite(error) or error == 0:
        # Where all answer alike the spread tells nothing of the design: the smaller count stands.
        return min(kish(weights, n), n if clusters is None else len(np.unique(clusters)))
    variance = np.average((y - np.average(y, weights=weights)) ** 2, weights=weights)
    tail = (1 + conf_level) / 2
    ratio = stats.t.ppf(tail, n - 1) / stats.t.ppf(tail, df)
    return float(min(n, variance / (error**2 * df / (df + 1)) * ratio**2))


def mean(
    y: np.ndarray, conf_level: float, weights: Array = None, clusters: Array = None
) -> dict[str, float]:
    """`estimate std_error conf_low conf_high` of a mean, by Student's t."""
    check_level(conf_level)
    estimate = float(np.average(y, weights=weights))
    error, df = standard_error(y, weights, clusters)
    half = stats.t.ppf((1 + conf_level) / 2, df) * error if df >= 1 else np.nan
    return _row(estimate, error, estimate - half, estimate + half)


def share(
    hit: np.ndarray, conf_level: float, weights: Array = None, clusters: Array = None
) -> dict[str, float]:
    """`estimate std_error conf_low conf_high` of a share (0–1), with the Wilson interval on the
    effective n (Wilson 1927; Korn & Graubard 1998).
    """
    check_level(conf_level)
    hit = np.asarray(hit, dtype=float)
    estimate = float(np.average(hit, weights=weights))
    count = effective_n(hit, weights, clusters, conf_level)
    low, high = proportion_confint(estimate * count, count, alpha=1 - conf_level, method="wilson")
    error = np.sqrt(estimate * (1 - estimate) / count)
    if weights is not None or clusters is not None:
        error = standard_error(hit, weights, clusters)[0]
    return _row(estimate, error, float(low), float(high))


def nps(
    answers: np.ndarray,
    conf_level: float,
    weights: Array = None,
    clusters: Array = None,
    adjusted: bool = True,
) -> dict[str, float]:
    """`estimate std_error conf_low conf_high` of a Net Promoter Score in points, with the shares
    `promoters passives detractors` (0–1).

    The interval is Rocks' (2016) adjusted Wald, or plain Wald, and is cut at ±100.
    """
    check_level(conf_level)
    score = nps_scores(answers) / 100
    up, down = (float(np.average(score == side, weights=weights)) for side in (1, -1))
    error = np.sqrt((up + down - (up - down) ** 2) / len(score))
    if weights is not None or clusters is not None:
        error = standard_error(score, weights, clusters)[0]
    z = stats.norm.ppf((1 + conf_level) / 2)
    center, half = up - down, z * error
    if adjusted:
        count = effective_n(score, weights, clusters, conf_level)
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
