"""Least squares on many rows, a piece at a time, where a library's QR would go through memory again
for each column.

The triangle of a piece's rows, put on top of the next piece, becomes the triangle of both: at the
end it is that of a QR decomposition of all rows, as stable, in a tenth of the time (TSQR: Demmel,
Grigori, Hoemmen & Langou 2012, SIAM J. Sci. Comput. 34:A206).
"""

from collections.abc import Iterator

import numpy as np

# Above so many rows, work goes through them in pieces of so many, which fit a processor's cache.
MANY_ROWS, PIECE = 50_000, 1_024
# Where so many rows carry every term, degrees of freedom are not counted to the last one: t differs
# from the normal law by 1e-4.
MANY_CARRIERS = 10_000


def pieces(n: int) -> Iterator[slice]:
    """Rows 0 … n − 1 in pieces."""
    return (slice(start, start + PIECE) for start in range(0, n, PIECE))


def triangle(
    x: np.ndarray, pull: np.ndarray, beside: np.ndarray, centre: np.ndarray | float = 0.0
) -> np.ndarray:
    """R of the QR decomposition of the columns x less `centre`, then those `beside`, all times
    `pull` (n).
    """
    size = x.shape[1] + beside.shape[1]
    r = np.zeros((size, size))
    for piece in pieces(len(x)):
        rows = np.hstack([x[piece] - centre, beside[piece]])
        r = np.linalg.qr(np.vstack([r, rows * pull[piece, None]]), mode="r")
    return r


def centre_of(x: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """The weighted means (weights `pull`²) of the columns after an intercept, else zeros."""
    centre = np.zeros(x.shape[1])
    if (x[:, 0] == 1).all():
        centre[1:] = pull**2 @ x[:, 1:] / (pull @ pull)
    return centre


def decomposed(
    x: np.ndarray, pull: np.ndarray, beside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """R and Q'(`beside` · pull) of the columns of `cxlab.stats.linear.standardised`, and its
    `change`.
    """
    k, centre = x.shape[1], centre_of(x, pull)
    r = triangle(x, pull, beside, centre)
    length = np.sqrt((r[:, :k] ** 2).sum(axis=0))
    change = np.diag(1 / length)
    change[0] -= centre / length
    return r[:k, :k] / length, r[:k, k:], change


def orthogonal(x: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Q (n × k) and R of the columns of `cxlab.stats.linear.standardised`."""
    r, _, change = decomposed(x, pull, np.empty((len(x), 0)))
    # Of collinear columns there is no inverse, and R is what tells of them.
    turn, q = change @ np.linalg.pinv(r), np.empty(x.shape)
    for piece in pieces(len(x)):
        q[piece] = (x[piece] @ turn) * pull[piece, None]
    return q, r


def carried_by(x: np.ndarray, lines: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """How many rows carry each of the estimates whose weighted rows are w·x·`lines` (k × q):
    (Σd²)²/Σd⁴, which Bell & McCaffrey's degrees of freedom come to where no row is of leverage.
    """
    sums = np.zeros((2, lines.shape[1]))
    for piece in pieces(len(x)):
        d = x[piece] @ lines
        d = (d if weights is None else d * weights[piece, None]) ** 2
        sums += d.sum(axis=0), (d**2).sum(axis=0)
    return sums[0] ** 2 / sums[1]
