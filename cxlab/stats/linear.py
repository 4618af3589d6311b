"""Weighted least squares to the last digit, and the sandwiches that robust errors are made of.

A library's QR on the columns as they stand gives 6 of Wampler5's 15 digits and 8 of the errors of
Longley's. Here the columns are centred and scaled first, and estimates and residuals are refined
together (Björck 1967) with products and sums carried in twice the digits. The sandwiches take any
slice of the rows, so that an answer from memory, from files or from a cluster is the work of the
same lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# The first round is the QR's answer, the second settles all but the last bit; a near-singular
# design is refused elsewhere.
ROUNDS = 4
SETTLED = 4 * np.finfo(float).eps
# Splits a double into two halves whose products are exact (Dekker 1971).
HALVES = 2.0**27 + 1


@dataclass(frozen=True)
class Solution:
    """`params` (k); `root` (k × k) with root·root' = (X'WX)⁻¹; `residuals` y − Xb (n); `condition`
    of the columns, centred and of length 1.
    """

    params: np.ndarray
    root: np.ndarray
    residuals: np.ndarray
    condition: float

    @property
    def inverse(self) -> np.ndarray:
        return self.root @ self.root.T


def solve(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> Solution:
    """Minimise Σw(y − x'b)² over b, for x (n × k) of full rank; a first column of ones is an
    intercept.

    Checked against the certified values of NIST's linear sets (tests/stats/test_nist.py). Source:
    Björck (1967), BIT 7:257, refinement of the augmented system r + Xb = y, X'r = 0.
    """
    pull = np.ones(len(y)) if weights is None else np.sqrt(weights)
    standard, change = standardised(x, pull)
    rows, target = np.asfortranarray(x * pull[:, None]), y * pull
    q, r = np.linalg.qr(standard)
    params, scaled, rest = np.zeros(x.shape[1]), np.zeros(x.shape[1]), np.zeros(len(y))
    for _ in range(ROUNDS):
        off = _remainder(target, rest, rows, params)
        step = np.linalg.solve(r, q.T @ off + np.linalg.solve(r.T, change.T @ _inner(rows, rest)))
        params, scaled, rest = params + change @ step, scaled + step, rest + (off - standard @ step)
        if np.abs(step).max() <= SETTLED * np.abs(scaled).max():
            break
    return Solution(params, change @ np.linalg.inv(r), rest / pull, float(np.linalg.cond(r)))


def standardised(x: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns times `pull` (n), centred where there is an intercept and of length 1, and the matrix
    `change` with b = change · b of these.
    """
    centre = np.zeros(x.shape[1])
    if (x[:, 0] == 1).all():
        centre[1:] = pull**2 @ x[:, 1:] / (pull @ pull)
    standard = (x - centre) * pull[:, None]
    length = np.sqrt((standard**2).sum(axis=0))
    change = np.diag(1 / length)
    change[0] -= centre / length
    return standard / length, change


def _two_product(a: np.ndarray, b: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """a·b and what its rounding lost (Dekker 1971)."""
    product = a * b
    a_high, b_high = HALVES * a - (HALVES * a - a), HALVES * b - (HALVES * b - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _two_sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """a + b and what its rounding lost (Knuth 1969)."""
    total = a + b
    other = total - a
    return total, (a - (total - other)) + (b - other)


def _remainder(y: np.ndarray, rest: np.ndarray, rows: np.ndarray, params: np.ndarray) -> np.ndarray:
    """y − rest − rows·params, in twice the digits."""
    total, lost = _two_sum(y, -rest)
    for column, b in zip(rows.T, params, strict=True):
        product, low = _two_product(column, -b)
        total, more = _two_sum(total, product)
        lost += low + more
    return total + lost


def _inner(rows: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """rows'·rest, in twice the digits: halves are added to halves."""
    total, low = _two_product(rows, rest[:, None])
    lost = low.sum(axis=0)
    while len(total) > 1:
        half = len(total) // 2
        left_over = total[2 * half :]
        total, more = _two_sum(total[:half], total[half : 2 * half])
        lost += more.sum(axis=0)
        total = np.concatenate([total, left_over])
    return total[0] + lost


def leverage(x: np.ndarray, root: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Diagonal of the (weighted) hat matrix for these rows, with `root` of the whole fit."""
    pull = ((x @ root) ** 2).sum(axis=1)
    return pull if weights is None else pull * weights


def scores(
    kind: str, x: np.ndarray, residuals: np.ndarray, weights: np.ndarray | None, root: np.ndarray
) -> np.ndarray:
    """What each of these rows adds to the sandwich's filling: w·e·x, for HC3 divided by 1 −
    leverage, for HC2 by its root (rows × k).
    """
    size = residuals if weights is None else weights * residuals
    if kind in ("HC2", "HC3"):
        size = size / (1 - leverage(x, root, weights)) ** (1 if kind == "HC3" else 0.5)
    return x * size[:, None]


def sandwich(
    kind: str, inverse: np.ndarray, filling: np.ndarray, n: int, weighted: bool, clusters: int = 0
) -> np.ndarray:
    """Covariance of the estimates from `inverse` = (X'WX)⁻¹ and the filling: Σss' over the rows'
    scores s, for "clustered" over their sums in each cluster.

    HC2 and HC3 (MacKinnon & White 1985; with weights as R sandwich's), linearised (Binder 1983, as
    R survey's svyglm: n/(n − 1)), clustered (CR1, Liang & Zeger 1986).
    """
    factor = 1.0
    if kind == "linearised":
        factor = n / (n - 1)
    elif kind == "clustered":
        factor = clusters / (clusters - 1) * (1 if weighted else (n - 1) / (n - len(inverse)))
    return factor * inverse @ filling @ inverse
