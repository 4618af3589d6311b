"""Loyalty regression with a random intercept by account, respondent or segment."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import Design
from cxlab.models.estimable import check_estimable
from cxlab.models.fit import Fit, labelled
from cxlab.stats.random_intercept import random_intercept


@dataclass(frozen=True, repr=False, eq=False)
class MixedFit(Fit):
    """A `Fit` with a random intercept by `design.clusters`.

    Attributes
    ----------
    r_squared : float
        Marginal R²: the terms' part of all variance, that between groups included (Nakagawa &
        Schielzeth 2013).
    icc : float
        Share (0–1) of the unexplained variance that lies between groups (intraclass correlation).
    variance_between, variance_within : float
        Of the random intercept and of the residual, squared outcome units.
    df : Series
        By term, the between–within rule (Pinheiro & Bates 2000, as R's nlme).
    gradient : float
        Largest derivative of the likelihood per row where it was maximal.
    """

    measures = (
        *("outcome", "model", "n", "n_eff", "r_squared", "icc", "variance_between"),
        *("variance_within", "log_likelihood", "rmse", "df_least", "covariance", "missing"),
        *("weighted", "clusters", "gradient"),
    )

    icc: float = np.nan
    variance_between: float = np.nan
    variance_within: float = np.nan
    gradient: float = 0.0

    @property
    def rmse(self) -> float:
        return float(np.sqrt((self.residuals() ** 2).mean()))


def fit_mixed(design: Design) -> MixedFit:
    """The design with a random intercept by its clusters. Raises ModelError: weights, every group a
    single row, no convergence.
    """
    if design.weights is not None:
        raise ModelError(
            "family='mixed' has no sound form with sampling weights (they would have to be known at"
            " both levels); use family='ols', whose errors are clustered"
        )
    check_estimable(design)
    x, groups, terms = design.x.to_numpy(dtype=float), design.clusters, design.x.columns
    count, n = design.sample.units, len(groups)
    if count == n:
        raise ModelError(
            "outcome {outcome}: each of the {count} groups has one row, so nothing is known about"
            " what they share; use family='ols'",
            outcome=design.outcome,
            count=count,
        )
    at = random_intercept(design.y.to_numpy(), x, groups, "family='ols'")
    # What varies within groups has n − groups − such terms, what only differs between them groups −
    # such terms.
    by_group = design.x.groupby(groups)
    outer = (by_group.max() == by_group.min()).all()
    inner_terms = int((~outer).sum())
    df = pd.Series(float(n - count - inner_terms), index=terms)
    df[outer] = count - int(outer.sum())
    # The intercept counts among the outer terms, but is estimated from all rows (Pinheiro & Bates
    # 2000, p. 91).
    df.iloc[0] = df[~outer].max() if inner_terms else df.iloc[0]
    if (df < 1).any():
        raise ModelError(
            "{count} groups of {n} rows for {terms} terms: the groups leave no degree of freedom;"
            " use fewer touchpoints, or family='ols'",
            count=count,
            n=n,
            terms=len(terms),
        )
    spread = float((x @ at.params).var(ddof=1))
    return MixedFit(
        "loyalty: mixed",
        design,
        *labelled(terms, at.params, at.cov),
        "reml",
        df,
        spread / (spread + at.variance_between + at.variance_within),
        at.log_likelihood,
        family="mixed",
        icc=at.icc,
        variance_between=at.variance_between,
        variance_within=at.variance_within,
        gradient=at.gradient,
    )
