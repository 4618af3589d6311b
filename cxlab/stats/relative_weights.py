"""Importance without subsets: Johnson's relative weights, Pratt's measure, squared standardised
slopes and zero-order R².

All four are a few products of a correlation matrix, so they cost nothing beside LMG and show how
much a ranking owes to the method: zero-order R² ignores the other drivers, squared β ignores what
drivers share, Pratt is the product of the two and may be negative, and Johnson's weights come close
to LMG's. Correlations are stacked (replicates × m × m, outcome last).
"""

import numpy as np

from cxlab.stats.subsets import TINY


def relative_weights(correlation: np.ndarray, players: list[list[int]]) -> np.ndarray:
    """Johnson's relative weights (players × replicates), summing to R².

    With R = V D V' the drivers' correlations, Λ = V D^½ V' are those between the drivers and their
    nearest orthogonal set Z; β = Λ⁻¹ r are the outcome's slopes on Z, and driver j has Σ_k Λ²_jk
    β²_k. Of a touchpoint with two columns (rating and used/not-used) the weights of both are added.
    The logistic form (Tonidandel & LeBreton 2010) is not offered: its weights sum to the squared
    correlation of answers and fitted probabilities, not to McFadden's R², and it has no form for
    ordered answers. Source: Johnson (2000), Multivar. Behav. Res. 35:1. Checked against R rwa,
    iopsych and yhat to 1e-8, weighted too.
    """
    value, vector, root = _eigen(correlation[:, :-1, :-1])
    turned = vector.swapaxes(1, 2)
    # D^−½ V'r, then V: the slopes on Z; an eigenvalue of 0 (a driver that a resample left constant)
    # has none.
    slope = vector @ (root * (turned @ correlation[:, :-1, -1:]))
    between = (vector * np.sqrt(value)[:, None, :]) @ turned
    weights = (between**2 @ slope**2)[..., 0]
    return np.array([weights[:, columns].sum(axis=1) for columns in players])


def pratt(correlation: np.ndarray, players: list[list[int]]) -> np.ndarray:
    """Standardised slope × correlation (players × replicates), summing to R² and negative for
    suppressors; of several columns, their sum.

    Source: Pratt (1987), Proc. 2nd Int. Tampere Conf. Stat.; Thomas, Hughes & Zumbo (1998), Soc.
    Indic. Res. 45:253. Checked against relaimpo to 1e-10.
    """
    products = _slopes(correlation) * correlation[:, :-1, -1]
    return np.array([products[:, columns].sum(axis=1) for columns in players])


def squared_slopes(correlation: np.ndarray, players: list[list[int]]) -> np.ndarray:
    """Squared standardised slope (players × replicates): the variance, as a part of the outcome's,
    that a driver's own term moves.

    Of a driver with several columns it is that of their joint term, b'Rb, the square of Heise's
    (1972) sheaf coefficient: how the columns are coded does not matter. Need not sum to R². Checked
    against relaimpo (betasq) to 1e-10.
    """
    slope = _slopes(correlation)
    return np.array(
        [
            np.einsum("bi,bij,bj->b", slope[:, own], correlation[:, own][:, :, own], slope[:, own])
            for own in players
        ]
    )


def zero_order(correlation: np.ndarray, players: list[list[int]]) -> np.ndarray:
    """R² of each driver alone (players × replicates): r², or the R² of its columns. Need not sum to
    R². Checked against relaimpo (first) to 1e-10.
    """
    alone = [correlation[:, [*own, -1]][:, :, [*own, -1]] for own in players]
    return np.array([np.einsum("bi,bi->b", _slopes(part), part[:, :-1, -1]) for part in alone])


def _slopes(correlation: np.ndarray) -> np.ndarray:
    """Standardised slopes of the last column on the others (replicates × m − 1)."""
    _, vector, root = _eigen(correlation[:, :-1, :-1])
    inner = vector.swapaxes(1, 2) @ correlation[:, :-1, -1:]
    return (vector @ (root**2 * inner))[..., 0]


def _eigen(drivers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eigenvalues (0 where they are but rounding), eigenvectors, and 1/√ of the eigenvalues as a
    column (0 for 0).
    """
    value, vector = np.linalg.eigh(drivers)
    value = np.where(value > TINY, value, 0.0)
    with np.errstate(divide="ignore"):
        root = np.where(value > 0, 1 / np.sqrt(value), 0.0)
    return value, vector, root[..., None]
