"""Krippendorff's alpha of several coders, some of whom may not have coded some units.

Everything that alpha needs of a unit is its coincidences, the pairs of values that two coders gave
it. They add over units, so a resample of units is a row of counts times them.
"""

import numpy as np

from cxlab.errors import ModelError
from cxlab.stats.resampling import resample_counts, usable

METRICS = ("nominal", "ordinal", "interval", "ratio")


def coincidences(ratings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coincidences (units × values × values) of ratings (coders × units, NaN where a coder gave
    none), and the values. A unit that fewer than two coders rated has none.
    """
    values = np.unique(ratings[~np.isnan(ratings)])
    counts = (ratings[:, :, None] == values).sum(axis=0).astype(float)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(len(values))
    rated = counts.sum(axis=1)
    return pairs / np.maximum(rated - 1, 1)[:, None, None], values


def alpha_of(together: np.ndarray, values: np.ndarray, metric: str) -> np.ndarray:
    """Alpha of summed coincidences (… × values × values), NaN where all values are alike."""
    totals = together.sum(axis=-1)
    distance = _squared_differences(values, totals, metric)
    expected = np.einsum("...c,...ck,...k->...", totals, distance, totals)
    observed = (together * distance).sum(axis=(-2, -1)) * (totals.sum(axis=-1) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)


def krippendorff(
    ratings: np.ndarray,
    metric: str = "nominal",
    *,
    clusters: np.ndarray | None = None,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 0,
) -> dict[str, float]:
    """Alpha with its bootstrap interval.

    Parameters
    ----------
    ratings : ndarray, coders × units
        Numbers, NaN where a coder did not rate a unit.
    metric : {"nominal", "ordinal", "interval", "ratio"}
        How far two values lie apart.
    clusters : ndarray, optional
        Which units depend on each other (units).
    conf_level, n_boot, seed
        Of the percentile interval over resampled units, or clusters of them; 0 draws none.

    Returns
    -------
    dict
        `estimate conf_low conf_high n`; n units were rated by two coders or more. The ends are NaN
        where nobody disagrees, which tells nothing of other units, and where more than 5 % of the
        resamples have one value only.

    Raises
    ------
    ModelError
        An unknown metric; no unit that two coders rated.

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; units are resampled as Zapf,
    Castell, Morawietz & Karch (2016), BMC Med. Res. Methodol. 16:93, advise. Checked against his
    example.

    Examples
    --------
    >>> twice = np.array([[1, 2, 3, 3, 2], [1, 2, 3, 3, 3]], dtype=float)
    >>> round(krippendorff(twice, n_boot=0)["estimate"], 3)
    0.71
    """
    if metric not in METRICS:
        raise ModelError(
            "metric={metric}: choose one of {known}", metric=metric, known=", ".join(METRICS)
        )
    pairs, values = coincidences(ratings)
    there = pairs.sum(axis=(1, 2)) > 0
    if not there.any():
        raise ModelError("no comment was coded by two coders; there is no agreement to tell")
    pairs, units = pairs[there], int(there.sum())
    found = {"estimate": float(alpha_of(pairs.sum(axis=0), values, metric))}
    ends = np.full(2, np.nan)
    if n_boot and found["estimate"] < 1:
        flat = pairs.reshape(units, -1)
        if clusters is not None:
            groups = np.unique(clusters[there], return_inverse=True)[1]
            flat = np.array([np.bincount(groups, column) for column in flat.T]).T
        sums = np.concatenate([c @ flat for c in resample_counts(len(flat), n_boot, seed)])
        draws = alpha_of(sums.reshape(-1, len(values), len(values)), values, metric)
        if usable(draws[:, None]):
            tail = (1 - conf_level) / 2
            ends = np.nanquantile(draws, [tail, 1 - tail])
    return found | {"conf_low": float(ends[0]), "conf_high": float(ends[1]), "n": units}


def _squared_differences(values: np.ndarray, totals: np.ndarray, metric: str) -> np.ndarray:
    """How far values lie apart, squared (… × values × values)."""
    low, high = values[:, None], values[None, :]
    if metric == "nominal":
        return (low != high).astype(float)
    if metric == "interval":
        return (low - high) ** 2
    if metric == "ratio":
        sums = np.where(low + high == 0, 1, low + high)
        return ((low - high) / sums) ** 2
    # Ranks: how many ratings lie between the middles of two values.
    middle = np.cumsum(totals, axis=-1) - totals / 2
    return (middle[..., :, None] - middle[..., None, :]) ** 2
