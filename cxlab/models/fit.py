"""One least-squares fit for every linear model of the house, checked before and after.

Around the solver stand the checks that libraries lack (a constant outcome, a duplicate column, as
many terms as rows give numbers there) and the count of every row that was left out and why. `tidy /
glance / augment` follow R's broom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.estimable import check_estimable
from cxlab.stats import linear
from cxlab.stats.inference import t_inference
from cxlab.stats.moments import Moments
from cxlab.study.study import Study

# What each family's `r_squared` is, in a printed fit.
R_SQUARED = {
    "ols": "R²",
    "ordinal": "McFadden's R²",
    "binary": "McFadden's R²",
    "mixed": "marginal R²",
}
COVARIANCES = ("HC3", "HC2", "clustered", "linearised", "classical")


@dataclass(frozen=True, repr=False, eq=False)
class Fit:
    """A linear model that was fitted. `params` and `cov` are in outcome units per unit of the term.

    `covariance` names what the standard errors rest on: HC3 or HC2 (MacKinnon & White 1985),
    clustered (CR1; Liang & Zeger 1986), linearised (sampling weights; Binder 1983, as R survey's
    svyglm) or classical; HC3 with weights is R sandwich's. Intervals use t with `df` degrees of
    freedom: n − terms, or clusters − 1; a Series where each term has its own, infinite where the
    normal law is meant.
    """

    model: str
    design: Design
    params: pd.Series
    cov: pd.DataFrame
    covariance: str
    df: float | pd.Series
    r_squared: float
    log_likelihood: float
    omitted: tuple[str, ...] = ()
    family: str = "ols"

    @property
    def study(self) -> Study:
        return self.design.study

    @property
    def outcome(self) -> str:
        return self.design.outcome

    @property
    def n(self) -> int:
        return len(self.design.y)

    @property
    def least_df(self) -> float:
        """Degrees of freedom of the term that has the fewest."""
        return float(np.min(self.df))

    @property
    def units(self) -> int:
        """Independent rows, or clusters of them."""
        return self.design.sample.units

    @property
    def moments(self) -> Moments:
        """Weighted cross-products of the terms without the intercept and, last, of the outcome."""
        return Moments.from_frame(self.columns(), self.design.weights)

    def resamples(self, n_boot: int, seed: int | None = None) -> Iterator[np.ndarray]:
        """Covariance matrices (block × m × m) of the columns of `moments` in `n_boot` resamples of
        the rows, or of whole clusters.
        """
        return self.design.resamples(self.columns(), n_boot, seed)

    def columns(self) -> pd.DataFrame:
        """The terms without the intercept and, last, the outcome, for the rows used."""
        return self.design.x.drop(columns=INTERCEPT, errors="ignore").assign(
            **{self.outcome: self.design.y}
        )

    @property
    def dropped(self) -> pd.DataFrame:
        """Rows of the study that did not enter, by reason: `reason n`."""
        counts = self.design.reason[self.design.reason != ""].value_counts()
        return counts.rename_axis("reason").reset_index(name="n")

    def tidy(self, conf_level: float = 0.95) -> pd.DataFrame:
        """One row a term: `term touchpoint outcome estimate std_error statistic p_value conf_low
        conf_high`.
        """
        error = np.sqrt(np.diag(self.cov))
        frame = pd.DataFrame(
            {
                "term": self.params.index,
                "touchpoint": [self.design.touchpoint.get(term, "") for term in self.params.index],
                "outcome": self.outcome,
                "estimate": self.params.to_numpy(),
            }
        )
        return with_inference(frame, error, self.df, conf_level)

    def glance(self) -> pd.DataFrame:
        """Exactly one row about the whole model. AICc and BIC need independent, unweighted rows;
        NaN otherwise.
        """
        n, terms = self.n, len(self.params)
        aicc, bic = self.information()
        weights = self.design.weights
        return pd.DataFrame(
            [
                {
                    "outcome": self.outcome,
                    "model": self.model,
                    "n": n,
                    "n_eff": self.design.sample.n_eff,
                    "r_squared": self.r_squared,
                    "adj_r_squared": 1 - (1 - self.r_squared) * (n - 1) / (n - terms),
                    "rmse": float(
                        np.sqrt(
                            np.average(self.residuals() ** 2, weights=weights) * n / (n - terms)
                        )
                    ),
                    "df_residual": self.least_df,
                    "aicc": aicc,
                    "bic": bic,
                    "covariance": self.covariance,
                    "missing": self.design.missing,
                    "weighted": weights is not None,
                    "clusters": 0 if self.design.clusters is None else self.units,
                }
            ]
        )

    def augment(self) -> pd.DataFrame:
        """The study's own rows, in its order and with its index: `observed fitted residual leverage
        used reason`.
        """
        used = self.design.reason == ""
        return pd.DataFrame(
            {
                "observed": (
                    self.study.outcome(self.outcome)
                    if self.design.observed is None
                    else self.design.observed
                ),
                "fitted": self.fitted().reindex(used.index),
                "residual": self.residuals().reindex(used.index),
                "leverage": (
                    pd.Series(self.leverage(), index=self.design.y.index).reindex(used.index)
                ),
                "used": used,
                "reason": self.design.reason,
            }
        )

    def fitted(self) -> pd.Series:
        return self.design.x @ self.params

    def residuals(self) -> pd.Series:
        return self.design.y - self.fitted()

    def leverage(self) -> np.ndarray:
        """Diagonal of the (weighted) hat matrix, n values that sum to the number of terms."""
        x = self.design.x.to_numpy(dtype=float)
        q, _ = np.linalg.qr(linear.standardised(x, np.sqrt(self.design.sample.w))[0])
        return (q**2).sum(axis=1)

    def information(self) -> tuple[float, float]:
        """AICc and BIC, the residual variance counted as a parameter; NaN with weights or clusters,
        where the likelihood is not one.
        """
        if not self.design.sample.equal:
            return np.nan, np.nan
        n, k = self.n, len(self.params) + 1
        aicc = (
            -2 * self.log_likelihood
            + 2 * k
            + (2 * k * (k + 1) / (n - k - 1) if n - k - 1 > 0 else np.inf)
        )
        return aicc, -2 * self.log_likelihood + k * np.log(n)

    def overall_p_value(self) -> float:
        """Wald test, on the fit's covariance, that no term explains anything; the classical F test
        where clusters are too few for it.
        """
        b, cov = (
            self.params.drop(INTERCEPT).to_numpy(),
            self.cov.drop(index=INTERCEPT, columns=INTERCEPT).to_numpy(),
        )
        _, p_value = self.wald(b, cov)
        if np.isfinite(p_value):
            return p_value
        q, n = len(b), self.n
        return float(
            stats.f.sf(self.r_squared / q / ((1 - self.r_squared) / (n - q - 1)), q, n - q - 1)
        )

    def wald(self, off: np.ndarray, cov: np.ndarray) -> tuple[float, float]:
        """F and p of the hypothesis that `off` (q numbers with covariance `cov`) is zero.

        With clusters, F is scaled and referred to q and clusters − q degrees of freedom, as
        Hotelling's T²; NaN where there are no more clusters than constraints, because their
        covariance then has not full rank.
        """
        q, df = len(off), self.least_df
        scale, df = (1.0, df) if self.covariance != "clustered" else ((df + 1 - q) / df, df + 1 - q)
        if df < 1:
            return np.nan, np.nan
        statistic = float(off @ np.linalg.solve(cov, off)) / q * scale
        return statistic, float(
            stats.f.sf(statistic, q, df) if np.isfinite(df) else stats.chi2.sf(q * statistic, q)
        )

    def __repr__(self) -> str:
        left_out = "; ".join(f"{row.reason} {row.n}" for row in self.dropped.itertuples()) or "none"
        named = (
            f"; touchpoints that nobody met or all rate alike: {', '.join(self.omitted)}"
            if self.omitted
            else ""
        )
        terms = self.tidy().drop(columns="outcome").to_string(index=False, float_format="%.4g")
        return (
            f"{type(self).__name__} {self.model}: {self.outcome}, n = {self.n},"
            f" {R_SQUARED[self.family]} = {self.r_squared:.3f}, {self.covariance} errors\n"
            f"  left out: {left_out}{named}\n{terms}"
        )


def with_inference(
    frame: pd.DataFrame, error: np.ndarray, df: float | pd.Series, conf_level: float
) -> pd.DataFrame:
    """A frame that has `estimate`, with `std_error statistic p_value conf_low conf_high` by t."""
    return frame.assign(**t_inference(frame["estimate"], error, df, conf_level))


def least_squares(design: Design, model: str, covariance: str | None = None) -> Fit:
    """Fit by (weighted) least squares (`cxlab.stats.linear`). `covariance=None` chooses by the
    data: clustered, linearised or HC3.

    Raises ModelError where the outcome is constant, rows are too few, or a column is constant or a
    combination of others.
    """
    check_estimable(design)
    x, y, sample = design.x.to_numpy(dtype=float), design.y.to_numpy(dtype=float), design.sample
    kind = covariance or usual_covariance(sample.clusters is not None, sample.weights is not None)
    if kind not in COVARIANCES:
        raise ModelError(
            "covariance={kind!r}: give HC3, HC2, clustered, linearised or classical", kind=kind
        )
    if kind == "clustered" and sample.clusters is None:
        raise ModelError("covariance='clustered': this study declares neither accounts nor a panel")
    solution = linear.solve(x, y, sample.weights)
    terms, n = design.x.columns, len(y)
    cov = linear.covariance(kind, x, solution, sample.weights, sample.clusters)
    df = sample.units - 1 if kind == "clustered" else n - len(terms)
    # Weights are known up to a factor only, so that their mean counts as 1.
    w = sample.w
    rest, total = w @ solution.residuals**2, w @ (y - w @ y / w.sum()) ** 2
    with np.errstate(divide="ignore"):
        log_likelihood = -n / 2 * (np.log(2 * np.pi * rest / n) + 1) + np.log(w).sum() / 2
    return Fit(
        model,
        design,
        pd.Series(solution.params, index=terms),
        pd.DataFrame(cov, index=terms, columns=terms),
        kind,
        df,
        float(1 - rest / total),
        float(log_likelihood),
    )


def usual_covariance(clustered: bool, weighted: bool) -> str:
    """What standard errors rest on where nobody says otherwise."""
    return "clustered" if clustered else "linearised" if weighted else "HC3"
