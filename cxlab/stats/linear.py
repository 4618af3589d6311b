"""Weighted least squares, its robust covariances and their degrees of freedom, on arrays.

Columns are centred and scaled before a QR decomposition: on the columns as they stand a library's
QR gives 6 of Wampler5's 15 digits, and 8 of the errors of Longley's. The sandwiches take any slice
of the rows, so that an answer from memory, from files or from a cluster is the work of the same
lines.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

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
    centre = np.zeros(x.shape[1])
    if (x[:, 0] == 1).all():
        centre[1:] = pull**2 @ x[:, 1:] / (pull @ pull)
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


def scores(
    kind: str, x: np.ndarray, residuals: np.ndarray, weights: Array, root: np.ndarray
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


def covariance(
    kind: str,
    x: np.ndarray,
    solution: Solution,
    weights: Array = None,
    clusters: Array = None,
) -> np.ndarray:
    """Covariance of the estimates of one of the kinds of `sandwich`, or "classical"."""
    n, residuals = len(x), solution.residuals
    if kind == "classical":
        size = residuals**2 if weights is None else weights * residuals**2
        return size.sum() / (n - x.shape[1]) * solution.inverse
    each = scores(kind, x, residuals, weights, solution.root)
    return score_sandwich(kind, solution.inverse, each, weights is not None, clusters)


def score_sandwich(
    kind: str, inverse: np.ndarray, scores: np.ndarray, weighted: bool, clusters: Array
) -> np.ndarray:
    """`sandwich` of the scores of all rows (n × k), which "clustered" sums by cluster."""
    n = len(scores)
    if kind == "clustered":
        scores = unit_sums(scores, clusters)
    return sandwich(kind, inverse, scores.T @ scores, n, weighted, len(scores))


def unit_sums(values: np.ndarray, clusters: Array) -> np.ndarray:
    """Rows of `values`, or their sums over each cluster in order of appearance."""
    if clusters is None:
        return values
    return pd.DataFrame(values).groupby(pd.factorize(clusters)[0]).sum().to_numpy()


def satterthwaite(x: np.ndarray, contrasts: np.ndarray, weights: Array = None) -> np.ndarray:
    """Degrees of freedom of the HC2 error of each contrast (q × k) of a least-squares fit; q
    values.

    An HC2 variance is a quadratic form of the residuals: where few rows carry a slope it scatters
    far more than n − k degrees of freedom say. Bell & McCaffrey's (2002) count, (Σλ)²/Σλ² over the
    form's eigenvalues when errors are alike, from its two traces; recommended with HC2 by Imbens &
    Kolesár (2016), Rev. Econ. Stat. 98:701. Sampling weights weigh the rows and say nothing of the
    errors' variance. Costs n·k²; no n × n matrix is made. Checked against the eigenvalues.
    """
    w = np.ones(len(x)) if weights is None else weights / weights.mean()
    weighted = x * w[:, None]
    inverse = np.linalg.inv(x.T @ weighted)
    pull = w * quadratic_forms(x, inverse)
    # The residual maker M = I − X(X'WX)⁻¹X'W has MM' = I + U S U'.
    u = np.hstack([x, weighted])
    inner = inverse @ (x.T @ (weighted * w[:, None])) @ inverse
    s = np.block([[inner, -inverse], [-inverse, np.zeros_like(inverse)]])
    own = 1 + quadratic_forms(u, s)
    freedom = []
    for contrast in np.atleast_2d(contrasts):
        d = (w * (x @ (inverse @ contrast))) ** 2 / (1 - pull)
        mixed = s @ (u.T @ (u * d[:, None]))
        freedom.append((d @ own) ** 2 / (d**2 @ (2 * own - 1) + np.trace(mixed @ mixed)))
    return np.array(freedom)
