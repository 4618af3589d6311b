"""The least-squares fit of every linear model, and what all fits have in common.

The solver is surrounded by checks that libraries lack (a constant outcome, a duplicate column, as
many terms as rows give numbers there) and by the count of every row that was left out and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design, states_of
from cxlab.models.estimable import check_estimable
from cxlab.models.estimator import estimator
from cxlab.stats import linear
from cxlab.stats.inference import t_inference
from cxlab.stats.moments import Moments
from cxlab.study.sample import Sample
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
    """A linear model that was fitted.

    Attributes
    ----------
    model : str
        What was fitted, in words.
    design : Design
        Rows and terms, and why other rows were left out.
    params : Series
        Estimates by term, in outcome units per unit of the term.
    cov : DataFrame
        Their covariance.
    covariance : str
        What standard errors rest on: HC3 or HC2 (MacKinnon & White 1985; HC3 with weights is R
        sandwich's), clustered (CR1; Liang & Zeger 1986), linearised (sampling weights; Binder 1983,
        as R survey's svyglm) or classical.
    df : float or Series
        Degrees of freedom of t: n − terms, or clusters − 1; a Series where each term has its own,
        infinite where the normal law is meant.
    r_squared, log_likelihood : float
        R² (of a mixed model the marginal one), and the maximum of the log-likelihood.
    omitted : tuple of str
        Touchpoints that were left out because nobody met them or all rate them alike.
    family : {"ols", "ordinal", "binary", "mixed"}
    settings : Mapping
        Of a fit of `fit_loyalty` the keywords that it was called with.
    by_stage : bool
        Whether stages of the journey stand for the touchpoints; `study` is then `study.by_stage()`.
    stage_reason : {"", "many", "few_answers"}
        Why, where `fit_loyalty` found it needed: more touchpoints than can be ranked one by one, or
        too few answers to tell them apart.
    single_touchpoints : int
        How many touchpoints the stages stand for.

    Notes
    -----
    Every column of `glance` is an attribute too, such as `aicc` and `rmse`. `tidy`, `glance` and
    `augment` follow R's broom (Robinson 2014).

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(300, seed=1), touchpoints=["delivery", "support"])
    >>> fit.n, round(fit.r_squared, 2), fit.covariance
    (300, 0.62, 'HC3')
    """

    # Columns of `glance`: each is an attribute of the fit.
    measures: ClassVar[tuple[str, ...]] = (
        *("outcome", "model", "n", "n_eff", "r_squared", "adj_r_squared", "rmse", "df_residual"),
        *("aicc", "bic", "covariance", "missing", "weighted", "clusters"),
    )

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
    settings: Mapping[str, Any] = field(default_factory=dict)
    by_stage: bool = False
    stage_reason: str = ""
    single_touchpoints: int = 0
    # The kind of result that `tidy` gives.
    tidy_kind: str = field(default="tidy", kw_only=True)

    @property
    def study(self) -> Study:
        return self.design.study

    @property
    def outcome(self) -> str:
        return self.design.outcome

    @property
    def touchpoints(self) -> list[str]:
        """The touchpoints with a rating among the terms, in the order of the fit."""
        return [t for t in self.design.touchpoints if t in self.params.index]

    @property
    def completed_fits(self) -> tuple[Fit, ...]:
        """The fits of the data sets that multiple imputation completed, or the fit itself."""
        return (self,)

    def met(self) -> pd.DataFrame:
        """Who of the rows met each touchpoint (rows × touchpoints): the others have no rating. An
        imputed answer is one of somebody who did.
        """
        return states_of(self.study, self.touchpoints).loc[self.design.x.index] != "not_used"

    @property
    def missing(self) -> str:
        """What was done with missing answers."""
        return self.design.missing

    @property
    def n(self) -> int:
        return len(self.design.y)

    @property
    def n_eff(self) -> float:
        """Effective number of rows under weighting (Kish 1965)."""
        return self.design.sample.n_eff

    @property
    def weighted(self) -> bool:
        return self.design.weights is not None

    @property
    def clusters(self) -> int:
        """Number of clusters; 0 where rows are independent."""
        return 0 if self.design.clusters is None else self.units

    @property
    def units(self) -> int:
        """Independent rows, or clusters of them."""
        return self.design.sample.units

    @property
    def df_residual(self) -> float:
        """Degrees of freedom of the term that has the fewest."""
        return float(np.min(self.df))

    @property
    def adj_r_squared(self) -> float:
        return 1 - (1 - self.r_squared) * (self.n - 1) / (self.n - len(self.params))

    @property
    def rmse(self) -> float:
        """Residual standard deviation, outcome units."""
        mean_square = self.design.sample.average(self.residuals() ** 2)
        return float(np.sqrt(mean_square * self.n / (self.n - len(self.params))))

    @property
    def aicc(self) -> float:
        return self.information()[0]

    @property
    def bic(self) -> float:
        return self.information()[1]

    @property
    def moments(self) -> Moments:
        """Weighted cross-products of the terms without the intercept and, last, of the outcome."""
        return Moments.from_frame(self.columns(), self.design.weights)

    def resamples(self, n_boot: int, seed: int) -> Iterator[np.ndarray]:
        """Covariance matrices of the columns of `moments` in resamples of the rows, or of whole
        clusters.

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
            Fewer than 50 resamples.

        Notes
        -----
        Case resampling (Efron 1979); a weighted row keeps its weight when it is drawn.
        """
        return self.design.resamples(self.columns(), n_boot, seed)

    def columns(self) -> pd.DataFrame:
        """The terms without the intercept and, last, the outcome, for the rows used."""
        return self.design.x.drop(columns=INTERCEPT, errors="ignore").assign(
            **{self.outcome: self.design.y}
        )

    @property
    @estimator("dropped")
    def dropped(self) -> pd.DataFrame:
        """Rows of the study that were not used.

        Returns
        -------
        DataFrame
            `reason n`: one row a reason, the most frequent first; n rows of the study.
        """
        counts = self.design.reason[self.design.reason != ""].value_counts()
        return counts.rename_axis("reason").reset_index(name="n")

    @estimator(lambda given: given["self"].tidy_kind)
    def tidy(self, *, conf_level: float = 0.95) -> pd.DataFrame:
        """The terms with their estimates.

        Parameters
        ----------
        conf_level : float
            Confidence level of the intervals.

        Returns
        -------
        DataFrame
            One row a term: `term touchpoint outcome estimate std_error statistic p_value conf_low
            conf_high`, in outcome units per unit of the term; `touchpoint` is "" for the intercept
            and for controls.

        Raises
        ------
        ModelError
            `conf_level` is no number between 0 and 1.

        Notes
        -----
        Student's t with `df` degrees of freedom, the normal law where `df` is infinite.

        Examples
        --------
        >>> import cxlab as cx
        >>> fit = cx.fit_loyalty(cx.simulate_study(200, seed=1))
        >>> fit.tidy()[["term", "estimate"]].head(2).round(2).values.tolist()
        [['intercept', 1.08], ['advertising', -0.07]]
        """
        frame = pd.DataFrame(
            {
                "term": self.params.index,
                "touchpoint": [self.design.touchpoint.get(term, "") for term in self.params.index],
                "outcome": self.outcome,
                "estimate": self.params.to_numpy(),
            }
        )
        return with_inference(frame, np.sqrt(np.diag(self.cov)), self.df, conf_level)

    @estimator("glance")
    def glance(self) -> pd.DataFrame:
        """The model as a whole, in one row.

        Returns
        -------
        DataFrame
            Of a linear model `outcome model n n_eff r_squared adj_r_squared rmse df_residual aicc
            bic covariance missing weighted clusters`; other families have their own measures of
            fit. `r_squared`, `missing`, `weighted` and `covariance` are the attributes; `n_eff` is
            Kish's effective number of rows, `rmse` in outcome units, `clusters` their number or 0.

        Notes
        -----
        AICc (Hurvich & Tsai 1989) and BIC (Schwarz 1978) need independent, unweighted rows and are
        NaN otherwise.

        Examples
        --------
        >>> import cxlab as cx
        >>> fit = cx.fit_loyalty(cx.simulate_study(300, seed=1), touchpoints=["delivery"])
        >>> fit.glance()[["outcome", "n", "clusters"]].values.tolist()
        [['recommend', 300, 0]]
        """
        return pd.DataFrame([{name: getattr(self, name) for name in self.measures}])

    def augment(self) -> pd.DataFrame:
        """What the model says of every respondent.

        Returns
        -------
        DataFrame
            The study's own rows, in its order and with its index: `observed fitted residual
            leverage used reason`; the first three in outcome units, NaN where a row was not used,
            whose `reason` is given.

        Examples
        --------
        >>> import cxlab as cx
        >>> fit = cx.fit_loyalty(cx.simulate_study(300, seed=1), touchpoints=["delivery"])
        >>> rows = fit.augment()
        >>> len(rows), bool(rows["used"].all()), bool(abs(rows["residual"].mean()) < 1e-9)
        (300, True, True)
        """
        design, observed = self.design, self.design.observed
        return pd.DataFrame(
            {
                "observed": self.study.outcome(self.outcome) if observed is None else observed,
                "fitted": self.fitted(),
                "residual": self.residuals(),
                "leverage": pd.Series(self.leverage(), index=design.y.index),
                "used": design.reason == "",
                "reason": design.reason,
            },
            index=design.reason.index,
        )

    def standard_errors(self, contrasts: np.ndarray) -> np.ndarray:
        """Standard errors of linear combinations of the parameters (q × k); q values."""
        return np.sqrt(linear.quadratic_forms(contrasts, self.cov.to_numpy()))

    def fitted(self) -> pd.Series:
        """The outcome that the model expects of each row used (n, outcome units)."""
        return self.design.x @ self.params

    def residuals(self) -> pd.Series:
        """Observed less fitted outcome of each row used (n, outcome units)."""
        return self.design.y - self.fitted()

    def leverage(self) -> np.ndarray:
        """Diagonal of the (weighted) hat matrix, n values that sum to the number of terms."""
        return (self.design.qr()[0] ** 2).sum(axis=1)

    @property
    def parameters(self) -> int:
        """Parameters of the likelihood; the residual variance is one."""
        return len(self.params) + 1

    def information(self) -> tuple[float, float]:
        """AICc (Hurvich & Tsai 1989) and BIC (Schwarz 1978); NaN with weights or clusters, where
        the likelihood is not one.
        """
        if not self.design.sample.equal:
            return np.nan, np.nan
        n, k = self.n, self.parameters
        small = 2 * k * (k + 1) / (n - k - 1) if n - k - 1 > 0 else np.inf
        deviance = -2 * self.log_likelihood
        return deviance + 2 * k + small, deviance + k * np.log(n)

    def wald(self, off: np.ndarray, cov: np.ndarray) -> tuple[float, float]:
        """Wald's test that some contrasts of the parameters are zero.

        Parameters
        ----------
        off : array (q)
            Values of the contrasts.
        cov : array (q × q)
            Their covariance.

        Returns
        -------
        tuple of float
            F and its p value.

        Notes
        -----
        With clusters, F is scaled and referred to q and clusters − q degrees of freedom, as
        Hotelling's T² (1931); NaN where there are no more clusters than constraints, because their
        covariance then has not full rank.
        """
        q, df, scale = len(off), self.df_residual, 1.0
        if self.covariance == "clustered":
            scale, df = (df + 1 - q) / df, df + 1 - q
        if df < 1:
            return np.nan, np.nan
        statistic = float(off @ np.linalg.solve(cov, off)) / q * scale
        if np.isfinite(df):
            return statistic, float(stats.f.sf(statistic, q, df))
        return statistic, float(stats.chi2.sf(q * statistic, q))

    def __repr__(self) -> str:
        left_out = "; ".join(f"{row.reason} {row.n}" for row in self.dropped.itertuples()) or "none"
        if self.omitted:
            left_out += (
                f"; touchpoints that nobody met or all rate alike: {', '.join(self.omitted)}"
            )
        terms = self.tidy().drop(columns="outcome").to_string(index=False, float_format="%.4g")
        return (
            f"{type(self).__name__} {self.model}: {self.outcome}, n = {self.n},"
            f" {R_SQUARED[self.family]} = {self.r_squared:.3f}, {self.covariance} errors\n"
            f"  left out: {left_out}\n{terms}"
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
    kind = chosen_covariance(covariance, sample.clusters is not None, sample.weights is not None)
    refuse_without_clusters(kind, sample)
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
        *labelled(terms, solution.params, cov),
        kind,
        df,
        float(1 - rest / total),
        float(log_likelihood),
    )


def labelled(
    terms: Iterable[str], params: np.ndarray, cov: np.ndarray
) -> tuple[pd.Series, pd.DataFrame]:
    """Estimates and their covariance by term."""
    return pd.Series(params, index=terms), pd.DataFrame(cov, index=terms, columns=terms)


def chosen_covariance(covariance: str | None, clustered: bool, weighted: bool) -> str:
    """The covariance of a linear model that is asked for, else the usual one. Raises ModelError
    where it is unknown.
    """
    kind = covariance or usual_covariance(clustered, weighted)
    if kind not in COVARIANCES:
        raise ModelError(
            "covariance={kind!r}: give HC3, HC2, clustered, linearised or classical", kind=kind
        )
    return kind


def usual_covariance(clustered: bool, weighted: bool, otherwise: str = "HC3") -> str:
    """What standard errors rest on where nobody says otherwise."""
    return "clustered" if clustered else "linearised" if weighted else otherwise


def refuse_without_clusters(kind: str, sample: Sample) -> None:
    """Raise ModelError for clustered errors of rows that have no clusters."""
    if kind == "clustered" and sample.clusters is None:
        raise ModelError("covariance='clustered': this study declares neither accounts nor a panel")
