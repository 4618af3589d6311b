"""Counts of moves and of touchpoints met, by the units that a bootstrap draws: customers, or where
these are many 1,000 bags into which they are hashed.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from cxlab.models.events.chosen import Chosen
from cxlab.stats.bags import bags_of
from cxlab.study.event_log import SUCCESS, WORD

MOST_CUSTOMERS, BAGS = 5_000, 1_000
_END = 255  # the code of a loss


class Counts(NamedTuple):
    """Of the customers at one level: `moves` (units × (1 + k)(k + 2), sparse) from the start and
    from each of k touchpoints to each of them, to success and to a loss; who met which touchpoint
    (k), and of those with a success (`won`, units) how many in each unit did (units × k).
    """

    moves: sparse.csr_array
    met: np.ndarray
    met_and_won: np.ndarray
    won: np.ndarray
    n: int

    @property
    def shape(self) -> tuple[int, int]:
        """Of the matrix of moves."""
        return 1 + len(self.met), 2 + len(self.met)

    @property
    def total(self) -> np.ndarray:
        """All moves."""
        return np.asarray(self.moves.sum(axis=0)).reshape(self.shape)

    def variance(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """The variance of the shares of moves that go from i to j, linearised over units."""
        total, units = self.total, self.moves.shape[0]
        rows = total.sum(axis=1)
        leaving = (self.moves @ np.repeat(np.eye(len(rows)), self.shape[1], axis=0))[:, i]
        off = self.moves[:, i * self.shape[1] + j].toarray() - leaving * (total[i, j] / rows[i])
        return units / max(units - 1, 1) * (off**2).sum(axis=0) / rows[i] ** 2


def bags_in(paths: Chosen) -> int:
    """How many bags stand for the customers of the log; 0 where they stand for themselves."""
    return bags_of(paths.log.n, MOST_CUSTOMERS, BAGS)


def counts_of(paths: Chosen) -> list[tuple[str, Counts]]:
    """The counts at each level, which several estimators ask for."""
    if paths.by not in paths.log.kept:
        paths.log.kept[paths.by] = [*_counted(paths)]
    return paths.log.kept[paths.by]


def _counted(paths: Chosen) -> Iterator[tuple[str, Counts]]:
    k, bags = len(paths.log.names), bags_in(paths)
    unit = f"h % {bags}" if bags else "h"
    words = [f"met{i}" for i in range(1 + k // WORD)]
    bits = ", ".join(words)
    moved = paths.each(
        f"select level, {unit} as unit, coalesce(prev, 0) as i, code as j, count(*) as n from steps"
        f" group by all union all select level, {unit}, code, {_END}, count(*) from steps"
        f" where is_last and code > 0 group by all"
    )
    met = paths.each(
        f"select level, {unit} as unit, ended = {SUCCESS} as won, {bits}, count(*) as n"
        " from walkers group by all"
    )
    for (level, moves), (_, people) in zip(moved, met, strict=True):
        units, place = np.unique(people["unit"].to_numpy(), return_inverse=True)
        rows = np.searchsorted(units, moves["unit"].to_numpy())
        cells = moves["i"].to_numpy(int) * (k + 2) + _columns(moves["j"], k)
        shape = len(units), (1 + k) * (k + 2)
        held = sparse.coo_array((moves["n"].to_numpy(float), (rows, cells)), shape).tocsr()
        won, n = people["won"].to_numpy(), people["n"].to_numpy(float)
        codes = [divmod(code, WORD) for code in range(1, k + 1)]
        masks = people[words].to_numpy("uint64")
        there = [(masks[:, word] >> np.uint64(bit)) & np.uint64(1) > 0 for word, bit in codes]
        each = [np.bincount(place, n * (one & won), len(units)) for one in there]
        yield (
            level,
            Counts(
                held,
                np.array([n @ one for one in there]),
                np.array(each).reshape(k, len(units)).T,
                np.bincount(place, n * won, len(units)),
                int(n.sum()),
            ),
        )


def _columns(codes: pd.Series, k: int) -> np.ndarray:
    """The column of a code among moves: touchpoints, then success, then the loss."""
    found = codes.to_numpy(int)
    return np.select([found == SUCCESS, found == _END], [k, k + 1], found - 1)
