"""Ordered and binary outcomes: which answers there are, and the fit that gives each its
probability.

A 0–10 answer is no amount: the step from 6 to 7 makes a passive, that from 2 to 3 changes nothing.
The cumulative model (McCullagh 1980) needs only the order. A binary outcome is its case of two
answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import special, stats

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.estimable import check_estimable
from cxlab.models.fit import Fit
from cxlab.models.loyalty.separation import refuse_separation
from cxlab.stats.linear import sandwich, unit_sums
from cxlab.stats.ordered import LINKS, Maximum, maximise, row_scores
from cxlab.stats.sampling import PASSIVE, PROMOTER
from cxlab.study.study import Study

# More steps than this are a quantity: the model would spend a threshold on every one.
MOST_CATEGORIES = 15


@dataclass(frozen=True)
class Coding:
    """An outcome as ordered answers: `y` (n, NaN where not answered) holds the numbers in `labels`,
    whose order is that of the answers.
    """

    y: pd.Series
    labels: dict[float, str]


def coded(study: Study, outcome: str, family: str, categories: str) -> Coding:
    """The outcome as its answers, as detractor | passive | promoter (−100, 0, 100 NPS points), or
    as 0/1.

    Binary: a binary outcome as it is, an NPS outcome as promoter (9–10), a CSAT outcome as its top
    two answers. Raises ModelError where the outcome cannot be read so.
    """
    y, kind = study.outcome(outcome), study.outcome_kind(outcome)
    if categories not in ("answers", "nps"):
        raise ModelError("categories={categories!r}: give answers or nps", categories=categories)
    if family == "binary":
        return _binary(study, outcome, kind, y)
    if categories == "nps":
        if kind != "nps":
            raise ModelError(
                "outcome {outcome} is of kind {kind}: categories='nps' is for kind nps; use"
                " categories='answers'",
                outcome=outcome,
                kind=kind,
            )
        score = np.select([y >= PROMOTER, y >= PASSIVE], [100.0, 0.0], -100.0)
        return Coding(
            pd.Series(score, index=y.index, name=outcome).where(y.notna()),
            {-100.0: "detractor", 0.0: "passive", 100.0: "promoter"},
        )
    found = np.unique(y.dropna())
    if kind == "amount":
        raise ModelError(
            "outcome {outcome} is of kind amount: a quantity has no ordered answers; use"
            " family='ols'",
            outcome=outcome,
        )
    if len(found) > MOST_CATEGORIES:
        raise ModelError(
            "outcome {outcome} has {count} different answers: an ordinal model is for {most}"
            " ordered answers at most; use family='ols'",
            outcome=outcome,
            count=len(found),
            most=MOST_CATEGORIES,
        )
    if len(off := found[found % 1 != 0]):
        raise ModelError(
            "outcome {outcome}: {value:g} is not a whole number, so its answers are no ordered"
            " steps; use family='ols'",
            outcome=outcome,
            value=off[0],
        )
    return Coding(y, {value: f"{value:g}" for value in found})


def _binary(study: Study, outcome: str, kind: str, y: pd.Series) -> Coding:
    labels = {
        "binary": ("0", "1"),
        "nps": ("not_promoter", "promoter"),
        "csat": ("below_top2", "top2"),
    }
    if kind not in labels:
        raise ModelError(
            "outcome {outcome} is of kind {kind}: a binary model is for binary, nps (promoter) or"
            " csat (top two); use family='ols'",
            outcome=outcome,
            kind=kind,
        )
    least = {"binary": 1, "nps": PROMOTER, "csat": study.scale_of(outcome).max - 1}[kind]
    return Coding(
        (y >= least).astype(float).where(y.notna()),
        dict(zip((0.0, 1.0), labels[kind], strict=True)),
    )


@dataclass(frozen=True, repr=False, eq=False)
class CategoricalFit(Fit):
    """A cumulative or binary model: P(Y ≤ j) = F(θ_j − x'b). `params` are θ (a binary model: the
    intercept −θ), then the slopes b.

    Slopes are on the latent scale: log-odds (logit) or standard deviations (probit) per scale
    point, positive where better experience goes with higher answers. `values` are the answers on
    the outcome's own scale (`fitted` is their expected value), `categories` their names.
    `r_squared` is McFadden's, 1 − log L / log L of the null model. Errors: from the observed
    information (z), linearised (Binder 1983, as survey::svyolr) or clustered.
    """

    values: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    link: str = "logit"
    log_likelihood_null: float = np.nan
    gradient: float = 0.0

    @property
    def k(self) -> int:
        return len(self.values)

    @property
    def codes(self) -> np.ndarray:
        """Which answer each row gave, 0…k−1."""
        return np.searchsorted(self.values, self.design.y.to_numpy())

    @property
    def thresholds(self) -> np.ndarray:
        return self.params.to_numpy()[: self.k - 1] * (-1 if self.family == "binary" else 1)

    @property
    def slopes(self) -> pd.Series:
        return self.params.iloc[self.k - 1 :]

    def probabilities(self, x: pd.DataFrame | None = None) -> pd.DataFrame:
        """Probability of each answer (rows × categories) for the rows of the fit, or for `x` with
        the terms as columns.
        """
        x = self.design.x if x is None else x
        eta = x[self.slopes.index].to_numpy() @ self.slopes.to_numpy()
        distribution = special.expit if self.link == "logit" else special.ndtr
        below = distribution(self.thresholds - eta[:, None])
        edges = np.column_stack([np.zeros(len(eta)), below, np.ones(len(eta))])
        return pd.DataFrame(np.diff(edges, axis=1), index=x.index, columns=list(self.categories))

    def expected(self, x: pd.DataFrame | None = None) -> pd.Series:
        """Expected answer on the outcome's own scale: Σ value × probability."""
        return self.probabilities(x) @ np.asarray(self.values)

    def fitted(self) -> pd.Series:
        return self.expected()

    def glance(self) -> pd.DataFrame:
        """Exactly one row about the whole model. `r_squared` is McFadden's; AICc and BIC need
        independent, unweighted rows; NaN otherwise.
        """
        aicc, bic = self.information()
        return pd.DataFrame(
            [
                {
                    "outcome": self.outcome,
                    "model": self.model,
                    "n": self.n,
                    "n_eff": self.design.sample.n_eff,
                    "categories": self.k,
                    "r_squared": self.r_squared,
                    "log_likelihood": self.log_likelihood,
                    "df_residual": self.least_df,
                    "aicc": aicc,
                    "bic": bic,
                    "covariance": self.covariance,
                    "missing": self.design.missing,
                    "weighted": self.design.weights is not None,
                    "clusters": 0 if self.design.clusters is None else self.units,
                    "gradient": self.gradient,
                }
            ]
        )

    def information(self) -> tuple[float, float]:
        if not self.design.sample.equal:
            return np.nan, np.nan
        n, k = self.n, len(self.params)
        return -2 * self.log_likelihood + 2 * k + (
            2 * k * (k + 1) / (n - k - 1) if n - k - 1 > 0 else np.inf
        ), -2 * self.log_likelihood + k * np.log(n)

    def overall_p_value(self) -> float:
        """Likelihood-ratio test that no term explains anything; Wald's on the fit's covariance with
        weights or clusters.
        """
        slopes = self.slopes
        if self.covariance != "information":
            _, p_value = self.wald(
                slopes.to_numpy(), self.cov.loc[slopes.index, slopes.index].to_numpy()
            )
            if np.isfinite(p_value):
                return p_value
        return float(
            stats.chi2.sf(2 * (self.log_likelihood - self.log_likelihood_null), len(slopes))
        )


