"""Customers' paths as an absorbing Markov chain of the first order, solved exactly.

Packages that simulate walks, or delete touchpoints one by one, give the same numbers with noise or
in many times the time: one inverse of I − Q tells them all (Kemeny & Snell 1960).
"""

from typing import NamedTuple

import numpy as np


class Chain(NamedTuple):
    """What chains tell (replicates × touchpoints, but `success`: replicates)."""

    success: np.ndarray
    reach: np.ndarray
    onward: np.ndarray
    removal: np.ndarray


def solved(counts: np.ndarray) -> Chain:
    """Chains from counts of moves (replicates × (1 + k) × (k + 2)): from the start and from each of
    k touchpoints, to each touchpoint, to success and to a loss.

    `success` is the probability of success, `reach` that of ever coming to a touchpoint, h_k =
    N[s,k]/N[k,k] with N = (I − Q)⁻¹, `onward` that of success from there on, v_k, and `removal` the
    share of the successes that is lost where the touchpoint leads nowhere, h_k·v_k/success (Anderl,
    Becker, von Wangenheim & Schumann 2016, Int. J. Res. Mark. 33:457). A touchpoint that nobody
    met has 0 throughout. Moves of a touchpoint to itself change nothing.

    >>> chain = solved(np.array([[[1.0, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1]]]))
    >>> chain.success.round(3).tolist(), chain.removal.round(3).tolist()
    ([0.375], [[0.333, 1.0]])
    """
    rows = counts.sum(axis=2, keepdims=True)
    moves = np.divide(counts, rows, out=np.zeros(counts.shape), where=rows > 0)
    k = counts.shape[2] - 2
    start, within = moves[:, 0], moves[:, 1:]
    visits = np.linalg.inv(np.eye(k) - within[:, :, :k])
    onward = np.einsum("rij,rj->ri", visits, within[:, :, k])
    reach = np.einsum("ri,rij->rj", start[:, :k], visits) / np.einsum("rii->ri", visits)
    success = start[:, k] + np.einsum("ri,ri->r", start[:, :k], onward)
    with np.errstate(divide="ignore", invalid="ignore"):
        removal = reach * onward / success[:, None]
    return Chain(success, reach, onward, removal)
