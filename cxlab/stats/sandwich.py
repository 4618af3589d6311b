"""Robust covariances of (weighted) least squares and of likelihoods, and the degrees of freedom of
their errors, on arrays.

Where few rows or accounts carry an estimate, its sandwich variance is too small and scatters far
more than n − k degrees of freedom say. Bell & McCaffrey (2002), Surv. Methodol. 28:169, divide each
unit's residuals by the root of what its leverage leaves of them (HC2; with clusters CR2), and count
the degrees of freedom of the result as those of a quadratic form; recommended by Imbens & Kolesár
(2016), Rev. Econ. Stat. 98:701, and for several estimates at once by Pustejovsky & Tipton (2018),
J. Bus. Econ. Stat. 36:672.

All is in coordinates in which the weighted cross-products are the identity: rows z = x·root
(`cxlab.stats.linear.Solution`), lines root'c of contrasts c. A unit (a row, or a cluster of rows)
has S = Σwzz' and T = Σw²zz': sampling weights weigh the rows and say nothing of the errors'
variance. Rows come in any slices, so that an answer from memory, from files or from a cluster is
the work of the same lines.
"""

import numpy as np
import pandas as pd

from cxlab.stats import tall
from cxlab.stats.linear import Array, Solution, leverage, unit_sums

# A unit of this leverage in some direction is fitted exactly there: it alone decides an estimate,
# whose error cannot be known.
LONE = 1 - 1e-9
# Rows of a slice, so that memory stays flat.
SLICE = 8_192


def covariance(
    kind: str,
    x: np.ndarray,
    solution: Solution,
    weights: Array = None,
    clusters: Array = None,
    strata: Array = None,
) -> np.ndarray:
    """Covariance of the estimates: of one of the kinds of `sandwich`, or "classical"."""
    n, residuals, root = len(x), solution.residuals, solution.root
    if kind == "classical":
        size = residuals**2 if weights is None else weights * residuals**2
        return size.sum() / (n - x.shape[1]) * solution.inverse
    if clusters is None and strata is None and n > tall.MANY_ROWS:
        parts = (
            scores(kind, x[p], residuals[p], None if weights is None else weights[p], root)
            for p in tall.pieces(n)
        )
        filling = sum(each.T @ each for each in parts)
        return sandwich(kind, solution.inverse, filling, n, weights is not None, n)
    each = scores(kind, x, residuals, weights, root)
    if kind == "CR2":
        w = np.ones(n) if weights is None else weights
        each = adjusted(unit_sums(each, clusters), root, outer(x @ root, w, clusters))
    return score_sandwich(kind, solution.inverse, each, weights is not None, clusters, strata)


