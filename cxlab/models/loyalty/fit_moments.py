"""The loyalty model from cross-products: a frame, files too large for memory, or a Dask cluster.

Slopes, R² and shares need `Moments` only. Robust errors and the bootstrap read the rows again from
the moments' sources and are refused where these are out of reach, because cross-products do not
contain the variance of the residuals by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.estimable import (
    MIN_EFFECTIVE_CARRIERS,
    refuse_collinear,
    refuse_exact,
    refuse_explained,
    refuse_few_rows,
    refuse_outcome,
    refuse_term,
)
from cxlab.models.estimator import estimator
from cxlab.models.fit import BY_CLUSTER, Fit, chosen_covariance, labelled
from cxlab.stats import linear, sandwich
from cxlab.stats.bags import bags_of
from cxlab.stats.block_products import BLOCKS, ONE_BY_ONE, ClusterProducts, block_products
from cxlab.stats.chunks import Chunk, SumsById
from cxlab.stats.moments import Moments
from cxlab.stats.resampling import product_resamples
from cxlab.stats.tall import MANY_CARRIERS
from cxlab.study.sample import Sample, refuse_unsure
from cxlab.study.study import Study

# What subtracting products leaves of an exact combination.
EXACT = 1e-13


@dataclass(frozen=True, repr=False, eq=False)
class MomentsFit(Fit):
    """A linear model fitted from cross-products: a `Fit` without respondents.

    Attributes
    ----------
    moments : Moments
        Of the terms without the intercept and, last, of the outcome.
    rest : float
        Weighted sum of squared residuals.
    clusters : int
        Number of clusters; 0 where rows are independent.

    Raises
    ------
    ModelError
        What needs rows of a study (`study`, `fitted`, `augment`, `effects`, `what_if`, …) is
        refused: `design` has the terms but no rows.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> ratings = pd.DataFrame({"wait": [1, 3, 3, 4, 5, 6, 7], "y": [1, 2, 4, 4, 6, 5, 7]})
    >>> fit = cx.fit_moments(cx.drivers.Moments.from_frame(ratings), "y")
    >>> fit.n, float(round(fit.r_squared, 2))
    (7, 0.85)
    """

    moments: Moments = None
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
        return self.moments.n

    @property
    def units(self) -> int:
        return self.clusters or self.n

    @property
    @estimator("dropped")
    def dropped(self) -> pd.DataFrame:
        frame = pd.DataFrame({"reason": ["incomplete"], "n": [self.moments.n_dropped]})
        return frame[frame["n"] > 0]

    @property
    def n_eff(self) -> float:
        moments = self.moments
        return moments.weight**2 / moments.squares if moments.weighted else float(self.n)

    @property
    def rmse(self) -> float:
        mean_square = self.rest / self.moments.weight
        return float(np.sqrt(mean_square * self.n / (self.n - len(self.params))))

    def freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """As of every fit; reads the rows again."""
        at = _at(self.moments)
        if self.covariance == "CR2":
            return ClusterProducts.of(self.moments, at, self.clusters).freedom(contrasts)
        if self.covariance == "HC2":
            return _row_freedom(self.moments, at, contrasts)
        return super().freedom(contrasts)

    @property
    def inverse(self) -> np.ndarray:
        return _at(self.moments).inverse

    def fitted(self) -> pd.Series:
        return self.study.outcome(self.outcome)

    residuals = leverage = augment = fitted

    def resamples(self, n_boot: int, seed: int = 0) -> Iterator[np.ndarray]:
        """Covariance matrices of the columns of `moments` in resamples; this reads the rows again.

        Parameters
        ----------
        n_boot : int
            Number of resamples, 50 or more.
        seed : int
            Seed of the resamples.

        Returns
        -------
        iterator of array (block × m × m)
            Blocks of resamples, `n_boot` in all.

        Raises
        ------
        ModelError
            The rows are out of reach, or fewer than 50 resamples.

        Notes
        -----
        Up to 20,000 rows (or clusters) are resampled one by one, with the draws that the same rows
        in memory would have. More are first put into 1,000 blocks at random, clusters whole,
        whatever order they lie in, and the blocks are resampled: between random blocks the products
        vary as they would between samples, so the spread is the same, known to 1/√2,000 (2 %).
        """
        moments = self.moments
        if not moments.sources:
            raise ModelError(
                "the rows behind these moments are out of reach, so they cannot be resampled;"
                " n_boot=0 gives shares without intervals"
            )
        products = block_products(moments, self.units)
        return product_resamples(products.to_numpy(), len(moments.names), n_boot, seed)

    @property
    def bags(self) -> int:
        return bags_of(self.units, ONE_BY_ONE, BLOCKS)


@estimator("fit_moments")
def fit_moments(
    moments: Moments,
    outcome: str,
    *,
    touchpoints: Iterable[str] | None = None,
    covariance: str | None = None,
) -> MomentsFit:
    """The outcome on touchpoints by (weighted) least squares, from moments.

    Parameters
    ----------
    moments : Moments
        Of the touchpoints and the outcome.
    outcome : str
        The column that is explained.
    touchpoints : iterable of str, optional
        The columns that explain it; all others of the moments where not given.
    covariance : str, optional
        As in `fit_loyalty`: CR2 where the moments have clusters, else HC2, unless given. All but
        "classical" read the rows once more, a chunk at a time, and refine the estimates on the way;
        CR2, and HC2 where fewer than 10,000 rows carry a term, read them twice, with weights three
        times. Moments without rows in reach have "classical" only.

    Returns
    -------
    MomentsFit
        Estimates in outcome units per unit of the touchpoint.

    Raises
    ------
    ModelError
        Unknown columns, too few rows or clusters, constant or collinear columns, weights that look
        like counts, rows out of reach.

    Notes
    -----
    Checked against `fit_loyalty` on the same complete rows in memory: estimates, R², errors and
    importance agree to 1e-10.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> ratings = pd.DataFrame({"wait": [1, 3, 3, 4, 5, 6, 7], "y": [1, 2, 4, 4, 6, 5, 7]})
    >>> cx.fit_moments(cx.drivers.Moments.from_frame(ratings), "y").params.round(3).to_dict()
    {'intercept': 0.167, 'wait': 0.96}
    """
    if not isinstance(moments, Moments):
        raise ModelError(
            "fit_moments takes moments first, not {kind}; write fit_moments(moments, outcome) with"
            " what Moments.from_frame, from_parquet or from_dask gives, or fit_loyalty(study)",
            kind=type(moments).__name__,
        )
    if touchpoints is None:
        touchpoints = [name for name in moments.names if name != outcome]
    names = [touchpoints] if isinstance(touchpoints, str) else list(touchpoints)
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
    own = moments.of([*names, outcome])
    kind = chosen_covariance(covariance, own.clustered)
    if kind in BY_CLUSTER and not own.clustered:
        raise ModelError(
            "covariance={kind!r}: these moments have no clusters; name them by cluster= where the"
            " moments are made",
            kind=kind,
        )
    if kind != "classical" and not own.sources:
        raise ModelError(
            "covariance={kind!r} needs the residual of every row, and the rows behind these moments"
            " are out of reach; use covariance='classical'",
            kind=kind,
        )
    n, terms, index, none = own.n, len(own.names), [INTERCEPT, *names], np.empty(0)
    own.refuse_counts()
    refuse_few_rows(outcome, n, own.n_dropped, terms)
    alike = np.diag(own.covariance) <= 1e-24 * (1 + own.mean**2)
    if alike[-1]:
        refuse_outcome(outcome, n, own.mean[-1])
    if alike.any():
        refuse_term(names[alike.argmax()], n, own.mean[alike.argmax()])
    params, cov, df, rest, clusters = _solved(own, kind)
    r_squared = float(1 - rest / own.scatter[-1, -1])
    refuse_explained(outcome, r_squared, n)
    log_likelihood = -n / 2 * (np.log(2 * np.pi * rest / own.weight) + 1)
    design = Design(
        None,
        outcome,
        pd.DataFrame(columns=index, dtype=float),
        pd.Series(dtype=float, name=outcome),
        Sample(0, none if own.weighted else None, none if own.clustered else None),
        pd.Series(dtype=str),
        dict(zip(names, names, strict=True)),
    )
    return MomentsFit(
        "loyalty: ols",
        design,
        *labelled(index, params, cov),
        kind,
        pd.Series(df, index),
        r_squared,
        np.nan if own.weighted else float(log_likelihood),
        moments=own,
        rest=rest,
        clusters=clusters,
    )


def _at(moments: Moments) -> linear.Solution:
    """The solution from the cross-products of all rows, as of p + 2 rows with the same."""
    length = np.sqrt(np.diag(moments.scatter))
    values, vectors = np.linalg.eigh(moments.scatter / np.outer(length, length))
    r = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0))).T, mode="r")
    refuse_collinear(r[:-1, :-1], moments.names, moments.n, EXACT)
    rows = np.pad(r * length, ((1, 0), (1, 0)))
    rows[0] = np.sqrt(moments.weight) * np.append(1, moments.mean)
    return linear.solve(rows[:, :-1], rows[:, -1])


def _solved(moments: Moments, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, int]:
    """Estimates with the intercept first, their covariance and degrees of freedom, Σwe² and the
    number of clusters.
    """
    at, n, outcome = _at(moments), moments.n, moments.names[-1]
    params, rest, sums = at.params, float(at.residuals @ at.residuals), ()
    df = np.full(len(params), n - len(params), dtype=float)
    if moments.sources:
        gradient, rest, filling, lone, powers, by_id = moments.fold(partial(_row_sums, at, kind))
        if lone:
            raise ModelError(
                "{lone} of {n} rows alone decide a term, so its error cannot be known; leave out a"
                " touchpoint that all but a few rate alike",
                lone=lone,
                n=n,
            )
        # One Newton step from the residuals restores the precision lost by squaring the columns'
        # condition number.
        params = params + at.inverse @ gradient
        sums = by_id.frame.to_numpy() if moments.clustered else ()
    refuse_exact(outcome, n, rest, moments.scatter[-1, -1])
    if kind == "classical":
        return params, rest / (n - len(params)) * at.inverse, df, rest, len(sums)
    spread = powers[0] ** 2 / powers[1]
    few = np.array(moments.names[:-1])[spread[0, 1:] < MIN_EFFECTIVE_CARRIERS]
    if len(few):
        raise ModelError(
            "{terms}: too few of {n} rows differ from the rest, so the error cannot be known; leave"
            " them out",
            terms=", ".join(few),
            n=n,
        )
    n_eff = moments.weight**2 / moments.squares if moments.weighted else n
    totals = sums[:, -1] if moments.clustered else np.ones(n)
    refuse_unsure(n, n_eff, len(totals), totals.sum() ** 2 / (totals @ totals))
    if kind == "CR2":
        clusters = ClusterProducts.of(moments, at, len(sums))
        df = clusters.freedom(np.eye(len(params)))
        return params, clusters.covariance(params), df, rest, len(sums)
    if kind == "clustered":
        filling, df[:] = sums[:, :-1].T @ sums[:, :-1], len(sums) - 1
    cov = sandwich.sandwich(kind, at.inverse, filling, n, moments.weighted, len(sums))
    if kind == "HC2":
        df = spread[1]
        if df.min() < MANY_CARRIERS:
            df = _row_freedom(moments, at, np.eye(len(params)))
    return params, cov, df, rest, len(sums)


def _row_sums(at: linear.Solution, kind: str, chunk: Chunk) -> np.ndarray:
    x, y, w = chunk.table[:-1].T, chunk.table[-1], chunk.weights
    residuals = y - x @ at.params
    weighted = residuals if w is None else w * residuals
    lone = int((linear.leverage(x, at.root, w) > sandwich.LONE).sum())
    scores, powers, by_id = np.zeros((chunk.n, 1)), 0.0, ()
    # Errors are not known where a row alone decides a term, and classical ones need no scores.
    if kind != "classical" and not lone:
        scores = sandwich.scores(kind, x, residuals, w, at.root)
        # What the other terms leave of each column, alone and as it weighs: squares, fourth powers.
        rest = x @ at.inverse
        both = np.array([rest, rest if w is None else w[:, None] * rest]) ** 2
        powers = np.array([both.sum(axis=1), (both**2).sum(axis=1)])
    if chunk.clusters is not None:
        totals = np.ones(chunk.n) if w is None else w
        by_id = SumsById.of(np.column_stack([scores, totals]), chunk.clusters)
    sums = [x.T @ weighted, float(weighted @ residuals), scores.T @ scores, lone, powers, by_id]
    # An array of objects is added piece by piece.
    found = np.empty(len(sums), dtype=object)
    found[:] = sums
    return found


def _row_freedom(moments: Moments, at: linear.Solution, contrasts: np.ndarray) -> np.ndarray:
    lines = at.root.T @ contrasts.T
    # Weights that are all alike may be any number.
    total = np.eye(len(at.params)) * moments.weight / moments.n
    if moments.weighted:
        total = moments.fold(partial(_squares, at))
    return sandwich.satterthwaite(moments.fold(partial(_freedom, at, lines, total)), total)


def _squares(at: linear.Solution, chunk: Chunk) -> np.ndarray:
    z = (chunk.table[:-1].T @ at.root) * chunk.weights[:, None]
    return z.T @ z


def _freedom(at: linear.Solution, lines: np.ndarray, total: np.ndarray, chunk: Chunk) -> np.ndarray:
    return sandwich.row_sums(chunk.table[:-1].T @ at.root, lines, chunk.weights, total)
