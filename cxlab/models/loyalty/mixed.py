"""A random intercept by account or respondent: answers of one of them belong together, and the
model says by how much.

statsmodels' MixedLM fits; its optimisers stop in different places, its own choice ends in "Singular
matrix" on sound data, and its errors come from a numerical Hessian. So the optimisers are tried in
a stated order, the gradient is checked, and the errors are in closed form.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import Design
from cxlab.models.estimable import check_estimable
from cxlab.models.fit import Fit

# In this order, because lbfgs, statsmodels' own choice, ends in "Singular matrix" on sound data.
OPTIMIZERS = ("bfgs", "cg", "lbfgs", "powell")
# Norm of the gradient per row at which a likelihood counts as maximal.
FLAT = 1e-4


@dataclass(frozen=True)
class RandomIntercept:
    """y = xβ + u_group + e by restricted maximum likelihood: β with its covariance, and the
    variances of u and e.
    """

    params: pd.Series
    cov: pd.DataFrame
    variance_between: float
    variance_within: float
    log_likelihood: float
    gradient: float

    @property
    def icc(self) -> float:
        """Share of the unexplained variance that lies between groups (intraclass correlation)."""
        return self.variance_between / (self.variance_between + self.variance_within)


def random_intercept(
    y: pd.Series, x: pd.DataFrame, groups: np.ndarray, instead: str
) -> RandomIntercept:
    """REML fit of y = xβ + u_group + e. Tries the optimisers in a stated order until the gradient
    is flat.

    Covariance (X'V⁻¹X)⁻¹ as in lme4. Checked against lme4 (1e-4; errors 1e-5). Raises ModelError,
    which offers `instead`, where no optimiser reaches a maximum.
    """
    import statsmodels.api as sm

    tried = []
    for optimizer in OPTIMIZERS:
        try:
            # What statsmodels warns of is checked below, on the gradient; a report shows no
            # warnings of attempts.
            with warnings.catch_warnings(record=True):
                warnings.simplefilter("always")
                result = sm.MixedLM(y.to_numpy(), x.to_numpy(), groups=groups).fit(
                    reml=True, method=optimizer, maxiter=500
                )
                gradient = float(np.abs(result.model.score(result.params_object)).max()) / len(y)
        except np.linalg.LinAlgError as error:
            tried.append(f"{optimizer}: {error}")
            continue
        between, within = float(np.asarray(result.cov_re)[0, 0]), float(result.scale)
        if gradient < FLAT and between > 0:
            cov = pd.DataFrame(
                _covariance(x, groups, between, within), index=x.columns, columns=x.columns
            )
            return RandomIntercept(
                pd.Series(result.fe_params, index=x.columns),
                cov,
                between,
                within,
                float(result.llf),
                gradient,
            )
        tried.append(f"{optimizer}: gradient {gradient:.1e} per row")
    raise ModelError(
        "the random-intercept model did not reach a maximum ({tried}); use {instead}",
        tried="; ".join(tried),
        instead=instead,
    )


def _covariance(x: pd.DataFrame, groups: np.ndarray, between: float, within: float) -> np.ndarray:
    """(X'V⁻¹X)⁻¹ with V⁻¹ in closed form; statsmodels' own errors are up to 2e-4 off lme4's."""
    by_group = x.groupby(groups)
    sums, sizes = by_group.sum().to_numpy(), by_group.size().to_numpy()
    shrunk = between / (within + sizes * between)
    information = (x.to_numpy().T @ x.to_numpy() - (sums * shrunk[:, None]).T @ sums) / within
    return np.linalg.inv(information)


@dataclass(frozen=True, repr=False, eq=False)
class MixedFit(Fit):
    """Loyalty with a random intercept by `design.clusters`. `r_squared` is the marginal R² of
    Nakagawa & Schielzeth (2013): what the terms explain of all variance, that between the groups
    included. `df` by term is the between–within rule (Pinheiro & Bates 2000, as R's nlme).
    """

    variance_between: float = np.nan
    variance_within: float = np.nan
    gradient: float = 0.0

    @property
    def icc(self) -> float:
        """Share of the unexplained variance that lies between groups (intraclass correlation)."""
        return self.variance_between / (self.variance_between + self.variance_within)

    def glance(self) -> pd.DataFrame:
        """Exactly one row about the whole model; `icc` and the two variances are of what the terms
        leave unexplained.
        """
        return pd.DataFrame(
            [
                {
                    "outcome": self.outcome,
                    "model": self.model,
                    "n": self.n,
                    "n_eff": float(self.n),
                    "r_squared": self.r_squared,
                    "icc": self.icc,
                    "variance_between": self.variance_between,
                    "variance_within": self.variance_within,
                    "log_likelihood": self.log_likelihood,
                    "rmse": float(np.sqrt((self.residuals() ** 2).mean())),
                    "df_residual": self.least_df,
                    "covariance": self.covariance,
                    "missing": self.design.missing,
                    "weighted": False,
                    "clusters": self.units,
                    "gradient": self.gradient,
                }
            ]
        )


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
    groups = design.clusters
    count, n = design.sample.units, len(groups)
    if count == n:
        raise ModelError(
            "outcome {outcome}: each of the {count} groups has one row, so nothing is known about"
            " what they share; use family='ols'",
            outcome=design.outcome,
            count=count,
        )
    at = random_intercept(design.y, design.x, groups, "family='ols'")
    spread = float((design.x @ at.params).var())
    r_squared = spread / (spread + at.variance_between + at.variance_within)
    return MixedFit(
        "loyalty: mixed",
        design,
        at.params,
        at.cov,
        "reml",
        _degrees(design.x, groups),
        r_squared,
        at.log_likelihood,
        family="mixed",
        variance_between=at.variance_between,
        variance_within=at.variance_within,
        gradient=at.gradient,
    )


def _degrees(x: pd.DataFrame, groups: np.ndarray) -> pd.Series:
    """Degrees of freedom by term: what varies within groups has n − groups − such terms, what only
    differs between them groups − such terms.
    """
    by_group = x.groupby(groups)
    outer = (by_group.max() == by_group.min()).all()
    count, inner_terms = len(np.unique(groups)), int((~outer).sum())
    df = pd.Series(float(len(x) - count - inner_terms), index=x.columns)
    df[outer] = count - int(outer.sum())
    # The intercept counts among the outer terms, but is estimated from all rows (Pinheiro & Bates
    # 2000, p. 91).
    df.iloc[0] = df[~outer].max() if inner_terms else df.iloc[0]
    if (df < 1).any():
        raise ModelError(
            "{count} groups of {n} rows for {terms} terms: the groups leave no degree of freedom;"
            " use fewer touchpoints, or family='ols'",
            count=count,
            n=len(x),
            terms=x.shape[1],
        )
    return df
