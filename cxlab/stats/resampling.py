"""The case bootstrap from cross-products.

A replicate is a row of counts times the products of the rows (or clusters), so thousands of
resamples cost no second fit.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.stats.linear import Array, unit_sums
from cxlab.stats.tall import MANY_ROWS, group_products

# Below this (smallest eigenvalue, columns scaled to spread 1) a resample holds too few distinct
# values for a term.
SINGULAR = 1e-9
# Where more than this share of the resamples cannot identify the model, no interval is given.
MOST_LOST = 0.05
# Replicates are drawn in blocks of about this many counts, so that memory stays flat however many
# rows there are.
BLOCK = 4_000_000
# They are counted in pieces that fit a processor's cache, of at least so many replicates: 1.4 times
# as fast as a block at once. Larger pieces, or a new buffer for each, lose the gain.
PART, LEAST = 50_000, 10
# Percentiles of fewer replicates rest on one or two of them.
MIN_BOOT = 50


def product_resamples(products: np.ndarray, p: int, n_boot: int, seed: int) -> Iterator[np.ndarray]:
    """Covariance matrices (block × p × p) of `n_boot` resamples of the units of `unit_products`,
    rows or whole clusters (Efron 1979; case resampling), in blocks.

    A weighted row keeps its weight when it is drawn.
    """
    sums = [counts @ products for counts in resample_counts(len(products), n_boot, seed, PART)]
    for part in np.array_split(np.concatenate(sums), 1 + n_boot * p**2 // BLOCK):
        yield covariances(part, p)


def unit_products(frame: pd.DataFrame, weights: Array, clusters: Array) -> np.ndarray:
    """Weight, weighted values and weighted products of each row, or their sums over each cluster in
    order of appearance: units × (1 + p)(2 + p)/2.
    """
    z = frame.to_numpy(dtype=float)
    z = np.column_stack([np.ones(len(z)), z - z.mean(axis=0)])
    i, j = np.triu_indices(z.shape[1])
    if len(z) > MANY_ROWS and clusters is not None:
        if weights is not None:
            z *= np.sqrt(weights)[:, None]
        return group_products(z, pd.factorize(clusters)[0])[:, i, j]
    products = z[:, i] * z[:, j]
    return unit_sums(products if weights is None else products * weights[:, None], clusters)


def covariances(sums: np.ndarray, p: int) -> np.ndarray:
    """Covariance matrices (replicates × p × p) from sums of `unit_products` over resamples."""
    products = np.empty((len(sums), p + 1, p + 1))
    i, j = np.triu_indices(p + 1)
    products[:, i, j] = products[:, j, i] = sums / sums[:, :1]
    mean = products[:, 0, 1:]
    return products[:, 1:, 1:] - mean[:, :, None] * mean[:, None, :]


def resample_counts(units: int, n_boot: int, seed: int, held: int = BLOCK) -> Iterator[np.ndarray]:
    """How often each of `units` independent rows (or clusters) is drawn: (block × units) counts,
    `n_boot` resamples in all.

    One seed, one set of resamples, whatever `held`, the counts of a block.
    """
    if n_boot < MIN_BOOT:
        raise ModelError(
            "n_boot={n_boot}: give {least} or more for intervals, or 0 for none",
            n_boot=n_boot,
            least=MIN_BOOT,
        )
    rng = np.random.default_rng(seed)
    block = max(LEAST, held // units)
    for start in range(0, n_boot, block):
        size = min(block, n_boot - start)
        drawn = rng.integers(0, units, size=(size, units)) + units * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units).astype(float)


def dealt_counts(units: int, n_boot: int, seed: int, data_sets: int) -> list[np.ndarray]:
    """The counts of `resample_counts` dealt out over the data sets that multiple imputation
    completed (Schomaker & Heumann 2018: MI boot, pooled).
    """
    blocks = [counts.astype(np.float32) for counts in resample_counts(units, n_boot, seed)]
    return np.array_split(np.concatenate(blocks), data_sets)


def identified_slopes(
    covariances: np.ndarray, columns: list[int], spread: np.ndarray
) -> np.ndarray:
    """Slopes (replicates × columns) of the last variable on `columns`, from covariance matrices
    (replicates × p × p).

    `spread` (p) are the variances in the full sample. A resample in which the columns cannot be
    told apart (the one rating of 2 was not drawn) has NaN: least squares would answer it with 1e16.
    """
    scale = np.sqrt(spread[columns])
    inner = covariances[:, columns][:, :, columns] / np.outer(scale, scale)
    lost = np.linalg.eigvalsh(inner)[:, 0] < SINGULAR
    inner[lost] = np.eye(len(columns))
    slopes = np.linalg.solve(inner, covariances[:, columns, -1:] / scale[:, None])[..., 0] / scale
    slopes[lost] = np.nan
    return slopes


def usable(draws: np.ndarray) -> bool:
    """Do enough resamples (rows of `draws`) identify the model for an interval to be given?"""
    return bool(np.isnan(draws).any(axis=1).mean() <= MOST_LOST)
