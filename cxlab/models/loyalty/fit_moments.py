"""The loyalty model from cross-products alone: the same estimates from a frame, from files too
large for memory, or from a cluster.

Slopes, R² and shares need nothing but `Moments`. Robust errors and the bootstrap take one more look
at the rows, where the moments remember them to lie; where no rows can be reached they are refused,
because sums do not know how uneven the residuals were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.estimable import LONE, MIN_CLUSTERS, MIN_SPARE, refuse_collinear
from cxlab.models.fit import COVARIANCES, Fit, usual_covariance
from cxlab.stats.chunks import Chunk, Sums, SumsById, fold
from cxlab.stats.linear import leverage, sandwich, scores
from cxlab.stats.moments import Moments, product_resamples, unit_products
from cxlab.study.sample import Sample
from cxlab.study.study import Study

# Up to so many independent rows or clusters are resampled one by one; more are resampled in blocks,
# of which there are so many.
ONE_BY_ONE, BLOCKS = 20_000, 1_000
# What subtracting products leaves of an exact combination.
EXACT = 1e-13
# Rows handed out at once where they are sorted into blocks, so that a block has some hundred of
# each.
BLOCK_ROWS = 131_072


@dataclass(frozen=True, repr=False, eq=False)
class MomentsFit(Fit):
    """A linear model fitted from `products`: `Moments` of the terms and, last, the outcome. It
    knows no respondents.

    `design` has the terms but no rows; what needs rows of a study (`augment`, `effects`, `what_if`,
    …) is refused.
    """

    products: Moments = field(default=None)
    rest: float = np.nan
    clusters: int = 0

    @property
    def study(self) -> Study:
        raise ModelError(
            "this fit came from sums over rows, and has no respondents to look at; use fit_loyalty"
            " on a study for that"
        )

    @property
    def n(self) -> int:
        return self.products.n

    @property
    def units(self) -> int:
        return self.clusters or self.n

    @property
    def moments(self) -> Moments:
        return self.products

    @property
    def dropped(self) -> pd.DataFrame:
        count = self.products.n_dropped
        return pd.DataFrame(
            {"reason": ["incomplete"] if count else [], "n": [count] if count else []}
        )

    def glance(self) -> pd.DataFrame:
        """Exactly one row about the whole model, as every linear fit."""
        n, terms, weighting = self.n, len(self.params), self.products.weighting
        aicc, bic = self.information()
        return pd.DataFrame(
            [
                {
                    "outcome": self.outcome,
                    "model": self.model,
                    "n": n,
                    "n_eff": (
                        float(n)
                        if weighting is None
                        else self.products.weight**2 / weighting.squares
                    ),
                    "r_squared": self.r_squared,
                    "adj_r_squared": 1 - (1 - self.r_squared) * (n - 1) / (n - terms),
                    "rmse": float(np.sqrt(self.rest / self.products.weight * n / (n - terms))),
                    "df_residual": self.least_df,
                    "aicc": aicc,
                    "bic": bic,
                    "covariance": self.covariance,
                    "missing": self.design.missing,
                    "weighted": weighting is not None,
                    "clusters": self.clusters,
                }
            ]
        )

    def information(self) -> tuple[float, float]:
        if np.isnan(self.log_likelihood) or self.products.clustered:
            return np.nan, np.nan
        return super().information()

    def fitted(self) -> pd.Series:
        return self.study.outcome(self.outcome)

    residuals = leverage = augment = fitted

    def resamples(self, n_boot: int, seed: int | None = None) -> Iterator[np.ndarray]:
        """Covariances of `n_boot` resamples of the columns of `moments`; the rows are read once
        more.

        Up to 20,000 rows (or clusters) are resampled one by one, with the draws that the same rows
        in memory would have. More are first put into 1,000 blocks at random, clusters whole,
        whatever order they lie in, and the blocks are resampled: between random blocks the products
        vary as they would between samples, so the spread is the same, known to 1/√2,000 (2 %).
        """
        moments = self.products
        if not moments.sources:
            raise ModelError(
                "the rows behind these moments are out of reach, so they cannot be resampled;"
                " n_boot=0 gives shares without intervals"
            )
        if self.units <= ONE_BY_ONE:
            values, weights, ids = (
                None if column[0] is None else np.concatenate(column)
                for column in zip(
                    *fold(
                        moments.sources, partial(_rows, _place(moments), moments.weighting is None)
                    ),
                    strict=True,
                )
            )
            products = unit_products(
                pd.DataFrame(values),
                weights,
                ids,
            )
        else:
            products = fold(
                moments.sources,
                partial(_blocks, _place(moments), moments.weighting is None, moments.mean),
                BLOCK_ROWS,
            )
        return product_resamples(products, len(moments.names), n_boot, seed)


def fit_moments(
    moments: Moments,
    outcome: str,
    touchpoints: Iterable[str] | None = None,
    covariance: str | None = None,
) -> MomentsFit:
    """The outcome on the touchpoints among the columns of `moments` (None: all others), by
    (weighted) least squares.

    Estimates, R², errors and importance are those of `fit_loyalty` on the same complete rows in
    memory (to 1e-10). `covariance=None`: clustered where the moments have clusters, linearised with
    weights, else HC3; these read the rows once more, a chunk at a time, and refine the estimates on
    the way. Moments without rows in reach give `covariance="classical"` only. Raises ModelError:
    unknown columns, too few rows, constant or collinear columns, weights that look like counts,
    rows out of reach.
    """
    names = (
        [name for name in moments.names if name != outcome]
        if touchpoints is None
        else [touchpoints]
        if isinstance(touchpoints, str)
        else list(touchpoints)
    )
    for name in (outcome, *names):
        if name not in moments.names:
            raise ModelError(
                "{name!r} is no column of these moments; they have: {known}",
                name=name,
                known=", ".join(moments.names),
            )
    if outcome in names or len(set(names)) < len(names) or not names:
        raise ModelError(
            "touchpoints: name at least one column, each once, and not the outcome {outcome}",
            outcome=outcome,
        )
    own = moments.of([*names, outcome]).with_weights_that_differ()
    kind = covariance or usual_covariance(own.clustered, own.weighting is not None)
    _check(own, outcome, kind)
    params, root = _normal_equations(own)
    rest, filling, clusters = (1 - own.r_squared) * own.scatter[-1, -1], None, 0
    if own.sources:
        params, rest, filling, clusters = _second_look(own, params, root, kind)
    n, terms, index = own.n, len(params), [INTERCEPT, *names]
    inverse = root @ root.T
    cov = (
        rest / (n - terms) * inverse
        if kind == "classical"
        else sandwich(kind, inverse, filling, n, own.weighting is not None, clusters)
    )
    design = Design(
        None,
        outcome,
        pd.DataFrame(columns=index, dtype=float),
        pd.Series(dtype=float, name=outcome),
        Sample(0, None, None),
        pd.Series(dtype=str),
        {name: name for name in names},
    )
    log_likelihood = (
        np.nan if own.weighting is not None else -n / 2 * (np.log(2 * np.pi * rest / n) + 1)
    )
    return MomentsFit(
        "loyalty: ols",
        design,
        pd.Series(params, index=index),
        pd.DataFrame(cov, index=index, columns=index),
        kind,
        clusters - 1 if kind == "clustered" else n - terms,
        1 - rest / own.scatter[-1, -1],
        float(log_likelihood),
        products=own,
        rest=rest,
        clusters=clusters,
    )


def _check(moments: Moments, outcome: str, kind: str) -> None:
    if kind not in COVARIANCES:
        raise ModelError(
            "covariance={kind!r}: give HC3, HC2, clustered, linearised or classical", kind=kind
        )
    if kind == "clustered" and not moments.clustered:
        raise ModelError(
            "covariance='clustered': these moments have no clusters; name them by cluster= where"
            " the moments are made"
        )
    if kind != "classical" and not moments.sources:
        raise ModelError(
            "covariance={kind!r} needs the residual of every row, and the rows behind these moments"
            " are out of reach; use covariance='classical'",
            kind=kind,
        )
    n, terms = moments.n, len(moments.names)
    if moments.weighting is not None:
        moments.weighting.refuse_counts()
    if n < terms + MIN_SPARE:
        raise ModelError(
            "outcome {outcome}: only {n} of {total} respondents answered everything that is"
            " compared; {terms} terms need at least {need}: use fewer touchpoints, or another"
            " treatment of missing answers",
            outcome=outcome,
            n=n,
            terms=terms,
            lost=moments.n_dropped,
            total=n + moments.n_dropped,
            need=terms + MIN_SPARE,
        )
    spread = np.diag(moments.scatter) / moments.weight
    alike = spread <= 1e-24 * (1 + moments.mean**2)
    if alike[-1]:
        raise ModelError(
            "outcome {outcome}: all {n} answers are {value:g}; nothing can be explained",
            outcome=outcome,
            n=n,
            value=moments.mean[-1],
        )
    for name, value in zip(np.array(moments.names)[alike], moments.mean[alike], strict=True):
        raise ModelError(
            "term {term}: all {n} values are {value:g}; leave it out", term=name, n=n, value=value
        )


def _normal_equations(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Estimates with the intercept first, and `root` with root·root' = (X'WX)⁻¹, from columns
    scaled to length 1.
    """
    length = np.sqrt(np.diag(moments.scatter))
    correlation = moments.scatter / np.outer(length, length)
    p = len(length) - 1
    r = np.zeros((p, p))
    for j in range(p):
        r[:j, j] = solve_triangular(r[:j, :j], correlation[:j, j], trans="T") if j else 0
        r[j, j] = np.sqrt(max(correlation[j, j] - r[:j, j] @ r[:j, j], 0))
        refuse_collinear(r[: j + 1, : j + 1], moments.names[: j + 1], moments.n, EXACT)
    slopes = (
        solve_triangular(r, solve_triangular(r, correlation[:-1, -1], trans="T"))
        * length[-1]
        / length[:-1]
    )
    root = np.zeros((p + 1, p + 1))
    root[1:, 1:] = np.linalg.inv(r) / length[:-1, None]
    root[0, 1:], root[0, 0] = -moments.mean[:-1] @ root[1:, 1:], 1 / np.sqrt(moments.weight)
    return np.array([moments.mean[-1] - moments.mean[:-1] @ slopes, *slopes]), root