def within_strata(scores: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Scores of units (units × k) less their stratum's mean, times √(n/(n − 1)) of its n units: the
    sum of squares is the linearised variance (Binder 1983). The only unit of a stratum is measured
    from the mean of all, which does not understate it (R survey's lonely.psu "adjust").
    """
    n = np.bincount(strata).astype(float)[strata][:, None]
    means = np.stack([np.bincount(strata, column)[strata] for column in scores.T], axis=1) / n
    alone = n == 1
    return np.where(alone, scores - scores.mean(axis=0), scores - means) * np.sqrt(
        np.where(alone, 1.0, n / np.maximum(n - 1, 1))
    )


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
    kind: str, inverse: np.ndarray, filling: np.ndarray, n: int, weighted: bool, units: int
) -> np.ndarray:
    """Covariance of the estimates from `inverse` = (X'WX)⁻¹ and the filling: Σss' over the units'
    scores s.

    HC2 and HC3 (MacKinnon & White 1985; with weights as R sandwich's), linearised (Binder 1983, as
    R survey's svyglm: n/(n − 1)), of clusters CR2 (Bell & McCaffrey 2002) and clustered (CR1, Liang
    & Zeger 1986).
    """
    factor = 1.0
    if kind == "linearised":
        factor = n / (n - 1)
    elif kind == "clustered":
        factor = units / (units - 1) * (1 if weighted else (n - 1) / (n - len(inverse)))
    return factor * inverse @ filling @ inverse


def score_sandwich(
    kind: str,
    inverse: np.ndarray,
    scores: np.ndarray,
    weighted: bool,
    clusters: Array,
    strata: Array = None,
) -> np.ndarray:
    """`sandwich` of the scores of all rows (n × k), which "clustered" sums by cluster. Strata count
    in linearised and clustered errors.
    """
    n = len(scores)
    if kind == "clustered":
        scores = unit_sums(scores, clusters)
        if strata is not None:
            first = np.unique(pd.factorize(clusters)[0], return_index=True)[1]
            strata = strata[first]
    if strata is not None and kind in ("linearised", "clustered"):
        scores = within_strata(scores, strata)
        return inverse @ scores.T @ scores @ inverse
    return sandwich(kind, inverse, scores.T @ scores, n, weighted, len(scores))


def outer(z: np.ndarray, weights: np.ndarray, clusters: Array) -> np.ndarray:
    """Σwzz' over the rows of each cluster (units × k × k)."""
    k = z.shape[1]
    if clusters is not None and len(z) > tall.MANY_ROWS:
        return tall.group_products(z * np.sqrt(weights)[:, None], pd.factorize(clusters)[0])
    products = (z[:, :, None] * (z * weights[:, None])[:, None, :]).reshape(len(z), k * k)
    return unit_sums(products, clusters).reshape(-1, k, k)


def adjusted(scores: np.ndarray, root: np.ndarray, gram: np.ndarray) -> np.ndarray:
    """The scores of units (units × k) times what makes their squares unbiased when errors are
    alike.
    """
    turned, rest = scores @ root, np.ones(len(gram), bool)
    if len(gram) > tall.MANY_ROWS:
        rest = np.trace(gram, axis1=1, axis2=2) >= tall.SMALL
        turned[~rest] = tall.adjusted(gram[~rest], turned[~rest])
    turned[rest] = (adjustment(gram[rest]) @ turned[rest][:, :, None])[:, :, 0]
    return turned @ np.linalg.inv(root)


def adjustment(gram: np.ndarray) -> np.ndarray:
    """(I − S)^(−1/2) of each unit (units × k × k), 0 in directions which it alone decides."""
    values, vectors = np.linalg.eigh(gram)
    left = 1 - np.minimum(values, LONE)
    size = np.where(values < LONE, 1 / np.sqrt(left), 0)
    return (vectors * size[:, None]) @ np.swapaxes(vectors, 1, 2)


def lone_units(gram: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Whether one unit alone decides each of the lines (k × q), or a part of it: q times yes or
    no.
    """
    # Of the others no eigenvalue, which the trace sums up, is near 1.
    values, vectors = np.linalg.eigh(gram[np.trace(gram, axis1=1, axis2=2) > LONE / 2])
    along = (np.swapaxes(vectors, 1, 2) @ lines) ** 2 * (values >= LONE)[:, :, None]
    return (along.sum(axis=1) > (1 - LONE) * (lines**2).sum(axis=0)).any(axis=0)


def row_sums(z: np.ndarray, lines: np.ndarray, weights: Array, total: np.ndarray) -> np.ndarray:
    """What independent rows add to the three sums of `satterthwaite`; `total` is T of all rows."""
    w = np.ones(len(z)) if weights is None else weights
    pull = w * (z**2).sum(axis=1)
    d = (w[:, None] * (z @ lines)) ** 2 / (1 - pull)[:, None]
    own = d * (1 - 2 * pull + ((z @ total) * z).sum(axis=1))[:, None]
    half = z if weights is None else np.hstack([z * w[:, None], z])
    # A matrix times its own transpose takes half the work of two others.
    halves = (half * each[:, None] for each in np.sqrt(d).T)
    return _sums(d, own, np.array([one.T @ one for one in halves]))


def cluster_sums(
    gram: np.ndarray, square: np.ndarray, lines: np.ndarray, weighted: bool, total: np.ndarray
) -> np.ndarray:
    """As `row_sums`, of clusters with S = `gram` and T = `square`."""
    q = adjustment(gram) @ lines
    t, u = (np.swapaxes(one @ q, 1, 2) for one in (square, gram))
    d = np.einsum("gkq,gqk->gq", q, t)
    own = d - 2 * (t * u).sum(axis=2) + ((u @ total) * u).sum(axis=2)
    half = np.swapaxes(np.concatenate([t, u], axis=2) if weighted else u, 0, 1)
    return _sums(d, own, np.swapaxes(half, 1, 2) @ half)


def _sums(d: np.ndarray, own: np.ndarray, halves: np.ndarray) -> np.ndarray:
    # An array of objects is added piece by piece.
    sums = np.empty(3, dtype=object)
    sums[:] = own.sum(axis=0), (d * (2 * own - d)).sum(axis=0), halves
    return sums


def satterthwaite(sums: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Degrees of freedom (tr G)²/tr G² of each line, q values.

    G (units × units) is the Gram matrix of what the units add to the variance when errors are
    independent and alike: G = D + L·K·L' with a diagonal D and 2k columns L, so that no matrix of
    that size is made.
    """
    trace, diagonal, halves = sums
    k = len(total)
    none, one = np.zeros((k, k)), np.eye(k)
    # Without weights T = S, both halves of L are the same and `total` is the identity.
    inner = -one if halves.shape[1] == k else np.block([[none, -one], [-one, total]])
    mixed = halves @ inner
    with np.errstate(divide="ignore", invalid="ignore"):
        return trace**2 / (diagonal + np.einsum("qij,qji->q", mixed, mixed))


def freedom(
    x: np.ndarray,
    root: np.ndarray,
    contrasts: np.ndarray,
    weights: Array = None,
    clusters: Array = None,
) -> np.ndarray:
    """Degrees of freedom of the HC2 error (with `clusters`, the CR2 error) of each contrast (q × k)
    of a least-squares fit: q values, NaN where one cluster alone decides it.

    Costs n·k² for each; no n × n matrix is made. Checked against the eigenvalues of that matrix. Of
    more than 50,000 rows it is the number of those (or of clusters) that carry each contrast, where
    they are 10,000 or more.
    """
    if len(x) > tall.MANY_ROWS:
        carried = tall.carried_by(x, root @ root.T @ contrasts.T, weights, clusters)
        if carried.min() >= tall.MANY_CARRIERS:
            return carried
    z, lines = x @ root, root.T @ contrasts.T
    w = np.ones(len(x)) if weights is None else weights
    total = (z * (w**2)[:, None]).T @ z
    if clusters is not None:
        gram = outer(z, w, clusters)
        square = gram if weights is None else outer(z, w**2, clusters)
        return cluster_freedom(gram, square, lines, weights is not None, total)
    parts = [slice(start, start + SLICE) for start in range(0, len(z), SLICE)]
    each = [row_sums(z[p], lines, None if weights is None else w[p], total) for p in parts]
    return satterthwaite(sum(each), total)


def cluster_freedom(
    gram: np.ndarray, square: np.ndarray, lines: np.ndarray, weighted: bool, total: np.ndarray
) -> np.ndarray:
    """As `freedom`, of clusters with S = `gram` and T = `square`."""
    found = satterthwaite(cluster_sums(gram, square, lines, weighted, total), total)
    return np.where(lone_units(gram, lines), np.nan, found)
