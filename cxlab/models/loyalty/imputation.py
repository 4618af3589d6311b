"""Multiple imputation of refused answers, and the pooled fit of the completed data sets.

Dropping a respondent for one "don't know" of twelve loses eleven answers, and refusal is rarely
random. Multiple imputation (Rubin 1987) draws each refused rating from its distribution given the
respondent's other answers, several times, so that standard errors include the uncertainty of the
imputed values. A touchpoint that a respondent never met has no rating to impute and stays as in
usage coding.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import add

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit, labelled
from cxlab.stats.bags import bagged, bags_of
from cxlab.stats.imputation import chained_equations
from cxlab.stats.moments import Moments
from cxlab.stats.pooling import rubin
from cxlab.stats.resampling import covariances, dealt_counts, unit_products
from cxlab.study.sample import Sample

# With fewer data sets the variance between them is badly estimated.
MIN_IMPUTED = 5
# Answered rows that an imputation model needs for each of its terms.
ROWS_PER_TERM = 2
# Columns of `glance` that are averaged over the completed data sets.
AVERAGED = ["rmse", "log_likelihood", "icc", "variance_between", "variance_within"]


@dataclass(frozen=True, repr=False, eq=False)
class PooledFit(Fit):
    """The pooled fit of m completed data sets: a `Fit` by Rubin's rules.

    Attributes
    ----------
    params : Series
        Mean of the m estimates.
    cov : DataFrame
        Rubin's total covariance, W + (1 + 1/m)B.
    df : Series
        Degrees of freedom by term (Barnard & Rubin 1999).
    completed : tuple of Fit
        The m fits. Statistics of rows are means over them.
    fmi : Series
        Fraction of missing information (0–1) of each term.
    imputed : Series
        Number of imputed answers of each touchpoint.
    design : Design
        That of the fits, with the mean of the imputed values.

    Notes
    -----
    Rubin (1987). Checked against the closed formulas and statsmodels' MICE.
    """

    completed: tuple[Fit, ...] = ()
    fmi: pd.Series = None
    imputed: pd.Series = None
    # The likelihood of imputed answers is no likelihood of the observed data.
    aicc = bic = np.nan

    @estimator("tidy")
    def tidy(self, *, conf_level: float = 0.95) -> pd.DataFrame:
        """The columns of `Fit.tidy`, and `fmi` (0–1)."""
        return super().tidy(conf_level=conf_level).assign(fmi=self.fmi.to_numpy())

    @estimator("glance")
    def glance(self) -> pd.DataFrame:
        """The model as a whole, in one row.

        Returns
        -------
        DataFrame
            The columns of the family's `glance`, averaged over the completed data sets; `n_imputed`
            data sets; `fmi` (0–1), the largest of a term. AICc and BIC are NaN where answers were
            imputed.
        """
        each = pd.concat([fit.glance() for fit in self.completed], ignore_index=True)
        row = each.head(1).copy()
        means = row.columns.intersection(AVERAGED)
        row[means] = each[means].mean().to_numpy()
        row["r_squared"], row["df_least"] = self.r_squared, self.df_least
        if "adj_r_squared" in row:
            spare = (self.n - 1) / (self.n - len(self.params))
            row["adj_r_squared"] = 1 - (1 - self.r_squared) * spare
        if self.imputed.sum():
            row[row.columns.intersection(["aicc", "bic"])] = np.nan
        return row.assign(n_imputed=len(self.completed), fmi=float(self.fmi.max()))

    @property
    def completed_fits(self) -> tuple[Fit, ...]:
        return self.completed

    def fitted(self) -> pd.Series:
        return sum(fit.fitted() for fit in self.completed) / len(self.completed)

    def leverage(self) -> np.ndarray:
        return np.mean([fit.leverage() for fit in self.completed], axis=0)

    @property
    def moments(self) -> Moments:
        """Those of the completed data sets stacked, each row counting 1/m."""
        m, total = len(self.completed), reduce(add, (fit.moments for fit in self.completed))
        return replace(total, n=total.n // m, weight=total.weight / m, scatter=total.scatter / m)

    def resamples(self, n_boot: int, seed: int = 0) -> Iterator[np.ndarray]:
        """`n_boot` resamples in all, an equal part from each completed data set."""
        drawn = bagged(self.design.clusters, self.n, seed)
        units = bags_of(self.units) or self.units
        dealt = dealt_counts(units, n_boot, seed, len(self.completed))
        for fit, counts in zip(self.completed, dealt, strict=True):
            columns = fit.columns()
            products = unit_products(columns, fit.design.weights, drawn)
            yield covariances(counts @ products, columns.shape[1])

    def __repr__(self) -> str:
        counts = (
            ", ".join(f"{name} {count}" for name, count in self.imputed.items() if count) or "none"
        )
        return f"{super().__repr__()}\n  imputed in {len(self.completed)} data sets: {counts}"


def pooled(fits: list[Fit], imputed: pd.Series) -> PooledFit:
    """The fits of completed data sets as one; `imputed` answers of each touchpoint."""
    first, terms = fits[0], fits[0].params.index
    df = np.mean([fit.df for fit in fits], axis=0)
    params, covs = (np.array([getattr(fit, one) for fit in fits]) for one in ("params", "cov"))
    estimate, cov, df, fmi = rubin(params, covs, df)
    shared = {one.name: getattr(first, one.name) for one in fields(Fit)}
    for name in ("log_likelihood", "r_squared"):
        shared[name] = float(np.mean([getattr(fit, name) for fit in fits]))
    shared["params"], shared["cov"] = labelled(terms, estimate, cov)
    shared["df"], fmi = pd.Series(df, terms), pd.Series(fmi, terms)
    shared["design"] = replace(first.design, x=sum(fit.design.x for fit in fits) / len(fits))
    fit = PooledFit(**shared, completed=tuple(fits), fmi=fmi, imputed=imputed)
    # LMG decomposes the R² of the stacked products.
    return replace(fit, r_squared=fit.moments.r_squared) if first.family == "ols" else fit


def completed_ratings(
    ratings: pd.DataFrame,
    states: pd.DataFrame,
    y: pd.Series,
    sample: Sample,
    n_imputed: int,
    seed: int,
    held: pd.DataFrame | None = None,
) -> Iterator[pd.DataFrame]:
    """`n_imputed` copies of `ratings` whose `no_answer` cells are imputed by chained equations.

    Each touchpoint with refused answers is regressed on the outcome, the other touchpoints in usage
    coding, the controls `held`, the logarithm of the sampling weight (Seaman et al. 2012) and, with
    clusters, their means of the outcome and of the other touchpoints
    (`cxlab.stats.imputation.chained_equations`). Where nothing is to be imputed there is one copy.
    Raises ModelError: fewer than 5 data sets, a touchpoint with too few answers to impute from.
    """
    if n_imputed < MIN_IMPUTED:
        raise ModelError(
            "n_imputed={n_imputed}: give {least} or more completed data sets (20 is usual)",
            n_imputed=n_imputed,
            least=MIN_IMPUTED,
        )
    unused, refused = states == "not_used", states == "no_answer"
    if not refused.to_numpy().any():
        yield ratings
        return
    # Usage coding: non-users are at the users' mean, with an indicator.
    values = ratings.fillna(ratings.mean()).mask(refused)
    columns = [values, y, unused.loc[:, unused.any()]]
    columns += [] if held is None else [held]
    columns += [] if sample.weights is None else [np.log(sample.weights)]
    if sample.clusters is not None:
        # The last columns are the clusters' means of the touchpoints.
        means = ratings.groupby(sample.clusters).transform("mean").fillna(ratings.mean())
        columns += [y.groupby(sample.clusters).transform("mean"), means]
    data = pd.DataFrame(np.column_stack(columns).astype(float))
    need, lost = ROWS_PER_TERM * data.shape[1], refused.sum()
    answered = len(states) - unused.sum() - lost
    if len(thin := lost.index[(lost > 0) & (answered < need)]):
        raise ModelError(
            "touchpoint {touchpoint}: {answered} answers are too few to impute {lost} refused ones"
            " from ({need} needed); use fewer touchpoints, or missing='usage'",
            touchpoint=thin[0],
            answered=int(answered[thin[0]]),
            lost=int(lost[thin[0]]),
            need=need,
        )
    cells = refused.to_numpy(), unused.to_numpy()
    for completed in chained_equations(data, *cells, sample.clusters, n_imputed, seed):
        yield ratings.where(~refused, completed)
