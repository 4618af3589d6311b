"""Bias-corrected and accelerated bootstrap intervals (Efron 1987, J. Am. Stat. Assoc. 82:171).

The percentiles are shifted for the bias of the draws and for the acceleration, which is estimated
by the jackknife.
"""

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.stats.linear import quadratic_forms

# Least eigenvalue of what a cluster leaves of its own rows: below, it alone decides a term.
ALONE = 1e-9


def left_out_estimates(
    x: np.ndarray,
    estimate: np.ndarray,
    residuals: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray | None,
) -> np.ndarray:
    """Least-squares estimates (k) with each row (or cluster) left out, in closed form: units × k;
    NaN where a cluster alone decides a term.
    """
    root = np.sqrt(weights)
    x, residuals = x * root[:, None], residuals * root
    inverse = np.linalg.inv(x.T @ x)
    if clusters is None:
        leverage = quadratic_forms(x, inverse)
        return estimate - (x @ inverse) * (residuals / (1 - leverage))[:, None]
    estimates = []
    for rows in pd.Series(clusters).groupby(pd.factorize(clusters)[0]).indices.values():
        rest = np.eye(len(rows)) - x[rows] @ inverse @ x[rows].T
        if np.linalg.eigvalsh(rest)[0] < ALONE:
            estimates.append(np.full(len(estimate), np.nan))
        else:
            moved = x[rows].T @ np.linalg.solve(rest, residuals[rows])
            estimates.append(estimate - inverse @ moved)
    return np.stack(estimates)


def bootstrap_intervals(
    draws: np.ndarray, estimate: np.ndarray, left_out: np.ndarray, conf_level: float
) -> dict[str, np.ndarray]:
    """Percentile limits `boot_low boot_high` and BCa limits `bca_low bca_high` of q estimates.

    `draws` (replicates × q) are the estimates of resamples, `left_out` (units × q) those with each
    unit left out. Draws that are no number are passed over. Checked against scipy.stats.bootstrap.
    """
    z = stats.norm.ppf([(1 - conf_level) / 2, (1 + conf_level) / 2])
    limits = np.full((4, len(estimate)), np.nan)
    for j, column in enumerate(draws.T):
        column = column[np.isfinite(column)]
        if not len(column) or not np.isfinite(estimate[j]):
            continue
        limits[:2, j] = np.quantile(column, stats.norm.cdf(z))
        deviation = left_out[:, j].mean() - left_out[:, j]
        spread = (deviation**2).sum() ** 1.5
        if np.isfinite(spread) and spread > 0:
            below = (column < estimate[j]).mean()
            shift = stats.norm.ppf(np.clip(below, 1 / len(column), 1 - 1 / len(column)))
            acceleration = (deviation**3).sum() / (6 * spread)
            moved = shift + (shift + z) / (1 - acceleration * (shift + z))
            limits[2:, j] = np.quantile(column, stats.norm.cdf(moved))
    return dict(zip(("boot_low", "boot_high", "bca_low", "bca_high"), limits, strict=True))
