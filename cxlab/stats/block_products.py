"""Cross-products of clusters, or of random blocks of rows, from rows that need not fit memory: what
CR2 errors and the bootstrap need.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from cxlab.stats import linear, sandwich
from cxlab.stats.chunks import Chunk, SumsById
from cxlab.stats.linear import Array
from cxlab.stats.moments import Moments

# Up to so many independent rows or clusters are resampled one by one; more are resampled in blocks,
# of which there are so many.
ONE_BY_ONE, BLOCKS = 20_000, 1_000
# So many blocks that no two rows or clusters fall into one.
EACH = 2**63
# Rows handed out at once where they are sorted into blocks, so that a block has some hundred of
# each.
BLOCK_ROWS = 131_072


def block_products(moments: Moments, units: int, power: int = 1) -> pd.DataFrame:
    """Sums of products, as of `unit_products`, over each of `units` independent rows or clusters,
    or where these are many over random blocks of them; with weights to this power.
    """
    blocks = BLOCKS if units > ONE_BY_ONE else EACH
    found = moments.fold(partial(_products, moments.mean, blocks, power), BLOCK_ROWS).frame
    return found.sort_index() if blocks == BLOCKS else found


@dataclass(frozen=True, eq=False)
class ClusterProducts:
    """Weighted cross-products of each cluster (units × p + 2 × p + 2), those with squared weights,
    and what turns their columns into z = x·root.
    """

    root: np.ndarray
    turn: np.ndarray
    mean: np.ndarray
    products: np.ndarray
    squares: Array

    @classmethod
    def of(cls, moments: Moments, at: linear.Solution, count: int) -> ClusterProducts:
        def products(power: int) -> np.ndarray:
            flat = block_products(moments, count, power).sort_index().to_numpy()
            size = len(moments.names) + 1
            (i, j), found = np.triu_indices(size), np.empty((len(flat), size, size))
            found[:, i, j] = found[:, j, i] = flat
            return found

        turn = at.root.copy()
        turn[0] += moments.mean[:-1] @ at.root[1:]
        squares = products(2) if moments.weighted else None
        return cls(at.root, turn, moments.mean, products(1), squares)

    def gram(self, products: np.ndarray) -> np.ndarray:
        return self.turn.T @ products[:, :-1, :-1] @ self.turn

    def covariance(self, params: np.ndarray) -> np.ndarray:
        shift = params[0] + self.mean[:-1] @ params[1:] - self.mean[-1]
        residual = np.concatenate([[-shift], -params[1:], [1.0]])
        scores = self.products[:, :-1] @ residual @ self.turn
        adjusted = (sandwich.adjustment(self.gram(self.products)) @ scores[:, :, None])[:, :, 0]
        return self.root @ (adjusted.T @ adjusted) @ self.root.T

    def freedom(self, contrasts: np.ndarray) -> np.ndarray:
        weighted, gram = self.squares is not None, self.gram(self.products)
        square = self.gram(self.squares) if weighted else gram
        lines = self.root.T @ contrasts.T
        return sandwich.cluster_freedom(gram, square, lines, weighted, square.sum(axis=0))


def _products(mean: np.ndarray, blocks: int, power: int, chunk: Chunk) -> SumsById:
    """Sums of products, as of `unit_products`, over so many blocks: rows fall into one at random,
    the same whenever they are read, clusters by their id; with weights to this power.
    """
    if chunk.clusters is None:
        block = np.random.default_rng(chunk.place).integers(0, blocks, chunk.n)
    else:
        block = pd.util.hash_array(chunk.clusters) % blocks
    codes, block = pd.factorize(block)
    rows = chunk.table
    rows[1:] -= mean[:, None]
    if chunk.weights is not None:
        rows *= chunk.weights ** (power / 2)
    rows, edges = rows[:, np.argsort(codes, kind="stable")], np.cumsum(np.bincount(codes))
    products = [part @ part.T for part in np.split(rows, edges[:-1], axis=1)]
    return SumsById.of(np.array(products)[:, *np.triu_indices(len(rows))], block)
