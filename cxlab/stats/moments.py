"""Weighted cross-products, the sufficient statistics of a linear model.

Z'WZ is p² numbers and adds over chunks and machines, so R² of every subset of drivers, also of more
rows than memory holds, needs one pass over the data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.extras import needed
from cxlab.stats.chunks import ROWS, Chunk, Source, Work

# Weights whose mean square is less than this times their squared mean differ by rounding only.
SAME = 1 + 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class Moments:
    """Weighted mean and centred scatter of some columns over their complete rows.

    Made by `from_frame`, `from_parquet` or `from_dask`, and added with `+`.

    Parameters
    ----------
    names : tuple of str
        The p columns.
    n : int
        Complete rows.
    weight : float
        Sum of their weights; `n` where they have none.
    mean : array (p)
        Weighted means, in the columns' units.
    scatter : array (p × p)
        Σw(z − z̄)(z − z̄)'.
    n_dropped : int
        Rows with a gap in any column, which are left out.
    squares : float, optional
        Sum of the squared weights; None without weights.
    counts : bool
        Whether the weights look like counts: whole numbers that nobody declared to be sampling
        weights.
    clustered : bool
        Whether the rows have ids of accounts or panel members.
    sources : tuple of Source
        Where the rows can be read again, for robust errors and the bootstrap.
        Empty where they are out of reach.

    Notes
    -----
    Each chunk is centred by itself and merged by the update of Chan, Golub & LeVeque (1983), so
    that ratings far from zero lose no digits.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> ratings = pd.DataFrame({"wait": [1.0, 2, 4, 5], "y": [2.0, 1, 4, 5]})
    >>> cx.drivers.Moments.from_frame(ratings[:2]) + cx.drivers.Moments.from_frame(ratings[2:])
    Moments of wait, y: 4 rows, unweighted
    """

    names: tuple[str, ...]
    n: int
    weight: float
    mean: np.ndarray
    scatter: np.ndarray
    n_dropped: int = 0
    squares: float | None = None
    counts: bool = False
    clustered: bool = False
    sources: tuple[Source, ...] = ()

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        weights: pd.Series | np.ndarray | None = None,
        clusters: pd.Series | np.ndarray | None = None,
    ) -> Moments:
        """Moments of all columns of a frame in memory.

        Parameters
        ----------
        frame : DataFrame
            Numbers; rows with a gap are left out and counted.
        weights : array-like, optional
            Sampling weights above 0, one a row.
        clusters : array-like, optional
            Ids of accounts or panel members, one a row.

        Returns
        -------
        Moments

        Raises
        ------
        ModelError
            Values that are infinite or no numbers, weights not above 0, no complete row.
        """
        data = frame.set_axis(frame.columns.map(str), axis=1)
        names = _named(data.columns)
        # Names of columns are strings, so that numbers are free to label what stands beside them.
        keys = []
        for label, values in enumerate((weights, clusters), 1):
            keys.append(None if values is None else label)
            if values is not None:
                data[label] = np.asarray(values)
        return _moments(Source(data, names, *keys), "sampling")

    @classmethod
    def from_parquet(
        cls,
        path: str | Path | Iterable[str | Path],
        columns: Iterable[str],
        weight: str | None = None,
        cluster: str | None = None,
        weight_kind: str | None = None,
    ) -> Moments:
        """Moments of columns of Parquet files, read a batch at a time: memory stays flat however
        many rows there are.

        Parameters
        ----------
        path : str, Path or several of them
            The file or files.
        columns : iterable of str
            Numbers, taken as they stand: codes for "don't know" must be null.
        weight : str, optional
            Column of the sampling weights.
        cluster : str, optional
            Column of the ids of accounts or panel members.
        weight_kind : str, optional
            "sampling" where weights that are all whole numbers are no counts.

        Returns
        -------
        Moments

        Raises
        ------
        ModelError
            A file or column that is not there, values that are infinite or no numbers, weights not
            above 0, or that are all whole numbers and so look like counts; no complete row.
        """
        paths = (path,) if isinstance(path, (str, Path)) else tuple(path)
        return _moments(Source(paths, _named(columns), weight, cluster), weight_kind)

    @classmethod
    def from_dask(
        cls,
        frame: Any,
        columns: Iterable[str],
        weight: str | None = None,
        cluster: str | None = None,
        weight_kind: str | None = None,
    ) -> Moments:
        """Moments of columns of a Dask frame, by its cluster (the active client).

        Only sums leave the workers, which must have cxlab. A worker that dies costs its part of the
        work once more, nothing else.

        Parameters
        ----------
        frame : dask.dataframe.DataFrame
            The rows.
        columns, weight, cluster, weight_kind
            As in `from_parquet`.

        Returns
        -------
        Moments

        Raises
        ------
        ModelError
            As `from_parquet`.
        ExtraError
            Where dask is not installed.
        """
        with needed():
            import dask  # noqa: F401
        return _moments(Source(frame, _named(columns), weight, cluster), weight_kind)

    def __add__(self, other: Moments) -> Moments:
        if self.names != other.names:
            raise ModelError(
                "moments of different columns cannot be added: {ours} and {theirs}; make both of"
                " the same columns",
                ours=", ".join(self.names),
                theirs=", ".join(other.names),
            )
        kinds = [(one.squares is None, one.clustered) for one in (self, other)]
        if kinds[0] != kinds[1]:
            raise ModelError(
                "moments with and without weights (or clusters) cannot be added: a row without a"
                " weight has no known share; give all of them weights"
            )
        weight = self.weight + other.weight
        # A chunk may hold no complete row.
        part, shift = other.weight / (weight or 1.0), other.mean - self.mean
        return Moments(
            self.names,
            self.n + other.n,
            weight,
            self.mean + shift * part,
            self.scatter + other.scatter + np.outer(shift, shift) * (self.weight * part),
            self.n_dropped + other.n_dropped,
            None if self.squares is None else self.squares + other.squares,
            self.counts and other.counts,
            self.clustered,
            # Rows out of reach on one side are out of reach.
            self.sources + other.sources if self.sources and other.sources else (),
        )

    def fold(self, work: Work, rows: int = ROWS) -> Any:
        """The sum of `work(chunk)` over the rows, in chunks of the columns of these moments."""
        sums = (source.fold(work, rows, (i,)) for i, source in enumerate(self.sources))
        return reduce(add, sums)

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
    def weighted(self) -> bool:
        """Do the weights differ? If all are alike they are none, as in a study."""
        # n·Σw² = (Σw)² of equal weights only.
        return self.squares is not None and self.n * self.squares > SAME * self.weight**2

    def refuse_counts(self) -> None:
        """Frequency weights are not sampling weights: they would make errors as small as the counts
        are large.
        """
        if self.weighted and self.counts:
            raise ModelError(
                "these weights are all whole numbers: they look like counts; say"
                " weight_kind='sampling' if they are sampling weights, else repeat the rows"
            )

    @property
    def r_squared(self) -> float:
        """R² of the last column on all others."""
        return 1 - 1 / float(np.linalg.inv(self.scatter)[-1, -1] * self.scatter[-1, -1])

    def of(self, names: Iterable[str]) -> Moments:
        """The moments of some of the columns, in this order; the same rows."""
        names = tuple(names)
        place = [self.names.index(name) for name in names]
        rest = tuple(name for name in self.names if name not in names)
        sources = tuple(
            replace(source, columns=names, beside=rest + source.beside) for source in self.sources
        )
        mean, scatter = self.mean[place], self.scatter[np.ix_(place, place)]
        return replace(self, names=names, mean=mean, scatter=scatter, sources=sources)

    def __repr__(self) -> str:
        left_out = f" ({self.n_dropped:,} incomplete left out)" if self.n_dropped else ""
        kinds = [
            "weighted" if self.weighted else "unweighted",
            *(["clustered"] if self.clustered else []),
            *([] if self.sources else ["rows out of reach"]),
        ]
        return f"Moments of {', '.join(self.names)}: {self.n:,} rows{left_out}, {', '.join(kinds)}"


def _named(columns: Iterable[str]) -> tuple[str, ...]:
    columns = (columns,) if isinstance(columns, str) else tuple(columns)
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise ModelError("column {column} stands twice in columns; name it once", column=twice[0])
    return columns


def _moments(source: Source, weight_kind: str | None) -> Moments:
    total = source.fold(partial(_of_chunk, source.columns, weight_kind == "sampling"))
    if total is None or not total.n:
        raise ModelError(
            "no row is complete ({dropped} left out); there is nothing to add up",
            dropped=0 if total is None else total.n_dropped,
        )
    total.refuse_counts()
    return replace(total, sources=(source,))


def _of_chunk(names: tuple[str, ...], sampling: bool, chunk: Chunk) -> Moments:
    z, w, clustered = chunk.table[1:], chunk.weights, chunk.clusters is not None
    each = np.ones(chunk.n) if w is None else w
    weight = float(each.sum())
    mean = z @ each / (weight or 1.0)
    z -= mean[:, None]
    z *= np.sqrt(each)
    squares = None if w is None else float(w @ w)
    counts = w is not None and not sampling and bool((w % 1 == 0).all())
    return Moments(names, chunk.n, weight, mean, z @ z.T, chunk.dropped, squares, counts, clustered)
