"""Tests and intervals on arrays."""

import numpy as np
import pandas as pd
from scipy import stats

# Of a law that is held by quantiles at equal steps.
GRID = 1000


def holm(p_values: np.ndarray | pd.Series, weights: np.ndarray | None = None) -> np.ndarray:
    """p-values adjusted for the number of tests given, each of its weight (Holm 1979).

    NaN stays NaN and is no test. The same as statsmodels' multipletests, which collects garbage at
    every call and so costs a tenth of a second in a notebook.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    w = np.ones(len(p)) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(p / w)[: np.isfinite(p).sum()]
    adjusted, open_weight = np.full(len(p), np.nan), np.cumsum(w[order][::-1])[::-1]
    adjusted[order] = np.minimum(1, np.maximum.accumulate((p / w)[order] * open_weight))
    return adjusted


def wald(
    off: np.ndarray, cov: np.ndarray, df: float, hotelling: bool
) -> tuple[float, float, float]:
    """F, p and degrees of freedom (beside q) of the hypothesis that q numbers with this covariance,
    which has `df` degrees of freedom, are 0: χ²/q where these are infinite; as Hotelling's T²
    (1931) where they are those of each number alone.
    """
    q, scale = len(off), 1.0
    if hotelling:
        scale, df = (df + 1 - q) / df, df + 1 - q
    if not df >= 1:
        return np.nan, np.nan, df
    statistic = float(off @ np.linalg.solve(cov, off)) / q * scale
    if np.isfinite(df):
        return statistic, float(stats.f.sf(statistic, q, df)), df
    return statistic, float(stats.chi2.sf(q * statistic, q)), df


def t_inference(
    estimate: np.ndarray, error: np.ndarray, df: float | np.ndarray, conf_level: float
) -> dict[str, np.ndarray]:
    """`std_error statistic p_value conf_low conf_high` of estimates by Student's t (infinite `df`:
    the normal law; NaN: nothing is known of the error).
    """
    # Of one number, [()] gives a number again and not an array of no dimension.
    estimate, error, df = (np.asarray(one, dtype=float)[()] for one in (estimate, error, df))
    error = np.where(np.isnan(df), np.nan, error)[()]
    half = stats.t.ppf((1 + conf_level) / 2, df) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / error
    return {
        "std_error": error,
        "statistic": statistic,
        "p_value": 2 * stats.t.sf(np.abs(statistic), df),
        "conf_low": estimate - half,
        "conf_high": estimate + half,
    }


def named_interval(name: str, numbers: dict[str, float]) -> dict[str, float]:
    """`estimate conf_low conf_high` as columns `name name_low name_high`."""
    ends = {"": "estimate", "_low": "conf_low", "_high": "conf_high"}
    return {name + end: numbers[column] for end, column in ends.items()}


def product_interval(
    first: tuple[float, float], second: tuple[float, float], conf_level: float
) -> tuple[float, float]:
    """Ends of the interval of a product of two independent estimates, each with its error.

    Quantiles of the products of two normal laws (Tofighi & MacKinnon 2011, Behav. Res. Methods
    43:692), which are skewed where an estimate is not far from 0; both laws on a grid, so that the
    same estimates have the same interval.
    """
    grid = stats.norm.ppf((np.arange(GRID) + 0.5) / GRID)
    laws = (estimate + error * grid for estimate, error in (first, second))
    tails = [(1 - conf_level) / 2, (1 + conf_level) / 2]
    low, high = np.quantile(np.outer(*laws), tails)
    return float(low), float(high)


def one_way_icc(
    means: np.ndarray, spreads: np.ndarray, counts: np.ndarray, conf_level: float
) -> dict[str, float]:
    """`icc icc_low icc_high`: the share of variance that lies between groups, from the mean, the
    mean square around it and the (effective) number of answers of each (k).

    Type 1 of Shrout & Fleiss (1979, Psychol. Bull. 86:420), one-way random effects, with the mean
    number n0 of unequal groups; the interval by the unweighted means and the harmonic mean number
    (Thomas & Hultquist 1978, Ann. Stat. 6:582), the same where groups are equal. No share is below
    0. Two groups tell little of how far others would lie apart: the upper end is then near 1. NaN
    where the answers within groups are all alike.
    """
    k, total = len(counts), counts.sum()
    within = counts @ spreads / (total - k) if total > k else 0.0
    if not within > 0:  # nobody differs from the others of his group
        return dict.fromkeys(("icc", "icc_low", "icc_high"), np.nan)
    between = counts @ (means - counts @ means / total) ** 2 / (k - 1)
    mean_count = (total - counts @ counts / total) / (k - 1)
    harmonic = k / (1 / counts).sum()
    ratio = harmonic * means.var(ddof=1) / within
    tail = (1 + conf_level) / 2
    ends = ratio / stats.f.ppf(tail, k - 1, total - k), ratio * stats.f.ppf(tail, total - k, k - 1)
    icc = max(0.0, (between - within) / (between + (mean_count - 1) * within))
    low, high = (max(0.0, (end - 1) / (end + harmonic - 1)) for end in ends)
    return {"icc": float(icc), "icc_low": float(min(low, icc)), "icc_high": float(max(high, icc))}


def hotelling(rows: np.ndarray, spare: float = 1.0) -> float:
    """p of the hypothesis that the mean of the rows (G × q) is 0: T² = G·ū'S⁻¹ū, F = T²(G − q)/(q(G
    − 1)) on q and G − q degrees of freedom (Hotelling 1931, Ann. Math. Stat. 2:360).

    Of no more rows than columns: Bonferroni over the q t tests. Rows made of residuals scatter
    less than the errors; `spare` is the share of the degrees of freedom that they keep.
    """
    units, q = rows.shape
    mean, spread = rows.mean(axis=0), np.cov(rows.T).reshape(q, q)
    if units <= q:
        t = np.abs(mean) / np.sqrt(np.diag(spread) / units)
        return float(min(1.0, q * 2 * stats.t.sf(t.max(), units - 1)))
    statistic = spare * units * mean @ np.linalg.lstsq(spread, mean, rcond=None)[0]
    return float(stats.f.sf(statistic * (units - q) / (q * (units - 1)), q, units - q))