def fit_categorical(
    design: Design,
    labels: dict[float, str],
    family: str,
    link: str = "logit",
    covariance: str | None = None,
) -> CategoricalFit:
    """Maximum likelihood on a design whose `y` holds the numbers in `labels`. `covariance=None`:
    clustered, linearised or information.

    With weights the likelihood is Σ w log π with weights of mean 1 (pseudo-likelihood). A fit
    stands only with a proof: the maximum has a flat gradient and curves downward in every
    direction, which excludes separation (the likelihood is concave); where there is none the linear
    programme of `cxlab.models.loyalty.separation` says whether a touchpoint separates the answers,
    and which. Raises ModelError: outcome constant, too few rows, collinear, separated, no
    convergence.
    """
    if link not in LINKS:
        raise ModelError("link={link!r}: give logit or probit", link=link)
    refuse_constant(design, labels)
    values, codes = np.unique(design.y.to_numpy(), return_inverse=True)
    k, names = len(values), tuple(labels[value] for value in values)
    check_estimable(design, thresholds=k - 1)
    kind = covariance or (
        "clustered"
        if design.clusters is not None
        else "linearised"
        if design.weights is not None
        else "information"
    )
    x = design.x.drop(columns=INTERCEPT)
    weights = None if design.weights is None else design.sample.w
    at = _maximum(
        design,
        x.to_numpy(),
        codes,
        k,
        weights,
        link,
        family == "binary" and link == "logit" and design.sample.equal,
    )
    cov, df = _covariance(kind, at, x.to_numpy(), codes, weights, design)
    sign = np.ones(len(at.params))
    terms = [f"{low}|{high}" for low, high in pairwise(names)]
    if family == "binary":
        sign[0], terms = -1, [INTERCEPT]
    terms += list(x.columns)
    return CategoricalFit(
        f"loyalty: {family} {link}",
        design,
        pd.Series(at.params * sign, index=terms),
        pd.DataFrame(cov * np.outer(sign, sign), index=terms, columns=terms),
        kind,
        df,
        1 - at.log_likelihood / (null := null_log_likelihood(codes, weights)),
        at.log_likelihood,
        family=family,
        values=tuple(map(float, values)),
        categories=names,
        link=link,
        log_likelihood_null=null,
        gradient=at.gradient,
    )


