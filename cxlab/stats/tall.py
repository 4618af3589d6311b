"""Least squares on many rows, a piece at a time, where a library's QR would go through memory again
for each column.

The triangle of a piece's rows, put on top of the next piece, becomes the triangle of both: at the
end it is that of a QR decomposition of all rows, as stable, in a tenth of the time (TSQR: Demmel,
Grigori, Hoemmen & Langou 2012, SIAM J. Sci. Comput. 34:A206).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import sparse

# Above so many rows, work goes through them in pieces of so many, which fit a processor's cache.
MANY_ROWS, PIECE = 50_000, 1_024
# Where so many rows carry every term, degrees of freedom are not counted to the last one: t differs
# from the normal law by 1e-4.
MANY_CARRIERS = 10_000

# Of units with less leverage than this, the terms of SERIES give (1 − s)^(−1/2) to 15 digits.
SMALL, SERIES = 1e-3, (35 / 128, 5 / 16, 3 / 8, 1 / 2, 1.0)


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


def carried_by(
    x: np.ndarray,
    lines: np.ndarray,
    weights: np.ndarray | None,
    clusters: np.ndarray | None = None,
) -> np.ndarray:
    """How many rows (or clusters) carry each of the estimates whose rows are d = w·x·`lines` (k ×
    q): (Σd²)²/Σd⁴, d² summed by cluster. Bell & McCaffrey's degrees of freedom come to it where no
    row or cluster has leverage.
    """
    d = x @ lines
    if weights is not None:
        d *= weights[:, None]
    d *= d
    if clusters is not None:
        d = group_sums(d, pd.factorize(clusters)[0])
    return d.sum(axis=0) ** 2 / np.einsum("ij,ij->j", d, d)


def adjusted(gram: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """(I − S)^(−1/2)·s of units (units × k) with small S = `gram` and s = `scores`."""
    found = np.zeros(scores.shape)
    for factor in SERIES:
        found = factor * scores + np.einsum("gij,gj->gi", gram, found)
    return found


def group_sums(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums of the rows of `values` over each of the codes 0 … (many rows: a pass, and no copy)."""
    order, ends = _sorted(codes)
    shape = len(ends) - 1, len(codes)
    return sparse.csr_array((np.ones(len(codes)), order, ends), shape=shape) @ values


def group_products(rows: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums of products zz' of the rows over each of the codes 0 … (groups × k × k)."""
    order, ends = _sorted(codes)
    rows, k = rows[order], rows.shape[1]
    found = np.empty((len(ends) - 1, k, k))
    for products, start, end in zip(found, ends, ends[1:], strict=False):
        np.dot(rows[start:end].T, rows[start:end], out=products)
    return found


def _sorted(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows in the order of their codes, and where each code's rows begin (and the last end)."""
    counts = np.bincount(codes)
    # Of 16 bits: sorted by their digits, not by comparing them.
    narrow = codes.astype(np.int16) if len(counts) < 2**15 else codes
    return np.argsort(narrow, kind="stable"), np.append(0, np.cumsum(counts))
