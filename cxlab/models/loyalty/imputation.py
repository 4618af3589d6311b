"""Answers that were refused, imputed many times, and what the many fits say together.

Dropping a respondent for one "don't know" of twelve loses eleven answers, and whom it loses is no
accident. Multiple imputation (Rubin 1987) draws each refused rating from what respondents like this
one answered, several times over, so that the errors know what is not known. A touchpoint that
somebody never met has no rating to be imputed: it stays as usage coding has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.fit import Fit
from cxlab.stats.linear import sandwich, standardised
from cxlab.stats.moments import Moments
from cxlab.stats.resampling import covariances, resample_counts, unit_products
from cxlab.study.sample import Sample

# Cycles of the chain before the first data set, and between two of them.
BURN_IN, APART = 10, 3
# With fewer data sets the spread between them, and so the error, is a guess.
MIN_IMPUTED = 5
# Answered rows that an imputation model must have for each of its terms.
ROWS_PER_TERM = 2
# Columns of an imputation model whose common part is all but this are the same column.
SAME = 1e-10


@dataclass(frozen=True, repr=False, eq=False)
class PooledFit(Fit):
    """The m fits of the completed data sets as one. `params` is their mean, `cov` Rubin's total
    covariance, `df` and `fmi` by term.

    `fmi` is the fraction of missing information (0–1): the part of what the answers would have told
    about the term that is lost. `design` is that of the fits with the mean of the imputed values,
    so that rows, reasons and terms can be read from it; statistics of rows are the means over
    `completed`. `imputed` counts the answers imputed by touchpoint.
    """

    completed: tuple[Fit, ...] = ()
    fmi: pd.Series = field(default_factory=pd.Series)
    imputed: pd.Series = field(default_factory=pd.Series)

    def tidy(self, conf_level: float = 0.95) -> pd.DataFrame:
        """One row a term, as every fit, and `fmi`."""
        return super().tidy(conf_level).assign(fmi=self.fmi.to_numpy())

    def glance(self) -> pd.DataFrame:
        """Exactly one row about the whole model: that of a completed data set, numbers averaged;
        `n_imputed` data sets, `fmi` the largest of a term.
        """
        parts = pd.concat([fit.glance() for fit in self.completed], ignore_index=True)
        row = parts.head(1).copy()
        for name in parts.columns.intersection(
            ["rmse", "log_likelihood", "icc", "variance_between", "variance_within"]
        ):
            row[name] = parts[name].mean()
        row["r_squared"], row["df_residual"] = self.r_squared, self.least_df
        if "adj_r_squared" in row:
            row["adj_r_squared"] = 1 - (1 - self.r_squared) * (self.n - 1) / (
                self.n - len(self.params)
            )
        if self.imputed.sum():
            # No likelihood was maximised over what was not answered.
            row[row.columns.intersection(["aicc", "bic"])] = np.nan
        return row.assign(n_imputed=len(self.completed), fmi=float(self.fmi.max()))

    def fitted(self) -> pd.Series:
        return sum(fit.fitted() for fit in self.completed) / len(self.completed)

    def residuals(self) -> pd.Series:
        return self.design.y - self.fitted()

    def leverage(self) -> np.ndarray:
        return np.mean([fit.leverage() for fit in self.completed], axis=0)

    def information(self) -> tuple[float, float]:
        return np.nan, np.nan

    def overall_p_value(self) -> float:
        """The median of the completed data sets' p (Eekhout, van de Wiel & Heymans 2017)."""
        return float(np.median([fit.overall_p_value() for fit in self.completed]))

    @property
    def moments(self) -> Moments:
        """Those of the completed data sets stacked, each row counting 1/m."""
        total = self.completed[0].moments
        for fit in self.completed[1:]:
            total = total + fit.moments
        m = len(self.completed)
        return replace(total, n=total.n // m, weight=total.weight / m, scatter=total.scatter / m)

    def resamples(self, n_boot: int, seed: int | None = None) -> Iterator[np.ndarray]:
        """`n_boot` resamples in all, an equal part from each completed data set (Schomaker &
        Heumann 2018: MI boot, pooled).
        """
        m, done, current, products = len(self.completed), 0, None, None
        for counts in resample_counts(self.units, n_boot, seed):
            owner = (done + np.arange(len(counts))) * m // n_boot
            done += len(counts)
            for number in np.unique(owner):
                if number != current:
                    current, fit = number, self.completed[number]
                    products = unit_products(fit.columns(), fit.design.weights, fit.design.clusters)
                yield covariances(counts[owner == number] @ products, fit.design.x.shape[1])

    def __repr__(self) -> str:
        counts = (
            ", ".join(f"{name} {count}" for name, count in self.imputed.items() if count) or "none"
        )
        return f"{super().__repr__()}\n  imputed in {len(self.completed)} data sets: {counts}"


def pooled(
    fit_completed: Callable[[pd.DataFrame, pd.DataFrame], Fit],
    ratings: pd.DataFrame,
    states: pd.DataFrame,
    y: pd.Series,
    sample: Sample,
    n_imputed: int = 20,
    seed: int | None = None,
    held: pd.DataFrame | None = None,
) -> PooledFit:
    """Impute the `no_answer` cells of `ratings` (rows × touchpoints) `n_imputed` times, fit each
    with `fit_completed(ratings, states)`, pool.

    Where nothing is to be imputed, the one fit is the answer. Raises ModelError: fewer than 5 data
    sets, a touchpoint with too few answers to impute from, and whatever the fits refuse.
    """
    if n_imputed < MIN_IMPUTED:
        raise ModelError(
            "n_imputed={n_imputed}: give {least} or more completed data sets (20 is usual)",
            n_imputed=n_imputed,
            least=MIN_IMPUTED,
        )
    refused = states == "no_answer"
    # As plain text: a state that no longer occurs is of no category.
    whole = states.astype(object).mask(refused, "answered")
    if not refused.to_numpy().any():
        fits = [fit_completed(ratings, states)]
    else:
        fits = [
            fit_completed(table, whole)
            for table in completed_ratings(ratings, states, y, sample, n_imputed, seed, held)
        ]
    return _pool(fits, refused.sum())


def _pool(fits: list[Fit], imputed: pd.Series) -> PooledFit:
    first = fits[0]
    terms = first.params.index
    estimate, cov, df, fmi = rubin(
        np.array([fit.params for fit in fits]),
        np.array([fit.cov for fit in fits]),
        np.mean([np.broadcast_to(fit.df, len(terms)) for fit in fits], axis=0),
    )
    shared = {f.name: getattr(first, f.name) for f in fields(Fit)}
    shared |= {
        "design": replace(first.design, x=sum(fit.design.x for fit in fits) / len(fits)),
        "params": pd.Series(estimate, index=terms),
        "cov": pd.DataFrame(cov, index=terms, columns=terms),
        "df": pd.Series(df, index=terms),
        "log_likelihood": float(np.mean([fit.log_likelihood for fit in fits])),
        "r_squared": float(np.mean([fit.r_squared for fit in fits])),
    }
    pooled_fit = PooledFit(
        **shared, completed=tuple(fits), fmi=pd.Series(fmi, index=terms), imputed=imputed
    )
    # LMG shares R² out from the stacked products, so R² is theirs.
    return (
        replace(pooled_fit, r_squared=pooled_fit.moments.r_squared)
        if first.family == "ols"
        else pooled_fit
    )


def rubin(
    estimates: np.ndarray, variances: np.ndarray, df: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pool m estimates (m × k) with their variances (m × k) or covariances (m × k × k), each with
    `df` degrees of freedom when complete.

    Returns estimate (k), total variance or covariance W + (1 + 1/m)B, degrees of freedom (Barnard &
    Rubin 1999), and the fraction of missing information (r + 2/(ν + 3))/(1 + r), r = (1 + 1/m)B/W
    (Rubin 1987, 3.1.10). Where no estimate differs, `df` and 0. Checked against the closed formulas
    and statsmodels' MICE.
    """
    m, k = estimates.shape
    mean, within = estimates.mean(axis=0), variances.mean(axis=0)
    off = estimates - mean
    between = off.T @ off / max(m - 1, 1)
    if variances.ndim == 2:
        between = np.diag(between)
    total = within + (1 + 1 / m) * between
    of = np.diag if variances.ndim == 3 else np.asarray
    df = np.broadcast_to(np.asarray(df, dtype=float), k)
    added = (1 + 1 / m) * of(between)
    lost = added > 1e-24 * of(within)
    share = np.where(lost, added / of(total), 0.5)
    large = max(m - 1, 1) / share**2
    finite = np.where(np.isinf(df), 1.0, df)
    small = np.where(np.isinf(df), np.inf, (finite + 1) / (finite + 3) * finite * (1 - share))
    nu = 1 / (1 / large + 1 / small)
    ratio = added / of(within)
    fmi = np.where(lost, (ratio + 2 / (nu + 3)) / (1 + ratio), 0.0)
    return mean, total, np.where(lost, nu, df), fmi


def completed_ratings(
    ratings: pd.DataFrame,
    states: pd.DataFrame,
    y: pd.Series,
    sample: Sample,
    n_imputed: int,
    seed: int | None,
    held: pd.DataFrame | None = None,
) -> Iterator[pd.DataFrame]:
    """`n_imputed` copies of `ratings` whose `no_answer` cells are imputed by chained equations.

    Each refused touchpoint is regressed on the outcome, the other touchpoints in usage coding, what
    the model holds constant and the logarithm of the sampling weight (Seaman et al. 2012), among
    those who answered it; coefficients and residual variance are drawn from their sampling
    distributions, and a rating from the normal law that they give (Rubin 1987, p. 167), kept within
    the answers that were given. Clusters add their means of the outcome and of the other
    touchpoints, coefficients drawn by cluster-robust covariance, and a level of each cluster's own
    (van Buuren 2018, §7). A rating is not rounded to a whole answer: rounding biases slopes
    (Horton, Lipsitz & Parzen 2003). The chain is statsmodels' MICEData; its predictive mean
    matching left slopes a tenth too small where refusal depends on the outcome, n = 400.
    """
    chain = _chain(ratings, states, y, sample, held, np.random.default_rng(seed))
    chain.update_all(BURN_IN - APART)
    for _ in range(n_imputed):
        chain.update_all(APART)
        values = (
            chain.data.iloc[:, : ratings.shape[1]]
            .set_axis(ratings.columns, axis=1)
            .set_axis(ratings.index)
        )
        yield values.where(states != "not_used")


def _chain(ratings, states, y, sample, held, rng):
    """MICEData over numbered columns: touchpoints, then what never lacks a value."""
    from statsmodels.imputation.mice import MICEData

    unused, refused = (states == "not_used").to_numpy(), (states == "no_answer").to_numpy()
    groups = sample.clusters
    always = [y.to_numpy(dtype=float)[:, None], unused[:, unused.any(axis=0)].astype(float)]
    always += [held.to_numpy(dtype=float)] if held is not None else []
    always += [np.log(sample.weights)[:, None]] if sample.weights is not None else []
    if groups is not None:
        means = ratings.groupby(groups).transform("mean").fillna(ratings.mean())
        always += [
            y.groupby(groups).transform("mean").to_numpy(dtype=float)[:, None],
            means.to_numpy(dtype=float),
        ]
    beside = np.column_stack(always)
    # Somebody who never met a touchpoint stands at its users' mean with an indicator: usage coding,
    # and no rating of it is used as one.
    values = ratings.fillna(ratings.mean()).to_numpy(dtype=float)
    values[refused] = np.nan
    _refuse_thin(ratings.columns, unused, refused, values.shape[1] + beside.shape[1])
    data = pd.DataFrame(
        np.column_stack([values, beside]),
        columns=[f"v{j}" for j in range(values.shape[1] + beside.shape[1])],
    )

    class Chain(MICEData):
        """Design matrices straight from the columns, which a formula would build anew in each of
        thousands of steps.
        """

        def get_fitting_data(self, vname):
            rows = self.ix_obs[vname]
            endog, exog = self._split(vname, rows)
            return endog, exog, {"groups": None if groups is None else groups[rows]}, {}

        def impute(self, vname):
            """In place of predictive mean matching: a draw from the normal law around the drawn
            regression.
            """
            _, exog = self._split(vname, self.ix_miss[vname])
            model, params = self.models[vname], self.params[vname]
            drawn = exog @ params + model.noise(
                params, None if groups is None else groups[self.ix_miss[vname]], len(exog), self.rng
            )
            self._store_changes(vname, np.clip(drawn, model.endog.min(), model.endog.max()))

        def _split(self, vname, rows):
            table, column = self.data.to_numpy()[rows], int(vname[1:])
            # A cluster's mean of the touchpoint itself holds the row's own answer.
            known = (
                [column] if groups is None else [column, table.shape[1] - ratings.shape[1] + column]
            )
            return table[:, column], np.column_stack(
                [np.ones(len(rows)), np.delete(table, known, axis=1)]
            )

    chain = Chain(data, rng=rng)
    for j in np.flatnonzero(refused.any(axis=0)):
        chain.set_imputer(f"v{j}", formula="1", model_class=Regression)
        chain.ix_obs[f"v{j}"] = np.flatnonzero(~refused[:, j] & ~unused[:, j])
    return chain


def _refuse_thin(names: pd.Index, unused: np.ndarray, refused: np.ndarray, terms: int) -> None:
    answered = (~unused & ~refused).sum(axis=0)
    for name, count, lost in zip(names, answered, refused.sum(axis=0), strict=True):
        if lost and count < ROWS_PER_TERM * terms:
            raise ModelError(
                "touchpoint {touchpoint}: {answered} answers are too few to impute {lost} refused"
                " ones from ({need} needed); use fewer touchpoints, or missing='usage'",
                touchpoint=name,
                answered=int(count),
                lost=int(lost),
                need=ROWS_PER_TERM * terms,
            )


class Regression:
    """Least squares as MICEData asks for a model: columns that say nothing, or the same as others,
    get no slope of their own.
    """

    def __init__(
        self, endog: np.ndarray, exog: np.ndarray, groups: np.ndarray | None = None
    ) -> None:
        self.endog, self.exog, self.groups = endog, exog, groups

    def fit(self) -> Regression:
        n, terms = self.exog.shape
        varies = np.ptp(self.exog, axis=0) > 0
        varies[0] = True
        standard, change = standardised(self.exog[:, varies], np.ones(n))
        sizes, axes = np.linalg.eigh(standard.T @ standard)
        kept = sizes > SAME * sizes[-1]
        inverse = axes[:, kept] / sizes[kept] @ axes[:, kept].T
        slopes = inverse @ (standard.T @ self.endog)
        self.rank, self.rest = int(kept.sum()), self.endog - standard @ slopes
        if self.groups is None:
            cov = inverse * (self.rest @ self.rest / (n - self.rank))
        else:
            sums = pd.DataFrame(standard * self.rest[:, None]).groupby(self.groups).sum().to_numpy()
            cov = sandwich("clustered", inverse, sums.T @ sums, n, False, len(sums))
        place = np.zeros((terms, varies.sum()))
        place[varies] = change
        self.params, self._cov = place @ slopes, place @ cov @ place.T
        return self

    def cov_params(self) -> np.ndarray:
        return self._cov

    def noise(
        self, params: np.ndarray, groups: np.ndarray | None, size: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Draws of what the regression leaves open for `size` rows, of these groups.

        Rows of one cluster share a part of it, drawn given what the cluster's other rows show
        (random intercept, variances by ANOVA: Searle, Casella & McCulloch 1992, §3.6); without it,
        imputed answers of an account would be as different as those of strangers, and errors too
        small.
        """
        n = len(self.endog)
        if groups is None:
            return np.sqrt(self.rest @ self.rest / rng.chisquare(n - self.rank)) * rng.normal(
                size=size
            )
        count = max(int(self.groups.max()), int(groups.max())) + 1
        rows = np.bincount(self.groups, minlength=count)
        there, rest = rows > 0, self.endog - self.exog @ params
        mean = np.bincount(self.groups, rest, count) / np.maximum(rows, 1)
        free, clusters = n - there.sum(), there.sum()
        within = ((rest - mean[self.groups]) ** 2).sum() / rng.chisquare(free) if free > 0 else 0.0
        level = mean[there] - rest.mean()
        spread = (rows[there] @ level**2 / (clusters - 1) - within) / (
            (n - (rows**2).sum() / n) / (clusters - 1)
        )
        between = max(spread, 0.0)
        known = rows * between / np.maximum(within + rows * between, np.finfo(float).tiny)
        shared = known * mean + np.sqrt(between * (1 - known)) * rng.normal(size=count)
        return shared[groups] + np.sqrt(within) * rng.normal(size=size)
