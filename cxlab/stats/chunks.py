"""Where the rows of moments lie, and one way over them: a frame, Parquet files, a Dask cluster.

What a linear model needs of its rows is always a sum: cross-products, the filling of a sandwich,
sums by cluster, sums by block for a bootstrap. So each kind of rows only has to hand out complete
chunks of itself; `fold` adds up what some work makes of each chunk, and never holds more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError

# Rows handed out at once: their 21 columns fit a processor's cache, where a larger chunk would go
# through memory three times.
ROWS = 16_384
# A small buffer streams a column chunk; without one, all of a row group is read at once (1.9 GB for
# 10 million rows of 21 columns).
BUFFER = 65_536

Work = Callable[["Chunk"], Any]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Complete rows: `table` ((1 + p) × n; ones, then the columns; the work may change it, and may
    not keep it), `weights`, `clusters` (n or None).

    `dropped` rows were incomplete and are not here. `place` is the same whenever the same rows are
    read again.
    """

    table: np.ndarray
    weights: np.ndarray | None
    clusters: np.ndarray | None
    dropped: int
    place: tuple[int, ...]

    @property
    def n(self) -> int:
        return self.table.shape[1]


@dataclass(frozen=True, eq=False)
class FrameRows:
    """Rows in memory: numeric columns, weights and cluster ids of the same length."""

    frame: pd.DataFrame
    weights: np.ndarray | None = None
    clusters: np.ndarray | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.frame.columns)

    def fold(self, work: Work, source: int = 0, rows: int = ROWS) -> Any:
        values, total = self.frame.to_numpy(dtype=float, na_value=np.nan), None
        room = np.empty((1 + values.shape[1]) * min(rows, len(values)))
        for number, start in enumerate(range(0, len(values), rows)):
            part = slice(start, start + rows)
            table = room[: (1 + values.shape[1]) * len(values[part])].reshape(-1, len(values[part]))
            table[0], table[1:] = 1.0, values[part].T
            weights, clusters = (
                None if v is None else v[part] for v in (self.weights, self.clusters)
            )
            total = plus(
                total,
                work(_complete(self.frame.columns, table, weights, clusters, (source, number))),
            )
        return total


@dataclass(frozen=True)
class ParquetRows:
    """Rows in Parquet files, read a batch at a time."""

    paths: tuple[str, ...]
    columns: tuple[str, ...]
    weight: str | None = None
    cluster: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return self.columns

    def fold(self, work: Work, source: int = 0, rows: int = ROWS) -> Any:
        # One table for all batches: fresh memory for each would cost as much as filling it.
        total, room = None, np.empty((1 + len(self.columns)) * rows)
        for number, batch in enumerate(self._batches(rows)):
            table = room[: (1 + len(self.columns)) * batch.num_rows].reshape(-1, batch.num_rows)
            table[0] = 1.0
            for row, name in zip(table[1:], self.columns, strict=True):
                row[:] = _numbers(batch.column(name), name)
            weights = (
                None
                if self.weight is None
                else _numbers(batch.column(self.weight), self.weight).astype(float)
            )
            clusters = (
                None if self.cluster is None else batch.column(self.cluster).to_pandas().to_numpy()
            )
            total = plus(
                total, work(_complete(self.columns, table, weights, clusters, (source, number)))
            )
        return total

    def _batches(self, rows: int) -> Iterator[Any]:
        import pyarrow.parquet as parquet

        names = list(
            dict.fromkeys([*self.columns, *(name for name in (self.weight, self.cluster) if name)])
        )
        for path in self.paths:
            if not Path(path).is_file():
                raise ModelError(
                    "the rows in {file} are out of reach: there is no such file here",
                    file=Path(path).name,
                )
            with parquet.ParquetFile(path, buffer_size=BUFFER, pre_buffer=False) as file:
                if lost := [name for name in names if name not in file.schema_arrow.names]:
                    raise ModelError(
                        "{file} has no column {column}; it has: {known}",
                        file=Path(path).name,
                        column=lost[0],
                        known=", ".join(file.schema_arrow.names),
                    )
                # One thread: the work between two batches is what takes the time.
                yield from file.iter_batches(rows, columns=names, use_threads=False)


@dataclass(frozen=True, eq=False)
class DaskRows:
    """Rows of a Dask frame, worked on where they lie: only sums travel. A worker that dies costs
    its partitions' work once more.
    """

    frame: Any
    columns: tuple[str, ...]
    weight: str | None = None
    cluster: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return self.columns

    def fold(self, work: Work, source: int = 0, rows: int = ROWS) -> Any:
        import dask

        named = list(
            dict.fromkeys([*self.columns, *(name for name in (self.weight, self.cluster) if name)])
        )
        one = dask.delayed(_fold_partition, pure=False)
        # The names alone: Dask would look into an argument, find the frame there, and send all of
        # it to every part.
        names = DaskRows(None, self.columns, self.weight, self.cluster)
        totals = [
            one(part, names, work, (source, number), rows)
            for number, part in enumerate(self.frame[named].to_delayed())
        ]
        add = dask.delayed(plus, pure=False)
        # In pairs, in the order of the partitions: the same sum whichever worker made which part.
        while len(totals) > 1:
            totals = [
                add(*totals[i : i + 2]) if i + 1 < len(totals) else totals[i]
                for i in range(0, len(totals), 2)
            ]
        return dask.compute(totals[0])[0]


