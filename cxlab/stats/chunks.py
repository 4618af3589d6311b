"""Sums over the rows of a frame, of Parquet files or of a Dask frame, a chunk at a time.

Everything that a linear model needs of its rows is a sum (cross-products, the middle of a sandwich
covariance, sums by cluster), so a source passes complete rows in chunks to a function and adds the
results, in constant memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.stats.linear import Array

# Rows of a chunk: 21 columns of them fit a processor's cache, where a larger chunk would go through
# memory three times.
ROWS = 16_384
# A small buffer streams a column chunk; without one, all of a row group is read at once (1.9 GB for
# 10 million rows of 21 columns).
BUFFER = 65_536

Work = Callable[["Chunk"], Any]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Complete rows: `table` ((1 + p) × n; ones, then the columns; the work may change it),
    `weights` and `clusters` (n or None).

    `dropped` rows were incomplete and are not here. `place` is the same whenever the same rows are
    read again.
    """

    table: np.ndarray
    weights: Array
    clusters: Array
    dropped: int
    place: tuple[int, ...]

    @property
    def n(self) -> int:
        return self.table.shape[1]


@dataclass(frozen=True, eq=False)
class Source:
    """Rows of `data`: a frame, the paths of Parquet files (a tuple), or a Dask frame.

    `columns` are handed out; they and what stands `beside` them are numbers without a gap in a
    complete row, which has a `cluster` too. A `weight` has to be above 0.
    """

    data: Any
    columns: tuple[str, ...]
    weight: Any = None
    cluster: Any = None
    beside: tuple[str, ...] = ()

    def fold(self, work: Work, rows: int = ROWS, place: tuple[int, ...] = (0,)) -> Any:
        """The sum of `work(chunk)` over all chunks of up to so many rows; None of no row."""
        if not isinstance(self.data, (tuple, pd.DataFrame)):
            return self._fold_there(work, rows, place)
        parts = (
            work(self._complete(piece, (*place, number)))
            for number, piece in enumerate(self._pieces(rows))
        )
        return reduce(add, parts, next(parts, None))

    def _fold_there(self, work: Work, rows: int, place: tuple[int, ...]) -> Any:
        """The sum over a Dask frame, worked on where it lies: only sums travel. A worker that dies
        costs its partitions' work once more.
        """
        import dask

        self._check(self.data.dtypes, "the frame")
        # Without the data, which would be sent whole to each part.
        here = replace(self, data=None)
        fold = dask.delayed(
            lambda part, place: replace(here, data=part).fold(work, rows, place), pure=False
        )
        partitions = self.data[self._names].to_delayed()
        totals = [fold(part, (*place, number)) for number, part in enumerate(partitions)]
        plus = dask.delayed(reduce, pure=False)
        # In pairs, in the order of the partitions: the same sum whichever worker made which part.
        while len(totals) > 1:
            totals = [plus(add, totals[i : i + 2]) for i in range(0, len(totals), 2)]
        return totals[0].compute()

    @property
    def _names(self) -> list[str]:
        names = (*self.columns, *self.beside, self.weight, self.cluster)
        return list(dict.fromkeys(name for name in names if name is not None))

    def _pieces(self, rows: int) -> Iterator[Any]:
        """Frames, or Arrow batches, of up to so many rows; one at least of a frame."""
        if isinstance(self.data, pd.DataFrame):
            self._check(self.data.dtypes, "the frame")
            for start in range(0, max(len(self.data), 1), rows):
                yield self.data[start : start + rows]
            return
        import pyarrow.parquet as parquet

        for path in map(Path, self.data):
            if not path.is_file():
                raise ModelError(
                    "the rows in {file} are out of reach: there is no such file here",
                    file=path.name,
                )
            with parquet.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False) as file:
                empty = file.schema_arrow.empty_table()
                self._check(empty.to_pandas(types_mapper=pd.ArrowDtype).dtypes, path.name)
                # One thread: the work between two batches is what takes the time.
                yield from file.iter_batches(rows, columns=self._names, use_threads=False)

    def _check(self, kinds: pd.Series, file: str) -> None:
        """Refuse data that lack a column, or have one that does not hold numbers."""
        for name in self._names:
            if name not in kinds:
                raise ModelError(
                    "{file} has no column {column}; it has: {known}",
                    file=file,
                    column=name,
                    known=", ".join(map(str, kinds.index)),
                )
            kind = kinds[name]
            numeric = pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind)
            if name != self.cluster and not numeric:
                raise ModelError(
                    "column {column} holds {kind}, not numbers",
                    column=name,
                    kind=str(kind).removesuffix("[pyarrow]"),
                )

    def _complete(self, piece: Any, place: tuple[int, ...]) -> Chunk:
        """The rows of a piece that have no gap."""
        names = (*self.columns, *self.beside)
        columns = (np.asarray(piece[name], dtype=float) for name in names)
        table = np.array([np.ones(len(piece)), *columns])
        weights = self.weight and np.asarray(piece[self.weight], dtype=float)
        clusters = self.cluster and np.asarray(piece[self.cluster])
        if weights is not None and not (weights > 0).all():
            raise ModelError(
                "weight: {n} rows (of a chunk of {rows}) have none, or one that is not above 0;"
                " leave them out before",
                n=int((~(weights > 0)).sum()),
                rows=len(weights),
            )
        # A sum that any gap or infinity spoils: asking each cell costs three times as much.
        whole = np.isfinite(table.sum(axis=0))
        if clusters is not None:
            whole &= pd.notna(clusters)
        if not whole.all():
            endless = np.isinf(table).any(axis=1)
            if endless.any():
                name = names[endless.argmax() - 1]
                raise ModelError("column {column} holds infinite values", column=name)
            table = table[:, whole]
            weights, clusters = (None if v is None else v[whole] for v in (weights, clusters))
        dropped = len(piece) - table.shape[1]
        return Chunk(table[: 1 + len(self.columns)], weights, clusters, dropped, place)


@dataclass(frozen=True, eq=False)
class SumsById:
    """Sums by id (of a cluster), in the order in which the ids appear.

    Later `tables` are joined to the first once they have grown as long, so that each row is added
    up seldom and no more than twice the ids are held.
    """

    tables: tuple[pd.DataFrame, ...]

    @classmethod
    def of(cls, values: np.ndarray, ids: np.ndarray) -> SumsById:
        return cls((_by_id(pd.DataFrame(values, index=ids)),))

    def __add__(self, other: SumsById) -> SumsById:
        both = SumsById(self.tables + other.tables)
        many = sum(map(len, both.tables)) > 2 * len(self.tables[0])
        return SumsById((both.frame,)) if many else both

    @property
    def frame(self) -> pd.DataFrame:
        return _by_id(pd.concat(self.tables))


def _by_id(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby(level=0, sort=False).sum()
