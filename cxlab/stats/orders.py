"""Shares from orders of the drivers, where subsets times resamples would be too many to weigh one
by one.

A driver's Shapley share is the mean, over all orders of the drivers, of what it adds when its turn
comes (Shapley 1953). Along one order a Cholesky factor gives every driver's addition at once, so a
few orders of many resamples are cheap; and only the difference between the resample and the sample,
whose shares are known exactly, is left to the luck of the orders.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cxlab.stats.subsets import TINY

# Orders of each resample, in pairs of one and its reverse.
PAIRS = 64


def identity(r_squared: np.ndarray) -> np.ndarray:
    return r_squared


def log_gain(r_squared: np.ndarray) -> np.ndarray:
    """−log(1 − R²): 2/n of the gain in log-likelihood of a linear model with normal errors."""
    return -np.log(np.maximum(1 - r_squared, TINY))


def increments(
    correlation: np.ndarray,
    players: list[list[int]],
    order: np.ndarray,
    worth: Callable[[np.ndarray], np.ndarray] = identity,
) -> np.ndarray:
    """What each player adds to `worth` of R² where the players enter in `order` (replicates × p, or
    p for all): replicates × p, in the players' own order.

    `correlation` is (replicates × m × m), outcome last; of one row it serves every order.
    """
    m, p = correlation.shape[-1], len(players)
    order = np.broadcast_to(order, (max(len(correlation), len(np.atleast_2d(order))), p))
    owner = np.empty(m - 1, dtype=int)
    for player, columns in enumerate(players):
        owner[columns] = player
    turn = np.argsort(order, axis=1)
    # Columns by their player's turn, the outcome last.
    column = np.column_stack(
        [np.argsort(turn[:, owner], axis=1, kind="stable"), np.full(len(order), m - 1)]
    )
    row = np.arange(len(order))[:, None, None] if len(correlation) > 1 else 0
    arranged = correlation[row, column[:, :, None], column[:, None, :]]
    # A column that a resample left constant has variance 0, one that it left collinear none of its
    # own: both then add nothing.
    diagonal = np.einsum("bii->bi", arranged)
    diagonal += np.where(diagonal > 0, TINY, 1.0)
    added = np.linalg.cholesky(arranged)[:, -1, :-1] ** 2
    gained = np.diff(
        worth(np.concatenate([np.zeros((len(order), 1)), np.cumsum(added, axis=1)], axis=1)), axis=1
    )
    own = np.empty_like(gained)
    np.put_along_axis(own, column[:, :-1], gained, axis=1)
    return np.stack([own[:, columns].sum(axis=1) for columns in players], axis=1)


def resampled_shapley(
    exact: np.ndarray,
    sample: np.ndarray,
    correlation: np.ndarray,
    players: list[list[int]],
    rng: np.random.Generator,
    worth: Callable[[np.ndarray], np.ndarray] = identity,
) -> np.ndarray:
    """Shapley shares of resamples (p × replicates): `exact` (p) of the `sample` (1 × m × m), plus
    the mean difference over 64 antithetic pairs of orders.

    Each resample has orders of its own, so that their luck adds to the spread (1–2 % of its size at
    16 drivers) and distorts no direction.
    """
    total = np.zeros((len(correlation), len(players)))
    for _ in range(PAIRS):
        order = np.argsort(rng.random((len(correlation), len(players))), axis=1)
        for one in (order, order[:, ::-1]):
            total += increments(correlation, players, one, worth) - increments(
                sample, players, one, worth
            )
    return exact[:, None] + total.T / (2 * PAIRS)