def _place(moments: Moments) -> np.ndarray:
    """Rows of a chunk's table that hold the columns of these moments, which may be some of the
    columns that were read.
    """
    names = list(map(str, moments.sources[0].names))
    return np.array([1 + names.index(name) for name in moments.names])


def _second_look(
    moments: Moments, params: np.ndarray, root: np.ndarray, kind: str
) -> tuple[np.ndarray, float, np.ndarray, int]:
    """Refined estimates, Σwe², the sandwich's filling and the number of clusters, from one more
    pass over the rows.
    """
    work = partial(_row_sums, _place(moments), moments.weighting is None, params, root, kind)
    gradient, rest, filling, lone, by_id = fold(moments.sources, work)
    if lone:
        raise ModelError(
            "{lone} of {n} rows alone decide a term, so its error cannot be known; leave out a"
            " touchpoint that all but a few rate alike",
            lone=lone,
            n=moments.n,
        )
    sums = np.zeros((0, 0)) if by_id is None else by_id.frame.to_numpy()
    if kind == "clustered":
        if len(sums) < MIN_CLUSTERS:
            raise ModelError(
                "outcome {outcome}: {clusters} accounts (or panel members) among {n} rows;"
                " clustered errors need {need} at least",
                outcome=moments.names[-1],
                clusters=len(sums),
                n=moments.n,
                need=MIN_CLUSTERS,
            )
        filling = sums.T @ sums
    # One Newton step from the residuals themselves takes back what squaring the columns' condition
    # had cost.
    return params + root @ (root.T @ gradient), rest, filling, len(sums)


