"""What every subset of drivers explains, and what follows from it: Shapley shares, increments by
size, dominance of pairs.

R² of all 2^p subsets is what LMG and dominance analysis need; fitting them is what makes R's
relaimpo and domir slow. Here no subset is fitted: from the correlation matrix, driver by driver,
two Schur complements of the rest are kept (left out, swept in), so the whole tree costs about 6·2^p
multiplications and a bootstrap replicate is one more column of the same arrays.

Where subsets times resamples are too many, shares come from orders of the drivers. A driver's
Shapley share is the mean, over all orders, of what it adds when its turn comes (Shapley 1953).
Along one order a Cholesky factor gives every driver's addition at once, so a few orders of many
resamples are cheap; and only the difference between the resample and the sample, whose shares are
known exactly, is left to the choice of the orders.

A value function gives each subset a value: R², a function of it, or McFadden's R².
"""

from collections.abc import Callable, Iterator
from math import comb

import numpy as np

# A pivot this small (of a variance of 1) means that a resample left the driver constant or
# collinear: it then adds nothing.
TINY = 1e-10
# 2^p subsets × replicates held at once (doubles): what stays in a processor's cache.
HELD = 1 << 16
# Orders of each resample, in pairs of one and its reverse.
PAIRS = 64

Value = Callable[[np.ndarray], np.ndarray]


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
    left, variance = _standardised(covariance, 0)
    for column in always:
        row = left[:, column] * _reciprocal(left[:, column, column])[:, None]
        left = left - left[:, :, column, None] * row[:, None]
    kept = [column for column in range(left.shape[-1]) if column not in always]
    left, remaining = _standardised(left[:, kept][:, :, kept], TINY)
    return left, remaining[:, -1] * (variance[:, -1] > 0)


