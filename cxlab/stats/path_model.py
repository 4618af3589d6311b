"""Path models between composites by partial least squares (Wold 1982; Lohmöller 1989), mode A, from
covariance matrices: a sample and its resamples are solved together, a replicate each.

Nothing but means and covariances of the items is needed, so weighted rows and duplicated ones give
the same.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from cxlab.stats.resampling import covariances

Array = np.ndarray
SCHEMES = ("path", "factorial", "centroid")
# Largest change of a weight at which the search ends, and the most steps that it may take.
TOLERANCE, MOST = 1e-12, 3000
# An item that varies less than this part of what it does in other samples varies by rounding only.
FLAT = 1e-6


class Blocks(NamedTuple):
    """Which construct each item belongs to (p codes), and which construct leads to which (c × c,
    row to column).
    """

    of_item: Array
    leads: Array

    @property
    def member(self) -> Array:
        """p × c."""
        return self.of_item[:, None] == np.arange(len(self.leads))


class Paths(NamedTuple):
    """Solutions of R samples. Items and scores are standardised; weights give scores of variance 1.

    `paths` and `total` are the effects of the construct of a row on that of a column.
    """

    blocks: Blocks
    mean: Array  # R × p
    spread: Array  # R × p
    items: Array  # R × p × p, correlations
    weights: Array  # R × p
    loadings: Array  # R × p
    scores: Array  # R × c × c, correlations
    paths: Array  # R × c × c
    converged: Array  # R

    @property
    def total(self) -> Array:
        one = np.eye(self.paths.shape[-1])
        return np.linalg.inv(one - self.paths) - one

    @property
    def r_squared(self) -> Array:
        """Of each construct (R × c), NaN where nothing leads to it."""
        explained = (self.paths * self.scores).sum(axis=1)
        return np.where(self.blocks.leads.any(axis=0), explained, np.nan)

    def at(self, which: Array) -> "Paths":
        """Some of the replicates."""
        return Paths(self.blocks, *(one[which] for one in self[1:]))


def solve(
    mean: Array, cov: Array, blocks: Blocks, scheme: str = "path", like: Array | None = None
) -> Paths:
    """Path models of R samples with these means (R × p) and covariances (R × p × p) of their items.

    A score points the way that most of its items do, or where `like` gives the loadings of another
    solution (p), the way that they do: a resample may find the same score with the other sign. A
    sample in which an item never varies, or whose weights do not settle, is not converged.
    """
    spread = np.sqrt(np.maximum(np.diagonal(cov, axis1=1, axis2=2), 0))
    varies = (spread > FLAT * spread.max(axis=0)).all(axis=1)
    scale = np.where(varies[:, None], spread, 1)
    items = cov / scale[:, :, None] / scale[:, None, :]
    items[~varies] = np.eye(cov.shape[1])
    weights, found = _unit(items, np.ones_like(spread), blocks), np.zeros(len(cov), bool)
    left = np.flatnonzero(varies)
    now = weights[left]
    for _ in range(MOST):
        before, of_left = now, items[left]
        now = _unit(of_left, _outer(of_left, now, blocks, scheme), blocks)
        # A score may turn round as a whole.
        settled = np.abs(np.abs(now) - np.abs(before)).max(axis=1) < TOLERANCE
        weights[left], found[left[settled]] = now, True
        left, now = left[~settled], now[~settled]
        if not len(left):
            break
    with_scores = _with_scores(items, weights, blocks)
    loadings = with_scores[:, np.arange(len(blocks.of_item)), blocks.of_item]
    side = np.sign((loadings * (1.0 if like is None else like)) @ blocks.member)
    side = np.where(side == 0, 1, side)
    scores = _scores(with_scores, weights, blocks) * side[:, :, None] * side[:, None, :]
    side = side[:, blocks.of_item]
    return Paths(
        *(blocks, mean, spread, items, weights * side, loadings * side, scores),
        *(_regressed(scores, blocks.leads), found),
    )


def _with_scores(items: Array, weights: Array, blocks: Blocks) -> Array:
    """Correlations of items with scores (R × p × c)."""
    return items @ (weights[:, :, None] * blocks.member)


def _scores(with_scores: Array, weights: Array, blocks: Blocks) -> Array:
    """Correlations of the scores (R × c × c)."""
    return np.swapaxes(weights[:, :, None] * blocks.member, 1, 2) @ with_scores


def _unit(items: Array, weights: Array, blocks: Blocks) -> Array:
    """Weights of scores of variance 1."""
    variances = _scores(_with_scores(items, weights, blocks), weights, blocks)
    return weights / np.sqrt(np.diagonal(variances, axis1=1, axis2=2))[:, blocks.of_item]


def _outer(items: Array, weights: Array, blocks: Blocks, scheme: str) -> Array:
    """Weights of mode A: each item's covariance with what stands for its construct, a sum of the
    scores of its neighbours.
    """
    with_scores = _with_scores(items, weights, blocks)
    scores, leads = _scores(with_scores, weights, blocks), blocks.leads
    inner = scores if scheme != "centroid" else np.sign(scores)
    inner = inner * (leads | leads.T)
    if scheme == "path":
        inner = scores * leads.T + _regressed(scores, leads)
    return (with_scores @ inner)[:, np.arange(len(blocks.of_item)), blocks.of_item]


def _regressed(scores: Array, leads: Array) -> Array:
    """Standardised slopes of each construct on those that lead to it (R × c × c, row on column)."""
    slopes = np.zeros_like(scores)
    for target in np.flatnonzero(leads.any(axis=0)):
        sources = np.flatnonzero(leads[:, target])
        among = scores[:, sources[:, None], sources]
        with_target = scores[:, sources, target, None]
        try:
            slopes[:, sources, target] = np.linalg.solve(among, with_target)[..., 0]
        except np.linalg.LinAlgError:  # two are the same in one of the samples
            slopes[:, sources, target] = (np.linalg.pinv(among) @ with_target)[..., 0]
    return slopes


# ---- how well the items measure


def reliabilities(found: Paths) -> dict[str, Array]:
    """`alpha rho_a rho_c ave` of each construct (R × c), of one item 1.

    alpha of standardised items (Cronbach 1951); rho_A (Dijkstra & Henseler 2015, MIS Quarterly
    39:297), which an improper solution brings above 1; rho_C and the average variance extracted
    (Fornell & Larcker 1981, J. Marketing Res. 18:39).
    """
    member, count = found.blocks.member, found.blocks.member.sum(axis=0)
    each: dict[str, list[Array]] = {"alpha": [], "rho_a": [], "rho_c": [], "ave": []}
    for k, mine in zip(count, member.T, strict=True):
        r, w, loads = (
            found.items[:, mine][:, :, mine],
            found.weights[:, mine],
            found.loadings[:, mine],
        )
        ave = (loads**2).mean(axis=1)
        if k == 1:
            values = [np.ones(len(w))] * 4
        else:
            off = 1 - np.eye(k)
            products = w[:, :, None] * w[:, None, :]
            summed = loads.sum(axis=1) ** 2
            values = [
                k / (k - 1) * (1 - k / r.sum(axis=(1, 2))),
                (w**2).sum(axis=1) ** 2
                * (products * r * off).sum(axis=(1, 2))
                / (products**2 * off).sum(axis=(1, 2)),
                summed / (summed + k * (1 - ave)),
                ave,
            ]
        for name, value in zip(each, values, strict=True):
            each[name].append(value)
    return {name: np.stack(values, axis=1) for name, values in each.items()}


def htmt(found: Paths) -> Array:
    """Heterotrait–monotrait ratios of correlations (R × c × c; Henseler, Ringle & Sarstedt 2015, J.
    Acad. Marketing Sci. 43:115), of absolute correlations; 1 on the diagonal.
    """
    member = found.blocks.member.astype(float)
    count = member.sum(axis=0)
    sums = member.T @ np.abs(found.items) @ member
    own = np.diagonal(sums, axis1=1, axis2=2)
    mono = np.where(count > 1, (own - count) / np.maximum(count * (count - 1), 1), 1.0)
    ratio = sums / np.outer(count, count) / np.sqrt(mono[:, :, None] * mono[:, None, :])
    return np.where(np.eye(len(count), dtype=bool), 1.0, ratio)


# ---- on a scale of 0 to 100


def indices(found: Paths, least: Array, most: Array, divided: bool = True) -> tuple[Array, Array]:
    """Index of each construct (R × c), a mean of its items on 0–100, and the standard deviations of
    respondents' indices; the items' scales run from `least` to `most` (p).

    Weights are of standardised items; of items as answered they are `divided` by their standard
    deviations (Fornell et al. 1996), which makes the index the score itself, or are not (Tenenhaus
    et al. 2005).
    """
    member, span = found.blocks.member.astype(float), 100 / (most - least)
    spread = found.spread * span
    share = found.weights / spread if divided else found.weights
    share = share / (share @ member)[:, found.blocks.of_item]
    pulls = share * spread
    variance = _scores(_with_scores(found.items, pulls, found.blocks), pulls, found.blocks)
    index = (share * (found.mean - least) * span) @ member
    return index, np.sqrt(np.diagonal(variance, axis1=1, axis2=2))


def resampled(
    sums: Iterable[Array],
    centre: Array,
    blocks: Blocks,
    scheme: str = "path",
    like: Array | None = None,
) -> Iterator[Paths]:
    """Path models of resamples, from the sums of `resampling.unit_products` over each, of items
    with the (unweighted) means `centre`.
    """
    p = len(centre)
    for block in sums:
        mean = centre + block[:, 1 : p + 1] / block[:, :1]
        yield solve(mean, covariances(block, p), blocks, scheme, like)