def refuse_constant(design: Design, labels: dict[float, str]) -> None:
    """Raise a ModelError that names the one answer which all rows give."""
    if design.y.nunique() < 2:
        answer = labels[design.y.iloc[0]]
        raise ModelError(
            "outcome {outcome}: all {n} answers are {value}; nothing can be explained",
            outcome=design.outcome,
            n=len(design.y),
            value=answer,
        )


def _maximum(
    design: Design,
    x: np.ndarray,
    codes: np.ndarray,
    k: int,
    weights: np.ndarray | None,
    link: str,
    penalty_helps: bool,
) -> Maximum:
    try:
        return maximise(x, codes, k, weights, link, outcome=design.outcome)
    except ModelError:
        refuse_separation(design, codes, k, penalty_helps)
        raise


def _covariance(
    kind: str,
    at: Maximum,
    x: np.ndarray,
    codes: np.ndarray,
    weights: np.ndarray | None,
    design: Design,
) -> tuple[np.ndarray, float]:
    """Covariance of thresholds and slopes, and its degrees of freedom."""
    if kind == "information" and weights is None:
        return np.linalg.inv(at.information), np.inf
    if kind == "information":
        raise ModelError(
            "covariance='information' would take sampling weights for counts; use linearised"
        )
    if kind not in ("linearised", "clustered"):
        raise ModelError(
            "covariance={kind!r}: an ordinal or binary model has information, linearised or"
            " clustered errors",
            kind=kind,
        )
    if kind == "clustered" and design.clusters is None:
        raise ModelError("covariance='clustered': this study declares neither accounts nor a panel")
    cov = score_sandwich(kind, row_scores(at, x, codes), at.information, weights, design.clusters)
    return cov, (len(codes) - len(at.params) if kind == "linearised" else design.sample.units - 1)


def score_sandwich(
    kind: str,
    scores: np.ndarray,
    information: np.ndarray,
    weights: np.ndarray | None,
    clusters: np.ndarray | None,
) -> np.ndarray:
    """Linearised or clustered covariance from unweighted row scores (n × parameters) and the
    weighted information.
    """
    n, weighted = len(scores), weights is not None
    filling = scores * weights[:, None] if weighted else scores
    if kind == "clustered":
        filling = unit_sums(filling, clusters)
    return sandwich(
        kind, np.linalg.inv(information), filling.T @ filling, n, weighted, len(filling)
    )


def null_log_likelihood(codes: np.ndarray, weights: np.ndarray | None) -> float:
    """Log-likelihood of the model without terms: every answer has the share that it has in the
    data.
    """
    counts = np.bincount(codes, weights)
    return float((counts * np.log(counts / counts.sum())).sum())
