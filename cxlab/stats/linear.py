"""Weighted least squares on arrays.

Columns are centred and scaled before a QR decomposition: on the columns as they stand a library's
QR gives 6 of Wampler5's 15 digits, and 8 of the errors of Longley's.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxlab.stats import tall

Array = np.ndarray | None

# A condition number that costs no digit which anybody prints; ratings have 30 at most.
ILL_CONDITIONED = 100.0
ROUNDS = 3


@dataclass(frozen=True)
class Solution:
    """`params` (k); `root` (k × k) with root·root' = (X'WX)⁻¹; `residuals` y − Xb (n)."""

    params: np.ndarray
    root: np.ndarray
    residuals: np.ndarray

    @property
    def inverse(self) -> np.ndarray:
        return self.root @ self.root.T


def solve(x: np.ndarray, y: np.ndarray, weights: Array = None) -> Solution:
    """Minimise Σw(y − x'b)² over b, for x (n × k) of full rank; a first column of ones is an
    intercept.

    Ill-conditioned columns (polynomials, Longley's) are refined from residuals in the machine's
    extended precision. Checked against the certified values of NIST's linear sets: nine digits and
    more (tests/stats/test_nist.py).
    """
    pull = np.ones(len(y)) if weights is None else np.sqrt(weights)
    if len(y) > tall.MANY_ROWS:
        r, along, change = tall.decomposed(x, pull, y[:, None])
        params = change @ np.linalg.solve(r, along[:, 0])
    else:
        standard, change = standardised(x, pull)
        q, r = np.linalg.qr(standard)
        params = change @ np.linalg.solve(r, q.T @ (y * pull))
    if np.linalg.cond(r) > ILL_CONDITIONED:
        wide, target = x.astype(np.longdouble), y.astype(np.longdouble)
        for _ in range(ROUNDS):
            rest = target - wide @ params
            gradient = change.T @ (wide.T @ (rest * pull**2)).astype(float)
            params = params + change @ np.linalg.solve(r, np.linalg.solve(r.T, gradient))
    return Solution(params, change @ np.linalg.inv(r), y - x @ params)


def standardised(x: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns times `pull` (n), centred where there is an intercept and of length 1, and the matrix
    `change` with b = change · b of these.
    """
    centre = tall.centre_of(x, pull)
    standard = (x - centre) * pull[:, None]
    length = np.sqrt((standard**2).sum(axis=0))
    change = np.diag(1 / length)
    change[0] -= centre / length
    return standard / length, change


def quadratic_forms(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """r'Mr of each row r (q × k) with a matrix M (k × k); q values."""
    return np.einsum("ij,jk,ik->i", rows, matrix, rows)


def leverage(x: np.ndarray, root: np.ndarray, weights: Array = None) -> np.ndarray:
    """Diagonal of the (weighted) hat matrix for these rows, with `root` of the whole fit."""
    pull = ((x @ root) ** 2).sum(axis=1)
    return pull if weights is None else pull * weights


def residuals_on(held: Any, columns: Any, weights: np.ndarray) -> np.ndarray:
    """What the (weighted) regression of each of the columns on `held` leaves (n × q)."""
    held, columns = (np.asarray(each, dtype=float) for each in (held, columns))
    if len(columns) > tall.MANY_ROWS:
        r, k = tall.triangle(held, np.sqrt(weights), columns), held.shape[1]
        rounding = len(columns) * np.finfo(float).eps
        return columns - held @ np.linalg.lstsq(r[:k, :k], r[:k, k:], rcond=rounding)[0]
    root = np.sqrt(weights)[:, None]
    return columns - held @ np.linalg.lstsq(held * root, columns * root, rcond=None)[0]


def unit_sums(values: np.ndarray, clusters: Array) -> np.ndarray:
    """Rows of `values`, or their sums over each cluster in order of appearance."""
    if clusters is None:
        return values
    codes = pd.factorize(clusters)[0]
    if len(codes) > tall.MANY_ROWS:
        return tall.group_sums(values, codes)
    return pd.DataFrame(values).groupby(codes).sum().to_numpy()
