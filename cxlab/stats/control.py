"""Limits within which the waves of a steady process lie.

The error of each wave by itself is known from its answers; between the waves a process may vary
besides. A chart of the first alone calls every other wave unusual where thousands answer.
"""

import numpy as np
from scipy import stats

# Expected range of two normal values, in standard deviations (Shewhart's d₂).
RANGE_OF_TWO = 1.128


def joint(level: float, waves: int, df: float = np.inf) -> float:
    """How many errors from the centre hold all of so many waves at this level (Bonferroni)."""
    return float(stats.t.ppf(1 - (1 - level) / (2 * waves), df))


def between(y: np.ndarray, errors: np.ndarray) -> float:
    """The variance between waves by moments: that of `y` less the mean of their own, 0 at least
    (Hedges & Olkin 1985).
    """
    return float(max(0.0, np.var(y, ddof=1) - np.mean(errors**2)))


def between_next(y: np.ndarray, errors: np.ndarray) -> float:
    """The same from successive differences (von Neumann 1941), which a lasting shift leaves as it
    is.
    """
    own = errors[1:] ** 2 + errors[:-1] ** 2
    return float(max(0.0, (np.diff(y) ** 2 - own).mean() / 2))


def centre_of(y: np.ndarray, errors: np.ndarray, extra: float) -> tuple[float, np.ndarray]:
    """The mean of waves by the inverse of their variance, and the weight of each (sum 1)."""
    weights = 1 / (errors**2 + extra)
    weights /= weights.sum()
    return float(weights @ y), weights


def shewhart(y: np.ndarray, errors: np.ndarray, level: float) -> tuple[float, np.ndarray]:
    """The centre, and half the width of the limits of each wave.

    The variance between waves is that of the other usual waves, so that an unusual one widens no
    limits, with t of their number less one degrees of freedom, as of a deleted residual. The wave
    that is furthest outside is taken out and all is looked at again, while two thirds are left.
    """
    usual = np.ones(len(y), bool)
    while True:
        centre, half = _limits(y, errors, usual, level)
        far = np.where(usual, np.abs(y - centre) / half, 0.0)
        if far.max() <= 1 or usual.sum() - 1 < 2 * len(y) / 3:
            return centre, half
        usual[far.argmax()] = False


def _limits(
    y: np.ndarray, errors: np.ndarray, usual: np.ndarray, level: float
) -> tuple[float, np.ndarray]:
    """The same where these waves are known to be usual."""
    centre, weights = centre_of(y[usual], errors[usual], between(y[usual], errors[usual]))
    # Whoever is part of the centre lies nearer to it, anybody else farther.
    nearer = np.full(len(y), 1 + weights.max())
    nearer[usual] = 1 - weights
    half = np.empty(len(y))
    for i in range(len(y)):
        others = usual.copy()
        others[i] = False
        variance = errors[i] ** 2 + between(y[others], errors[others])
        half[i] = joint(level, len(y), others.sum() - 1) * np.sqrt(variance * nearer[i])
    return centre, half


def laney(y: np.ndarray, errors: np.ndarray, counts: np.ndarray, level: float) -> tuple:
    """Centre and half widths of a p′ chart (Laney 2002, Qual. Eng. 14:531): the errors of shares at
    their mean over all answers, times the spread of z by its moving range; never below the errors
    themselves.
    """
    centre = float(counts @ y / counts.sum())
    z = (y - centre) / errors
    spread = max(1.0, float(np.abs(np.diff(z)).mean() / RANGE_OF_TWO))
    return centre, joint(level, len(y)) * errors * spread


def ewma(y: np.ndarray, centre: float, weight: float) -> np.ndarray:
    """Exponentially weighted means, from the centre on (Roberts 1959)."""
    smooth, last = np.empty(len(y)), centre
    for i, value in enumerate(y):
        smooth[i] = last = weight * value + (1 - weight) * last
    return smooth


def ewma_error(errors: np.ndarray, weight: float) -> np.ndarray:
    """The error of each of these means; of equal errors σ√(λ/(2 − λ)) in the end (NIST/SEMATECH
    6.3.2.4).
    """
    variance, out = 0.0, np.empty(len(errors))
    for i, error in enumerate(errors):
        variance = weight**2 * error**2 + (1 - weight) ** 2 * variance
        out[i] = np.sqrt(variance)
    return out