def _fold_partition(
    part: pd.DataFrame, where: DaskRows, work: Work, place: tuple[int, ...], rows: int
) -> Any:
    frame = part[list(where.columns)]
    numeric = pd.DataFrame({name: _as_numbers(frame[name], name) for name in frame})
    weights = (
        None
        if where.weight is None
        else _as_numbers(part[where.weight], where.weight).to_numpy(dtype=float, na_value=np.nan)
    )
    clusters = None if where.cluster is None else part[where.cluster].to_numpy()
    inner = FrameRows(numeric, weights, clusters)
    return inner.fold(
        lambda chunk: work(
            Chunk(
                chunk.table, chunk.weights, chunk.clusters, chunk.dropped, (*place, chunk.place[1])
            )
        ),
        rows=rows,
    )


def fold(sources: tuple[Any, ...], work: Work, rows: int = ROWS) -> Any:
    """The sum of `work(chunk)` over every chunk of all sources."""
    return reduce(plus, (source.fold(work, number, rows) for number, source in enumerate(sources)))


def plus(a: Any, b: Any) -> Any:
    """a + b, where None is nothing yet."""
    return b if a is None else a if b is None else a + b


class Sums(tuple):
    """Several sums at once."""

    def __add__(self, other: Sums) -> Sums:
        return Sums(plus(a, b) for a, b in zip(self, other, strict=True))


@dataclass(frozen=True, eq=False)
class SumsById:
    """Sums by cluster in the order in which the clusters appear. `parts` are joined when a later
    one has grown as long, so that each row is added up seldom.
    """

    parts: tuple[pd.DataFrame, ...]

    @classmethod
    def of(cls, values: np.ndarray, ids: np.ndarray) -> SumsById:
        return cls((_by_id(pd.DataFrame(values, index=pd.Index(ids))),))

    def __add__(self, other: SumsById) -> SumsById:
        parts = [*self.parts]
        for part in other.parts:
            parts.append(part)
            while len(parts) > 1 and len(parts[-2]) <= len(parts[-1]):
                parts[-2:] = [_by_id(pd.concat(parts[-2:]))]
        return SumsById(tuple(parts))

    @property
    def frame(self) -> pd.DataFrame:
        return _by_id(pd.concat(self.parts))


def _by_id(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby(level=0, sort=False).sum()


def _numbers(column: Any, name: str) -> np.ndarray:
    """An Arrow column as numbers, missing ones as NaN."""
    import pyarrow as pa

    kind = column.type
    if not (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
    ):
        raise ModelError("column {column} holds {kind}, not numbers", column=name, kind=str(kind))
    if pa.types.is_boolean(kind) or pa.types.is_decimal(kind):
        column = column.cast("float64")
    return column.to_numpy(zero_copy_only=False)


def _as_numbers(column: pd.Series, name: str) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(column):
        raise ModelError(
            "column {column} holds {kind}, not numbers", column=name, kind=str(column.dtype)
        )
    return (
        column.astype(float)
        if not pd.api.types.is_extension_array_dtype(column.dtype)
        else pd.Series(column.to_numpy(dtype=float, na_value=np.nan), column.index)
    )


def _complete(
    names: Any,
    table: np.ndarray,
    weights: np.ndarray | None,
    clusters: np.ndarray | None,
    place: tuple[int, ...],
) -> Chunk:
    """The rows without a gap. Raises ModelError on infinite values, and weights that are none."""
    if weights is not None and not (weights > 0).all():
        bad = int((~(weights > 0)).sum())
        raise ModelError(
            "weight: {n} rows (of a chunk of {rows}) have none, or one that is not above 0; leave"
            " them out before",
            n=bad,
            rows=len(weights),
        )
    # One pass that any gap or infinity spoils, and that costs a third of asking each cell.
    whole = np.isfinite(np.dot(table.ravel(), table.ravel()))
    if whole and (clusters is None or not pd.isna(clusters).any()):
        return Chunk(table, weights, clusters, 0, place)
    endless = np.isinf(table).any(axis=1)
    if endless.any():
        raise ModelError(
            "column {column} holds infinite values",
            column=list(names)[int(np.flatnonzero(endless)[0]) - 1],
        )
    keep = ~np.isnan(table).any(axis=0)
    if clusters is not None:
        keep &= ~pd.isna(clusters)
    weights, clusters = (None if v is None else v[keep] for v in (weights, clusters))
    return Chunk(np.ascontiguousarray(table[:, keep]), weights, clusters, int((~keep).sum()), place)