def _row_sums(
    place: np.ndarray, plain: bool, params: np.ndarray, root: np.ndarray, kind: str, chunk: Chunk
) -> Sums | None:
    if not chunk.n:
        return None
    x, y, w = (
        chunk.table[[0, *place[:-1]]].T,
        chunk.table[place[-1]],
        None if plain else chunk.weights,
    )
    residuals = y - x @ params
    weighted = residuals if w is None else w * residuals
    lone = int((leverage(x, root, w) > LONE).sum())
    s = (
        scores(kind, x, residuals, w, root)
        if kind != "classical" and not lone
        else np.zeros((chunk.n, 1))
    )
    by_id = None if chunk.clusters is None else SumsById.of(s, chunk.clusters)
    return Sums((x.T @ weighted, float(weighted @ residuals), s.T @ s, lone, by_id))


def _rows(place: np.ndarray, plain: bool, chunk: Chunk) -> tuple:
    """The chunk itself: a tuple of one, so that sums of chunks are lists of them."""
    return (
        ((chunk.table[place].T.copy(), None if plain else chunk.weights, chunk.clusters),)
        if chunk.n
        else ()
    )


def _blocks(place: np.ndarray, plain: bool, mean: np.ndarray, chunk: Chunk) -> np.ndarray | None:
    """Sums of `unit_products` over blocks: rows fall into one at random, the same whenever they are
    read, clusters by their id.
    """
    if not chunk.n:
        return None
    if chunk.clusters is None:
        block = np.random.default_rng(chunk.place).integers(0, BLOCKS, chunk.n)
    else:
        block = (pd.util.hash_array(chunk.clusters) % BLOCKS).astype(int)
    rows = chunk.table[[0, *place]]
    rows[1:] -= mean[:, None]
    if not plain and chunk.weights is not None:
        rows *= np.sqrt(chunk.weights)
    order = np.argsort(block, kind="stable")
    rows, p = rows[:, order], len(place)
    edges = np.searchsorted(block[order], np.arange(BLOCKS + 1))
    upper, sums = np.triu_indices(p), np.zeros((BLOCKS, 1 + p + p * (p + 1) // 2))
    for number, (start, end) in enumerate(pairwise(edges)):
        products = rows[:, start:end] @ rows[:, start:end].T
        sums[number, 0], sums[number, 1 : p + 1], sums[number, p + 1 :] = (
            products[0, 0],
            products[0, 1:],
            products[1:, 1:][upper],
        )
    return sums
