"""Weighted cross-products: all that a linear model needs to know about its rows.

Z'WZ is p² numbers, adds over chunks and machines, and a bootstrap replicate is a row of counts
times the products. So R² of every subset of drivers, and thousands of bootstrap replicates of it,
cost no second look at the data.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.stats.chunks import Chunk, DaskRows, FrameRows, ParquetRows, Sums, plus
from cxlab.stats.linear import unit_sums

# Below this (smallest eigenvalue, columns scaled to spread 1) a resample holds too few distinct
# values for a term.
SINGULAR = 1e-9
# Where more than this share of the resamples cannot identify the model, the rest say little about
# it.
MOST_LOST = 0.05
# Replicates are drawn in blocks of about this many counts, so that memory stays flat however many
# rows there are.
BLOCK = 4_000_000
# They are counted in parts that a processor's cache holds, of at least so many replicates: 1.4
# times as fast as a block at once. Larger parts, or buffers made anew for each, spend the gain on
# fresh pages of memory.
PART, LEAST = 50_000, 10
# The tails of fewer replicates are one or two of them.
MIN_BOOT = 50


# A chunk whose squared mean is more than this many variances is centred first; below, three digits
# of sixteen are lost at most.
OFF_CENTRE = 1e3


@dataclass(frozen=True)
class Weighting:
    """What is known of the weights: Σw², the least and the largest, whether all are whole numbers,
    and whether somebody said that they are sampling weights.
    """

    squares: float
    least: float
    most: float
    whole: bool
    sampling: bool

    def __add__(self, other: Weighting) -> Weighting:
        return Weighting(
            self.squares + other.squares,
            min(self.least, other.least),
            max(self.most, other.most),
            self.whole and other.whole,
            self.sampling and other.sampling,
        )

    def refuse_counts(self) -> None:
        """Frequency weights are not sampling weights: they would make errors as small as the counts
        are large.
        """
        if self.whole and self.least < self.most and not self.sampling:
            raise ModelError(
                "these weights are all whole numbers: they look like counts; say"
                " weight_kind='sampling' if they are sampling weights, else repeat the rows"
            )


@dataclass(frozen=True, eq=False, repr=False)
class Moments:
    """Weighted mean (p) and centred scatter Σw(z−z̄)(z−z̄)' (p × p) of `names` over `n` complete
    rows with total weight `weight`.

    Made by `from_frame`, `from_parquet` or `from_dask`, and added with `+`: each chunk is centred
    by itself and merged by Chan, Golub & LeVeque's (1983) update, so that ratings far from zero
    lose no digits. Rows with a gap in any column are left out and counted (`n_dropped`). `sources`
    remembers where the rows lie, for what takes a second look at them: robust errors and the
    bootstrap.
    """

    names: tuple[str, ...]
    n: int
    weight: float
    mean: np.ndarray
    scatter: np.ndarray
    n_dropped: int = 0
    weighting: Weighting | None = None
    clustered: bool = False
    sources: tuple[FrameRows | ParquetRows | DaskRows, ...] = ()

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        weights: pd.Series | np.ndarray | None = None,
        clusters: pd.Series | np.ndarray | None = None,
    ) -> Moments:
        """Moments of all columns of a numeric frame; `weights` (above 0) and `clusters` (ids) have
        a value for each row.
        """
        w = None if weights is None else np.asarray(weights, dtype=float)
        ids = None if clusters is None else np.asarray(clusters)
        return _moments(FrameRows(frame, w, ids), frame.columns, "sampling")

    @classmethod
    def from_parquet(
        cls,
        path: str | Path | Iterable[str | Path],
        columns: Iterable[str],
        weight: str | None = None,
        cluster: str | None = None,
        weight_kind: str | None = None,
    ) -> Moments:
        """Moments of `columns` of one Parquet file or several, read a batch at a time: memory stays
        flat however many rows there are.

        `weight` names the sampling weights, `cluster` the ids of accounts or panel members. Numbers
        are taken as they stand: codes for "don't know" must be null. Raises ModelError: a file or
        column that is not there, values that are no numbers, weights not above 0, or that are all
        whole numbers and so look like counts (unless `weight_kind="sampling"`).
        """
        paths = (path,) if isinstance(path, (str, Path)) else tuple(path)
        columns = _named(columns)
        return _moments(
            ParquetRows(tuple(map(str, paths)), columns, weight, cluster), columns, weight_kind
        )

    @classmethod
    def from_dask(
        cls,
        frame: Any,
        columns: Iterable[str],
        weight: str | None = None,
        cluster: str | None = None,
        weight_kind: str | None = None,
    ) -> Moments:
        """Moments of `columns` of a Dask frame, by its cluster (the active client): only sums leave
        the workers, which must have cxlab.

        A worker that dies costs its part of the work once more, nothing else. Keys and errors as in
        `from_parquet`; ModelError where dask is not installed.
        """
        if importlib.util.find_spec("dask") is None:
            raise ModelError(
                "Moments.from_dask needs dask, which is not installed: pip install 'cxlab[cluster]'"
            )
        columns = _named(columns)
        if lost := [
            name
            for name in (*columns, weight, cluster)
            if name is not None and name not in frame.columns
        ]:
            raise ModelError(
                "{file} has no column {column}; it has: {known}",
                file="the frame",
                column=lost[0],
                known=", ".join(map(str, frame.columns)),
            )
        return _moments(DaskRows(frame, columns, weight, cluster), columns, weight_kind)

    def __add__(self, other: Moments) -> Moments:
        if self.names != other.names:
            raise ModelError(
                "moments of different columns cannot be added: {ours} and {theirs}; make both of"
                " the same columns",
                ours=", ".join(self.names),
                theirs=", ".join(other.names),
            )
        if (self.weighting is None) != (
            other.weighting is None
        ) or self.clustered != other.clustered:
            raise ModelError(
                "moments with and without weights (or clusters) cannot be added: a row without a"
                " weight has no known share; give all of them weights"
            )
        weight = self.weight + other.weight
        shift = other.mean - self.mean
        scatter = (
            self.scatter
            + other.scatter
            + np.outer(shift, shift) * (self.weight * other.weight / weight)
        )
        # Rows out of reach on one side are out of reach.
        sources = self.sources + other.sources if self.sources and other.sources else ()
        return Moments(
            self.names,
            self.n + other.n,
            weight,
            self.mean + shift * (other.weight / weight),
            scatter,
            self.n_dropped + other.n_dropped,
            plus(self.weighting, other.weighting),
            self.clustered,
            sources,
        )

    def bare(self) -> Moments:
        """The sums alone, p² numbers to be sent between machines: classical errors and shares, but
        no robust errors and no bootstrap.
        """
        return replace(self, sources=())

    @property
    def covariance(self) -> np.ndarray:
        """Scatter divided by the total weight (the divisor cancels in every R²)."""
        return self.scatter / self.weight

    @property
    def r_squared(self) -> float:
        """R² of the last column on all others."""
        deviation = np.sqrt(np.diag(self.scatter))
        correlation = self.scatter / np.outer(deviation, deviation)
        return float(
            correlation[-1, :-1] @ np.linalg.solve(correlation[:-1, :-1], correlation[-1, :-1])
        )

    def of(self, names: Iterable[str]) -> Moments:
        """The moments of some of the columns, in this order; the same rows."""
        names = tuple(names)
        place = [self.names.index(name) for name in names]
        return replace(
            self, names=names, mean=self.mean[place], scatter=self.scatter[np.ix_(place, place)]
        )

    def with_weights_that_differ(self) -> Moments:
        """Weights that are all alike are none, as in a study."""
        if self.weighting is None or self.weighting.least < self.weighting.most:
            return self
        return replace(
            self, weight=float(self.n), scatter=self.scatter / self.weighting.least, weighting=None
        )

    def __repr__(self) -> str:
        rows = f"{self.n:,} rows" + (
            f" ({self.n_dropped:,} incomplete left out)" if self.n_dropped else ""
        )
        kinds = [
            "weighted" if self.weighting else "unweighted",
            *(["clustered"] if self.clustered else []),
            *([] if self.sources else ["rows out of reach"]),
        ]
        return f"Moments of {', '.join(self.names)}: {rows}, {', '.join(kinds)}"


def _named(columns: Iterable[str]) -> tuple[str, ...]:
    columns = (columns,) if isinstance(columns, str) else tuple(columns)
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise ModelError("column {column} stands twice in columns; name it once", column=twice[0])
    return columns


def _moments(
    source: FrameRows | ParquetRows | DaskRows, names: Iterable[str], weight_kind: str | None
) -> Moments:
    total = source.fold(partial(_sums, tuple(map(str, names)), weight_kind == "sampling"))
    if total is None or total[0] is None:
        raise ModelError(
            "no row is complete ({dropped} left out); there is nothing to add up",
            dropped=0 if total is None else total[1],
        )
    moments, dropped = total
    if moments.weighting is not None:
        moments.weighting.refuse_counts()
    return replace(moments, n_dropped=dropped, sources=(source,))


def _sums(names: tuple[str, ...], sampling: bool, chunk: Chunk) -> Sums:
    """The moments of one chunk, and how many of its rows were incomplete."""
    table, n, w = chunk.table, chunk.n, chunk.weights
    if not n:
        return Sums((None, chunk.dropped))
    if w is not None:
        table *= np.sqrt(w)
    products = table @ table.T
    weight, centre = products[0, 0], 0.0
    off = products[0, 1:] / weight
    if (off**2 * weight > OFF_CENTRE * (np.diag(products)[1:] - off**2 * weight)).any():
        table[1:] -= off[:, None] * table[0]
        centre, products = off, table @ table.T
        off = products[0, 1:] / weight
    scatter = products[1:, 1:] - np.outer(off, off) * weight
    weighting = (
        None
        if w is None
        else Weighting(
            float(w @ w), float(w.min()), float(w.max()), bool((w % 1 == 0).all()), sampling
        )
    )
    return Sums(
        (
            Moments(
                names,
                n,
                float(weight),
                centre + off,
                scatter,
                0,
                weighting,
                chunk.clusters is not None,
            ),
            chunk.dropped,
        )
    )


def bootstrap_covariances(
    frame: pd.DataFrame,
    weights: np.ndarray | None,
    clusters: np.ndarray | None,
    n_boot: int,
    seed: int | None,
) -> Iterator[np.ndarray]:
    """Covariance matrices (block × p × p) of `n_boot` resamples of the rows, or of whole clusters
    (Efron 1979; case resampling).

    A weighted row keeps its weight when it is drawn. Yielded in blocks.
    """
    return product_resamples(unit_products(frame, weights, clusters), frame.shape[1], n_boot, seed)


def product_resamples(
    products: np.ndarray, p: int, n_boot: int, seed: int | None
) -> Iterator[np.ndarray]:
    """Covariance matrices (block × p × p) of resamples of the units of `unit_products`."""
    drawn = [counts @ products for counts in resample_counts(len(products), n_boot, seed, PART)]
    block = max(1, BLOCK // p**2)
    sums = np.concatenate(drawn)
    for start in range(0, len(sums), block):
        yield _covariances(sums[start : start + block], p)


def unit_products(
    frame: pd.DataFrame, weights: np.ndarray | None, clusters: np.ndarray | None
) -> np.ndarray:
    """Weight, weighted values and weighted products of each row, or their sums over each cluster in
    order of appearance: units × (1 + p + p(p + 1)/2).
    """
    z = frame.to_numpy(dtype=float)
    z = z - z.mean(axis=0)
    w = np.ones(len(z)) if weights is None else np.asarray(weights, dtype=float)
    i, j = np.triu_indices(z.shape[1])
    return unit_sums(np.column_stack([w, w[:, None] * z, w[:, None] * z[:, i] * z[:, j]]), clusters)


def resampled_covariances(counts: np.ndarray, products: np.ndarray, p: int) -> np.ndarray:
    """Covariance matrices (block × p × p) of resamples given by `counts` (block × units) from
    `unit_products`.
    """
    return _covariances(counts @ products, p)


def _covariances(sums: np.ndarray, p: int) -> np.ndarray:
    i, j = np.triu_indices(p)
    mean = sums[:, 1 : p + 1] / sums[:, :1]
    covariance = np.empty((len(sums), p, p))
    covariance[:, i, j] = sums[:, p + 1 :] / sums[:, :1] - mean[:, i] * mean[:, j]
    covariance[:, j, i] = covariance[:, i, j]
    return covariance


def resample_counts(
    units: int, n_boot: int, seed: int | None, held: int = BLOCK
) -> Iterator[np.ndarray]:
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


def spread_of(columns: pd.DataFrame, weights: np.ndarray | None) -> np.ndarray:
    """(Weighted) variance of each column."""
    off = columns - np.average(columns, axis=0, weights=weights)
    return np.average(off**2, axis=0, weights=weights)


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
