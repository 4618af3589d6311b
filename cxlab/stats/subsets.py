"""What every subset of drivers explains, and what follows from it: Shapley shares, increments by
size, dominance of pairs.

R² of all 2^p subsets is what LMG and dominance analysis need; fitting them is what makes R's
relaimpo and domir slow. Here no subset is fitted: from the correlation matrix, driver by driver,
two Schur complements of the rest are kept (left out, swept in), so the whole tree costs about 6·2^p
multiplications and a bootstrap replicate is one more column of the same arrays. The functions that
follow take the worth of the subsets as it comes: R², or McFadden's R² of a likelihood
(`models/mcfadden.py`).
"""

from __future__ import annotations

from math import comb

import numpy as np

# A pivot this small (of a variance of 1) means that a resample left the driver constant or
# collinear: it then adds nothing.
TINY = 1e-10


def residual_correlation(
    covariance: np.ndarray, always: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Correlations of what the controls `always` leave unexplained (replicates × m' × m'), and the
    share of the outcome's variance that this is.

    `covariance` is (replicates × m × m), outcome last; the controls' columns are gone from the
    result. By Frisch & Waugh (1933) and Lovell (1963) the slopes of a regression with controls are
    those among residuals, so what is computed from these correlations, times the share
    (replicates), is in units of the whole R². A column that is constant in a resample has
    correlations of 0.
    """
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    left = covariance
    for column in always:
        pivot = left[:, column, column]
        usable = pivot > TINY * variance[:, column]
        row = left[:, column, :] * np.where(usable, 1 / np.where(usable, pivot, 1), 0.0)[:, None]
        left = left - left[:, :, column, None] * row[:, None, :]
    kept = [column for column in range(covariance.shape[1]) if column not in always]
    left = left[:, kept][:, :, kept]
    remaining = np.diagonal(left, axis1=1, axis2=2)
    deviation = np.sqrt(np.where(remaining > TINY * variance[:, kept], remaining, np.inf))
    outcome = np.where(variance[:, -1] > 0, variance[:, -1], 1.0)
    return left / deviation[:, :, None] / deviation[:, None, :], remaining[:, -1] / outcome


def renumbered(players: list[list[int]], always: list[int]) -> list[list[int]]:
    """The players' columns as they are numbered once those of `always` are gone."""
    return [
        [column - sum(gone < column for gone in always) for column in columns]
        for columns in players
    ]


def subset_r_squared(correlation: np.ndarray, players: list[list[int]]) -> np.ndarray:
    """R² of the last column on every subset of `players` (lists of column numbers).

    `correlation` is (replicates × m × m), outcome last. Returns (2^p × replicates); bit k of the
    row number is player k.
    """
    m = correlation.shape[-1]
    # The upper triangle as vectors over (subsets × replicates): sweeping is then plain vector
    # arithmetic.
    cells = {(i, j): correlation[:, i, j][None, :].copy() for i in range(m) for j in range(i, m)}
    alive = list(range(m))
    for columns in players:
        out_cells, out_alive = cells, [c for c in alive if c not in columns]
        in_cells, in_alive = cells, alive
        for column in columns:
            in_cells, in_alive = _swept(in_cells, in_alive, column)
        alive = out_alive
        cells = {
            (i, j): np.concatenate([out_cells[i, j], in_cells[i, j]])
            for k, i in enumerate(alive)
            for j in alive[k:]
        }
    left = cells[m - 1, m - 1]
    # The first row is the empty subset: what is left there is the whole variance (0 where a
    # resample's outcome is constant).
    return left[:1] - left


def _swept(cells: dict, alive: list[int], column: int) -> tuple[dict, list[int]]:
    """The Schur complement of `column`: what is left of the others once it is in the model."""
    rest = [c for c in alive if c != column]
    pivot = cells[column, column]
    usable = pivot > TINY
    scale = np.where(usable, 1 / np.where(usable, pivot, 1), 0.0)
    row = {c: cells[min(c, column), max(c, column)] for c in rest}
    scaled = {c: row[c] * scale for c in rest}
    return {
        (i, j): cells[i, j] - scaled[i] * row[j] for k, i in enumerate(rest) for j in rest[k:]
    }, rest


def sizes(subsets: int) -> np.ndarray:
    """Number of players in each of 2^p subsets."""
    size = np.zeros(subsets, dtype=np.int8)
    for k in range(subsets.bit_length() - 1):
        size[1 << k : 2 << k] = size[: 1 << k] + 1
    return size


def shapley(worth: np.ndarray) -> np.ndarray:
    """Shapley shares (p × replicates) of the worth of all subsets (2^p × replicates): they sum to
    that of the full set less the empty one's.

    share_j = Σ_S∌j w_|S| (v(S∪j) − v(S)) with w_k = 1/(p·C(p−1, k)); sums over a bit are taken by
    halving, 2·2^p additions in all.
    """
    subsets = len(worth)
    p = subsets.bit_length() - 1
    size = sizes(subsets)
    weight = np.array([1 / (p * comb(p - 1, k)) for k in range(p)] + [0.0])
    added = weight[size][:, None] * worth
    gained = np.concatenate([[0.0], weight[:-1]])[size][:, None] * worth + added
    lost = added.sum(axis=0)
    shares = np.empty((p, worth.shape[1]))
    for k in reversed(range(p)):
        half = len(gained) // 2
        shares[k] = gained[half:].sum(axis=0) - lost
        gained = gained[:half] + gained[half:]
    return shares


def by_size(worth: np.ndarray) -> np.ndarray:
    """Conditional dominance (p × p × replicates): what player j adds on average (axis 0) where it
    makes the set one of k + 1 players (axis 1).

    Σ_{|S| = k+1, j ∈ S} v(S)/C(p−1, k) − Σ_{|S| = k, j ∉ S} v(S)/C(p−1, k); its mean over k is the
    Shapley share.
    """
    subsets = len(worth)
    p = subsets.bit_length() - 1
    order = np.argsort(sizes(subsets // 2), kind="stable")
    starts = np.concatenate([[0], np.cumsum([comb(p - 1, k) for k in range(p - 1)])]).astype(int)
    number = np.array([comb(p - 1, k) for k in range(p)])[:, None]
    result = np.empty((p, p, worth.shape[1]))
    for j in range(p):
        # Bit j in the middle: sets without it and with it side by side.
        halves = worth.reshape(subsets >> (j + 1), 2, 1 << j, -1)
        added = (halves[:, 1] - halves[:, 0]).reshape(subsets // 2, -1)
        result[j] = np.add.reduceat(added[order], starts, axis=0) / number
    return result


def pair_wins(worth: np.ndarray, one: int, other: int) -> np.ndarray:
    """Of the subsets that hold neither player, the part in which `one` adds more than `other`
    (replicates). 1 is complete dominance.
    """
    low, high = sorted((one, other))
    table = worth.reshape(len(worth) >> (high + 1), 2, 1 << (high - low - 1), 2, 1 << low, -1)
    # v(S ∪ one) > v(S ∪ other): the v(S) that both add to is the same.
    only_low, only_high = table[:, 0, :, 1], table[:, 1, :, 0]
    more = only_low > only_high if one == low else only_high > only_low
    return more.mean(axis=(0, 1, 2))
