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

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design, states_of
from cxlab.models.estimable import TOLD, check_estimable, refuse_exact, refuse_no_error
from cxlab.models.estimator import check_arguments, estimator
from cxlab.models.prediction import terms_at
from cxlab.stats import linear, sandwich
from cxlab.stats.bags import bags_of
from cxlab.stats.inference import t_inference, wald
from cxlab.stats.moments import Moments
from cxlab.stats.pooling import rubin
from cxlab.study.sample import Sample
from cxlab.study.sealed import Sealed
from cxlab.study.study import Study

# What each family's `r_squared` is, in a printed fit.
R_SQUARED = {
    "ols": "R²",
    "ordinal": "McFadden's R²",
    "binary": "McFadden's R²",
    "mixed": "marginal R²",
}
COVARIANCES = ("HC2", "CR2", "HC3", "clustered", "linearised", "classical")
# Those whose errors have Bell & McCaffrey's degrees of freedom, and those that sum scores by
# cluster.
FREE, BY_CLUSTER = ("HC2", "CR2"), ("CR2", "clustered")
# Where the variance of an estimate is less than this part of the textbook one, only rounding is
# left of it.
EXACT = 1e-20
# With fewer degrees of freedom an error rests on so few respondents that its t says little.
MIN_DF = 4
# What a test has beside its interval.
TESTED = ["statistic", "p_value", "df_error"]


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Sealed):
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
        What standard errors rest on: HC2, with clusters CR2 (Bell & McCaffrey 2002), HC3
        (MacKinnon & White 1985; with weights R sandwich's), clustered (CR1; Liang & Zeger 1986),
        linearised (sampling weights, strata; Binder 1983, as R survey's svyglm) or classical.
        Strata count in clustered errors too; the others are those without, which are rarely
        smaller.
    df : Series
        Degrees of freedom of each term's t: of HC2 and CR2 Bell & McCaffrey's, of others n − terms,
        or clusters − 1; infinite where the normal law is meant, NaN where too few respondents tell
        of a term that only marks who met a touchpoint.
    r_squared, log_likelihood : float
        R² (of a mixed model the marginal one), and the maximum of the log-likelihood.
    omitted : tuple of str
        Touchpoints that were left out because nobody met them, all rate them alike, or one
        respondent (or account) alone decides a term of theirs.
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
    (300, 0.62, 'HC2')
    """

    # Columns of `glance`: each is an attribute of the fit.
    measures: ClassVar[tuple[str, ...]] = (
        *("outcome", "model", "n", "n_eff", "r_squared", "adj_r_squared", "rmse", "df_least"),
        *("aicc", "bic", "covariance", "missing", "weighted", "clusters"),
    )

    model: str
    design: Design
    params: pd.Series
    cov: pd.DataFrame
    covariance: str
    df: pd.Series
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
        return self.design.sample.n

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
    def df_least(self) -> float:
        """Degrees of freedom of the term that has the fewest."""
        return float(np.nanmin(self.df))

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
        Case resampling (Efron 1979); a weighted row keeps its weight when it is drawn. Of more than
        50,000 rows (or clusters) 4,000 random groups of equal size are drawn in their place, which
        have the same mean and, to first order, the same variance; the relative noise of an error
        that this adds is 1/√8,000 (1 %) (`cxlab.stats.bags`).
        """
        return self.design.resamples(self.columns(), n_boot, seed)

    @property
    def bags(self) -> int:
        """How many random groups of rows (or clusters) `resamples` draws; 0 where it draws single
        ones.
        """
        return bags_of(self.units)

    def columns(self) -> pd.DataFrame:
        """The terms without the intercept and, last, the outcome, for the rows used."""
        columns = self.design.x.drop(columns=INTERCEPT, errors="ignore")
        columns.insert(columns.shape[1], self.outcome, self.design.y, allow_duplicates=True)
        return columns

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
            conf_high df_error`, in outcome units per unit of the term; `touchpoint` is "" for the
            intercept and for controls; `df_error` are the degrees of freedom of its t.

        Raises
        ------
        ModelError
            `conf_level` is no number between 0 and 1.

        Notes
        -----
        Student's t with `df_error` degrees of freedom, the normal law where they are infinite.
        Below 4 neither p nor interval can be relied on (Tipton 2015, Psychol. Methods 20:375).

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
            Of a linear model `outcome model n n_eff r_squared adj_r_squared rmse df_least aicc
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

    def freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """Degrees of freedom of linear combinations of the parameters (q × k), q values: Bell &
        McCaffrey's of HC2 and CR2 errors, else those of the term that has the fewest.
        """
        if self.covariance in FREE:
            design = self.design
            x, weights = design.x.to_numpy(dtype=float), design.weights
            root = linear.solve(x, design.y.to_numpy(dtype=float), weights).root
            clusters = design.clusters if self.covariance == "CR2" else None
            return sandwich.freedom(x, root, contrasts, weights, clusters)
        df = self.df.to_numpy()
        return np.array([np.min(df[line != 0], initial=np.inf) for line in contrasts])

    def mean_at(self, x: pd.DataFrame, values: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Expected outcome of rows with the fit's terms (n), of an ordinal or binary model with
        these `values` of its answers, and its derivatives by the parameters (n × k).
        """
        terms = x[self.params.index].to_numpy(dtype=float)
        return terms @ self.params.to_numpy(), terms

    def mean_errors(self, contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Errors and degrees of freedom of expected outcomes with these derivatives by the
        parameters (q × k).
        """
        return self.standard_errors(contrasts), self.freedom(contrasts)

    def predict(self, frame: pd.DataFrame, *, conf_level: float = 0.95) -> pd.DataFrame:
        """The mean outcome that the model expects at given ratings.

        Parameters
        ----------
        frame : DataFrame
            A column for each touchpoint (scale points, NaN where it was not met) and, where they
            are not at their means, for controls (a level of a split, a construct's value).
        conf_level : float
            Confidence level of the intervals.

        Returns
        -------
        DataFrame
            `estimate std_error conf_low conf_high`, a row a row of `frame`: the outcome in its own
            units, of a binary outcome its probability.

        Raises
        ------
        ModelError
            A touchpoint is missing, or NaN although all of the fit met it; a rating lies outside
            its scale; `conf_level` is no number between 0 and 1.

        Notes
        -----
        The interval is that of the mean, by the delta method, and is not cut at the scale's ends.

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlab as cx
        >>> fit = cx.fit_loyalty(cx.simulate_study(300, seed=1), touchpoints=["delivery"])
        >>> fit.predict(pd.DataFrame({"delivery": [3, 6]}))["estimate"].round(2).tolist()
        [6.29, 8.86]
        """
        check_arguments("predict", {"conf_level": conf_level}, {})
        each = []
        for fit in self.completed_fits:
            estimate, by_params = fit.mean_at(terms_at(fit, frame))
            each.append([estimate, *fit.mean_errors(by_params)])
        estimate, error, df = np.mean(each, axis=0)
        if len(each) > 1:
            estimates, errors, _ = np.swapaxes(each, 0, 1)
            estimate, variance, df, _ = rubin(estimates, errors**2, df)
            error = np.sqrt(variance)
        table = pd.DataFrame({"estimate": estimate}, index=frame.index)
        return with_inference(table, error, df, conf_level).drop(columns=TESTED)

    def inference(
        self, frame: pd.DataFrame, contrasts: np.ndarray, conf_level: float
    ) -> pd.DataFrame:
        """A frame that has the `estimate` of each of these linear combinations (q × k), with
        `std_error statistic p_value conf_low conf_high df_error`.
        """
        error, df = self.standard_errors(contrasts), self.freedom(contrasts)
        return with_inference(frame, error, df, conf_level)

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

    def wald(self, contrasts: np.ndarray) -> tuple[float, float, float]:
        """Wald's test that some linear combinations of the parameters are zero.

        Parameters
        ----------
        contrasts : array (q × k)

        Returns
        -------
        tuple of float
            F, its p value, and its degrees of freedom beside q.

        Notes
        -----
        HC2, CR2 and clustered errors: F = (η − q + 1)/(ηq)·Q on q and η − q + 1 degrees of freedom,
        as Hotelling's T² (1931), NaN where that leaves less than one. η is clusters − 1, of HC2 and
        CR2 the harmonic mean of the degrees of freedom of contrasts that are uncorrelated when
        errors are independent and alike: with it the variances of the covariance's diagonal are
        those of a Wishart matrix (the idea of Pustejovsky & Tipton 2018, who take all its entries).
        """
        off = contrasts @ self.params.to_numpy()
        cov = contrasts @ self.cov.to_numpy() @ contrasts.T
        df = self.df_least
        if self.covariance in FREE:
            alike = np.linalg.cholesky(contrasts @ self.inverse @ contrasts.T)
            turned = np.linalg.solve(alike, contrasts)
            # Principal axes of the covariance: the same whatever spans the hypothesis.
            axes = np.linalg.eigh(turned @ self.cov.to_numpy() @ turned.T)[1]
            df = 1 / np.mean(1 / self.freedom(axes.T @ turned))
        return wald(off, cov, df, self.covariance in (*FREE, "clustered"))

    @property
    def inverse(self) -> np.ndarray:
        """(X'WX)⁻¹, the weights with mean 1."""
        x = self.design.x.to_numpy(dtype=float)
        return np.linalg.inv((x * self.design.sample.w[:, None]).T @ x)

    def __repr__(self) -> str:
        left_out = "; ".join(f"{row.reason} {row.n}" for row in self.dropped.itertuples()) or "none"
        if self.omitted:
            left_out += (
                f"; touchpoints that nobody met, (nearly) all rate alike or one alone decides:"
                f" {', '.join(self.omitted)}"
            )
        terms = self.tidy().drop(columns="outcome").to_string(index=False, float_format="%.4g")
        few = ", ".join(self.df.index[self.df < MIN_DF])
        rest = f"  errors of too few respondents (df below {MIN_DF}): {few}\n" if few else ""
        return (
            f"{type(self).__name__} {self.model}: {self.outcome}, n = {self.n},"
            f" {R_SQUARED[self.family]} = {self.r_squared:.3f}, {self.covariance} errors\n"
            f"  left out: {left_out}\n{rest}{terms}"
        )


def with_inference(
    frame: pd.DataFrame, error: np.ndarray, df: float | np.ndarray, conf_level: float
) -> pd.DataFrame:
    """A frame that has `estimate`, with `std_error statistic p_value conf_low conf_high df_error`
    by t.
    """
    return frame.assign(
        **t_inference(frame["estimate"], error, df, conf_level), df_error=np.asarray(df)
    )


def least_squares(design: Design, model: str, covariance: str | None = None) -> Fit:
    """Fit by (weighted) least squares (`cxlab.stats.linear`). `covariance=None` chooses by the
    data: CR2 with clusters, else HC2.

    Raises ModelError where the outcome is constant or told exactly, rows are too few, or a column
    is constant, a combination of others, or a matter of a few respondents.
    """
    unknown = check_estimable(design)
    x, y, sample = design.x.to_numpy(dtype=float), design.y.to_numpy(dtype=float), design.sample
    kind = chosen_covariance(covariance, sample.clusters is not None)
    refuse_without_clusters(kind, sample)
    solution = linear.solve(x, y, sample.weights)
    terms, n = design.x.columns, len(y)
    # Weights are known up to a factor only, so that their mean counts as 1.
    w = sample.w
    rest, total = w @ solution.residuals**2, w @ (y - w @ y / w.sum()) ** 2
    if not design.controls:
        refuse_exact(design.outcome, n, rest, total)
    elif rest <= TOLD * total:
        unknown = list(terms)  # a split may tell the outcome; the touchpoints alone do not
    columns = sample.weights, sample.clusters, sample.strata
    cov = sandwich.covariance(kind, x, solution, *columns)
    textbook = sandwich.covariance("classical", x, solution, sample.weights)
    told = np.isin(terms, unknown)
    refuse_no_error(design, terms[(np.diag(cov) <= EXACT * np.diag(textbook)) & ~told])
    df = np.full(len(terms), float(sample.units - 1 if kind == "clustered" else n - len(terms)))
    if kind in ("clustered", "linearised"):
        df -= sample.strata_lost
    if kind in FREE:
        clusters = sample.clusters if kind == "CR2" else None
        df = sandwich.freedom(x, solution.root, np.eye(len(terms)), sample.weights, clusters)
    df[told] = np.nan
    with np.errstate(divide="ignore"):
        log_likelihood = -n / 2 * (np.log(2 * np.pi * rest / n) + 1) + np.log(w).sum() / 2
    return Fit(
        model,
        design,
        *labelled(terms, solution.params, cov),
        kind,
        pd.Series(df, terms),
        float(1 - rest / total),
        float(log_likelihood),
    )


def labelled(
    terms: Iterable[str], params: np.ndarray, cov: np.ndarray
) -> tuple[pd.Series, pd.DataFrame]:
    """Estimates and their covariance by term."""
    return pd.Series(params, index=terms), pd.DataFrame(cov, index=terms, columns=terms)


def chosen_covariance(covariance: str | None, clustered: bool) -> str:
    """The covariance of a linear model that is asked for, else the usual one. Raises ModelError
    where it is unknown.
    """
    kind = covariance or ("CR2" if clustered else "HC2")
    if kind not in COVARIANCES:
        raise ModelError(
            "covariance={kind!r}: give HC2, CR2, HC3, clustered, linearised or classical", kind=kind
        )
    return kind


def refuse_without_clusters(kind: str, sample: Sample) -> None:
    """Raise ModelError for clustered errors of rows that have no clusters."""
    if kind in BY_CLUSTER and sample.clusters is None:
        raise ModelError(
            "covariance={kind!r}: no two rows of this study share an account or a panel member",
            kind=kind,
        )
