"""Weighted cross-products: all that a linear model needs to know about its rows.

Z'WZ is p² numbers, adds over chunks and machines, and a bootstrap replicate is a row of counts times the products. So R²
of every subset of drivers, and thousands of bootstrap replicates of it, cost no second look at the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import ModelError

# Below this (smallest eigenvalue, columns scaled to spread 1) a resample holds too few distinct values for a term.
SINGULAR = 1e-9
# Where more than this share of the resamples cannot identify the model, the rest say little about it.
MOST_LOST = 0.05
# Replicates are drawn in blocks of about this many counts, so that memory stays flat however many rows there are.
BLOCK = 4_000_000
# They are counted in parts that a processor's cache holds, of at least so many replicates: 1.4 times as fast as a block at once. Larger
# parts, or buffers made anew for each, spend the gain on fresh pages of memory.
PART, LEAST = 50_000, 10
# The tails of fewer replicates are one or two of them.
MIN_BOOT = 50


@dataclass(frozen=True)
class Moments:
    """Weighted mean (p) and centred scatter Σw(z−z̄)(z−z̄)' (p × p) of `names` over `n` rows with total weight `weight`.

    Centred from the start and merged by Chan, Golub & LeVeque's (1983) update, so that ratings far from zero lose no digits.
    """

    names: tuple[str, ...]
    n: int
    weight: float
    mean: np.ndarray
    scatter: np.ndarray

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, weights: pd.Series | np.ndarray | None = None) -> Moments:
        z = frame.to_numpy(dtype=float)
        w = np.ones(len(z)) if weights is None else np.asarray(weights, dtype=float)
        mean = w @ z / w.sum()
        centred = z - mean
        return cls(tuple(map(str, frame.columns)), len(z), float(w.sum()), mean, (centred * w[:, None]).T @ centred)

    def __add__(self, other: Moments) -> Moments:
        if self.names != other.names:
            raise ValueError(f"moments of different columns cannot be added: {self.names} and {other.names}")
        weight = self.weight + other.weight
        shift = other.mean - self.mean
        scatter = self.scatter + other.scatter + np.outer(shift, shift) * self.weight * other.weight / weight
        return Moments(self.names, self.n + other.n, weight, self.mean + shift * other.weight / weight, scatter)

    @property
    def covariance(self) -> np.ndarray:
        """Scatter divided by the total weight (the divisor cancels in every R²)."""
        return self.scatter / self.weight


def bootstrap_covariances(
    frame: pd.DataFrame, weights: pd.Series | None, clusters: pd.Series | None, n_boot: int, seed: int | None
) -> Iterator[np.ndarray]:
    """Covariance matrices (block × p × p) of `n_boot` resamples of the rows, or of whole clusters (Efron 1979; case resampling).

    A weighted row keeps its weight when it is drawn. Yielded in blocks.
    """
    if n_boot < MIN_BOOT:
        raise ModelError("n_boot={n_boot}: give {least} or more for intervals, or 0 for none", n_boot=n_boot, least=MIN_BOOT)
    z = frame.to_numpy(dtype=float)
    z = z - z.mean(axis=0)
    p = z.shape[1]
    w = np.ones(len(z)) if weights is None else weights.to_numpy(dtype=float)
    upper = np.triu_indices(p)
    products = np.column_stack([w, w[:, None] * z, w[:, None] * z[:, upper[0]] * z[:, upper[1]]])
    if clusters is not None:
        products = pd.DataFrame(products).groupby(pd.factorize(clusters)[0]).sum().to_numpy()
    units = len(products)
    rng = np.random.default_rng(seed)
    block, part = max(1, BLOCK // units), max(LEAST, PART // units)
    for start in range(0, n_boot, block):
        size = min(block, n_boot - start)
        sums = np.concatenate([_drawn_sums(rng, products, min(part, size - done)) for done in range(0, size, part)])
        mean = sums[:, 1 : p + 1] / sums[:, :1]
        covariance = np.empty((size, p, p))
        covariance[:, upper[0], upper[1]] = sums[:, p + 1 :] / sums[:, :1] - mean[:, upper[0]] * mean[:, upper[1]]
        covariance[:, upper[1], upper[0]] = covariance[:, upper[0], upper[1]]
        yield covariance


def _drawn_sums(rng: np.random.Generator, products: np.ndarray, size: int) -> np.ndarray:
    """Sums of the rows of `products` that each of `size` resamples draws, as counts times products."""
    units = len(products)
    drawn = rng.integers(0, units, size=(size, units)) + units * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units).astype(float) @ products


def identified_slopes(covariances: np.ndarray, columns: list[int], spread: np.ndarray) -> np.ndarray:
    """Slopes (replicates × columns) of the last variable on `columns`, from covariance matrices (replicates × p × p).

    `spread` (p) are the variances in the full sample. A resample in which the columns cannot be told apart (the one rating of 2
    was not drawn) has NaN: least squares would answer it with 1e16.
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