def _standardised(matrices: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Matrices (replicates × m × m) scaled to diagonals of 1, and what the diagonals were. A column
    of no more than `least` becomes 0.
    """
    diagonal = np.diagonal(matrices, axis1=1, axis2=2)
    deviation = np.sqrt(np.where(diagonal > least, diagonal, np.inf))
    return matrices / deviation[:, :, None] / deviation[:, None], diagonal


def _reciprocal(pivot: np.ndarray) -> np.ndarray:
    return np.where(pivot > TINY, 1 / np.maximum(pivot, TINY), 0.0)


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
    order = [*(column for columns in players for column in columns), -1]
    # Subsets and replicates are the last axes: sweeping is then plain vector arithmetic.
    left = np.moveaxis(correlation[:, order][:, :, order], 0, -1)[:, :, None]
    for columns in players:
        swept = left
        for _ in columns:
            row = swept[0, 1:] * _reciprocal(swept[0, 0])
            swept = swept[1:, 1:] - swept[1:, :1] * row
        out = left[len(columns) :, len(columns) :]
        left = np.concatenate([out, swept], axis=2)
    # The first row is the empty subset: what is left there is the whole variance (0 where a
    # resample's outcome is constant).
    return left[0, 0, :1] - left[0, 0]


def sizes(subsets: int) -> np.ndarray:
    """Number of players in each of 2^p subsets."""
    return np.bitwise_count(np.arange(subsets))


def shapley(values: np.ndarray) -> np.ndarray:
    """Shapley shares (p × replicates) from the values of all subsets (2^p × replicates): they sum
    to the full set's less the empty one's.

    share_j = Σ_S∌j w_|S| (v(S∪j) − v(S)) with w_k = 1/(p·C(p−1, k)); sums over a bit are taken by
    halving, 2·2^p additions in all.
    """
    subsets = len(values)
    p = subsets.bit_length() - 1
    size = sizes(subsets)
    weight = np.array([1 / (p * comb(p - 1, k)) for k in range(p)] + [0.0])
    added = weight[size][:, None] * values
    gained = np.concatenate([[0.0], weight[:-1]])[size][:, None] * values + added
    lost = added.sum(axis=0)
    shares = np.empty((p, values.shape[1]))
    for k in reversed(range(p)):
        half = len(gained) // 2
        shares[k] = gained[half:].sum(axis=0) - lost
        gained = gained[:half] + gained[half:]
    return shares


def by_size(values: np.ndarray) -> np.ndarray:
    """Conditional dominance (p × p × replicates): what player j adds on average (axis 0) where it
    makes the set one of k + 1 players (axis 1).

    Σ_{|S| = k+1, j ∈ S} v(S)/C(p−1, k) − Σ_{|S| = k, j ∉ S} v(S)/C(p−1, k); its mean over k is the
    Shapley share.
    """
    subsets = len(values)
    p = subsets.bit_length() - 1
    order = np.argsort(sizes(subsets // 2), kind="stable")
    starts = np.concatenate([[0], np.cumsum([comb(p - 1, k) for k in range(p - 1)])]).astype(int)
    number = np.array([comb(p - 1, k) for k in range(p)])[:, None]
    result = np.empty((p, p, values.shape[1]))
    for j in range(p):
        # Bit j in the middle: sets without it and with it side by side.
        halves = values.reshape(subsets >> (j + 1), 2, 1 << j, -1)
        added = (halves[:, 1] - halves[:, 0]).reshape(subsets // 2, -1)
        result[j] = np.add.reduceat(added[order], starts, axis=0) / number
    return result


def pair_wins(values: np.ndarray, one: int, other: int) -> np.ndarray:
    """Of the subsets that hold neither player, the part in which `one` adds more than `other`
    (replicates). 1 is complete dominance.
    """
    low, high = sorted((one, other))
    table = values.reshape(len(values) >> (high + 1), 2, 1 << (high - low - 1), 2, 1 << low, -1)
    # v(S ∪ one) > v(S ∪ other): the v(S) that both add to is the same.
    only_low, only_high = table[:, 0, :, 1], table[:, 1, :, 0]
    more = only_low > only_high if one == low else only_high > only_low
    return more.mean(axis=(0, 1, 2))


def log_gain(r_squared: np.ndarray) -> np.ndarray:
    """−log(1 − R²): 2/n of the gain in log-likelihood of a linear model with normal errors."""
    return -np.log(np.maximum(1 - r_squared, TINY))


def in_blocks(replicates: np.ndarray, players: int) -> Iterator[np.ndarray]:
    """Replicates in blocks whose subsets fit into memory."""
    block = max(1, HELD >> players)
    return (replicates[i : i + block] for i in range(0, len(replicates), block))


def shapley_shares(
    correlation: np.ndarray, players: list[list[int]], value: Value = np.asarray
) -> np.ndarray:
    """Shapley shares of the `value` of R² (p × replicates), a block of replicates at a time."""
    blocks = in_blocks(correlation, len(players))
    return np.concatenate(
        [shapley(value(subset_r_squared(part, players))) for part in blocks], axis=1
    )


def increments(
    correlation: np.ndarray, players: list[list[int]], order: np.ndarray, value: Value = np.asarray
) -> np.ndarray:
    """What each player adds to the `value` of R² where the players enter in `order` (replicates ×
    p, or 1 × p for all): replicates × p, in the players' own order.

    `correlation` is (replicates × m × m), outcome last; of one row it serves every order.
    """
    size, m = np.array([len(columns) for columns in players]), correlation.shape[-1]
    order = np.broadcast_to(order, (max(len(correlation), len(order)), len(players)))
    owner = np.empty(m - 1, dtype=int)
    for player, columns in enumerate(players):
        owner[columns] = player
    turn = np.argsort(order, axis=1)
    # Columns by their player's turn, the outcome last.
    column = np.argsort(turn[:, owner], axis=1, kind="stable")
    column = np.column_stack([column, np.full(len(order), m - 1)])
    row = np.arange(len(order))[:, None, None] if len(correlation) > 1 else 0
    arranged = correlation[row, column[:, :, None], column[:, None, :]]
    # A column that a resample left constant has variance 0, one that it left collinear none of its
    # own: both then add nothing.
    diagonal = np.einsum("bii->bi", arranged)
    diagonal += np.where(diagonal > 0, TINY, 1.0)
    r_squared = np.cumsum(np.linalg.cholesky(arranged)[:, -1, :-1] ** 2, axis=1)
    reached = np.take_along_axis(r_squared, np.cumsum(size[order], axis=1) - 1, axis=1)
    gained = np.diff(value(np.column_stack([np.zeros(len(order)), reached])), axis=1)
    return np.take_along_axis(gained, turn, axis=1)


def resampled_shapley(
    exact: np.ndarray,
    sample: np.ndarray,
    correlation: np.ndarray,
    players: list[list[int]],
    rng: np.random.Generator,
    value: Value = np.asarray,
) -> np.ndarray:
    """Shapley shares of resamples (p × replicates): `exact` (p) of the `sample` (1 × m × m), plus
    the mean difference over 64 antithetic pairs of orders.

    Each resample has orders of its own, so that their choice adds to the spread (1–2 % of its size
    at 16 drivers) and distorts no direction.
    """
    total = np.zeros((len(correlation), len(players)))
    for _ in range(PAIRS):
        order = np.argsort(rng.random((len(correlation), len(players))), axis=1)
        for one in (order, order[:, ::-1]):
            total += increments(correlation, players, one, value)
            total -= increments(sample, players, one, value)
    return exact[:, None] + total.T / (2 * PAIRS)
