"""Cumulative (ordinal) and binary models of loyalty.

The steps of a 0–10 scale are not of equal size, and the cumulative model (McCullagh 1980) uses
their order only. A binary outcome is its case of two answers.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import special, stats

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.estimable import check_estimable
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit, labelled, refuse_without_clusters
from cxlab.models.loyalty.separation import refuse_separation
from cxlab.stats.ordered import LINKS, maximise
from cxlab.stats.sampling import PROMOTER, nps_scores
from cxlab.stats.sandwich import score_sandwich
from cxlab.study.sample import Sample
from cxlab.study.study import Study

# An outcome of more answers than this is a quantity; the model would have a threshold for each.
MOST_CATEGORIES = 15
NPS_CLASSES = {-100.0: "detractor", 0.0: "passive", 100.0: "promoter"}
BINARY = {"binary": ("0", "1"), "nps": ("not_promoter", "promoter"), "csat": ("below_top2", "top2")}


def coded(
    study: Study, outcome: str, family: str, categories: str
) -> tuple[pd.Series, dict[float, str]]:
    """The outcome as its answers, as detractor | passive | promoter (−100, 0, 100 NPS points), or
    as 0/1: numbers (n, NaN where not answered), and their labels in the order of the answers.

    Binary: a binary outcome as it is, an NPS outcome as promoter (9–10), a CSAT outcome as its top
    two answers. Raises ModelError where the outcome cannot be read so.
    """
    y, kind = study.outcome(outcome), study.outcome_kind(outcome)
    if categories not in ("answers", "nps"):
        raise ModelError("categories={categories!r}: give answers or nps", categories=categories)
    if family == "binary":
        if kind not in BINARY:
            raise ModelError(
                "outcome {outcome} is of kind {kind}: a binary model is for binary, nps (promoter)"
                " or csat (top two); use family='ols'",
                outcome=outcome,
                kind=kind,
            )
        least = {"binary": 1, "nps": PROMOTER, "csat": study.scale_of(outcome).max - 1}[kind]
        return (y >= least).astype(float).where(y.notna()), dict(enumerate(BINARY[kind]))
    if categories == "nps":
        if kind != "nps":
            raise ModelError(
                "outcome {outcome} is of kind {kind}: categories='nps' is for kind nps; use"
                " categories='answers'",
                outcome=outcome,
                kind=kind,
            )
        return nps_scores(y).where(y.notna()), NPS_CLASSES
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
    return y, {value: f"{value:g}" for value in found}


@dataclass(frozen=True, repr=False, eq=False)
class CategoricalFit(Fit):
    """A cumulative or binary model: P(Y ≤ j) = F(θ_j − x'b).

    Attributes
    ----------
    params : Series
        θ (of a binary model the intercept, −θ), then the slopes b on the latent scale: log-odds
        (logit) or standard deviations (probit) per scale point, positive where better experience
        goes with higher answers.
    values : tuple of float
        The answers on the outcome's own scale, whose expected value is `fitted`.
    categories : tuple of str
        Names of the answers.
    link : {"logit", "probit"}
    r_squared : float
        McFadden's, 1 − log L / log L of the null model.
    gradient : float
        Largest derivative of the likelihood per row where it was maximal.

    Notes
    -----
    McCullagh (1980). Errors are from the observed information (z), linearised (Binder 1983, as
    survey::svyolr) or clustered. Checked against ordinal::clm, survey::svyolr and statsmodels.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(300, seed=1)
    >>> fit = cx.fit_loyalty(study, touchpoints=["delivery"], family="ordinal", categories="nps")
    >>> fit.categories, list(fit.params.index)
    (('detractor', 'passive', 'promoter'), ['detractor|passive', 'passive|promoter', 'delivery'])
    """

    measures = (
        *("outcome", "model", "n", "n_eff", "k", "r_squared", "log_likelihood", "df_least"),
        *("aicc", "bic", "covariance", "missing", "weighted", "clusters", "gradient"),
    )

    values: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    link: str = "logit"
    gradient: float = 0.0

    @property
    def k(self) -> int:
        """Number of answers."""
        return len(self.values)

    @property
    def codes(self) -> np.ndarray:
        """Which answer each row gave, 0…k−1."""
        return np.searchsorted(self.values, self.design.y.to_numpy())

    @property
    def sign(self) -> int:
        """Of the thresholds among `params`: a binary model's first is its intercept, −θ."""
        return -1 if self.family == "binary" else 1

    @property
    def thresholds(self) -> np.ndarray:
        return self.params.to_numpy()[: self.k - 1] * self.sign

    @property
    def slopes(self) -> pd.Series:
        return self.params.iloc[self.k - 1 :]

    @property
    def parameters(self) -> int:
        return len(self.params)

    def distances(self, x: pd.DataFrame) -> np.ndarray:
        """θ_j − x'b of each row and threshold (rows × k − 1)."""
        eta = x[self.slopes.index].to_numpy(dtype=float) @ self.slopes.to_numpy()
        return self.thresholds - eta[:, None]

    def law(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """F, its density and the derivative of the density."""
        if self.link == "logit":
            below = special.expit(at)
            density = below * special.expit(-at)
            return below, density, density * (1 - 2 * below)
        density = stats.norm.pdf(at)
        return special.ndtr(at), density, -at * density

    def steps(self, x: pd.DataFrame, values: np.ndarray, order: int) -> tuple[np.ndarray, ...]:
        """Σ_j (v_{j+1} − v_j)·F(θ_j − x'b) of each row, F or its derivative of this order (n), and
        what that changes with by the parameters (n × parameters).
        """
        law, steps = self.law(self.distances(x)), np.diff(values)
        by_cut, terms = law[order + 1] * steps, x[self.slopes.index].to_numpy(dtype=float)
        by_params = [by_cut * self.sign, -terms * by_cut.sum(axis=1)[:, None]]
        return law[order] @ steps, np.column_stack(by_params)

    def mean_at(self, x: pd.DataFrame, values: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        """As of every fit: of ordered answers E(Y) = v_last − Σ_j (v_{j+1} − v_j)·F(θ_j − x'b)."""
        values = np.asarray(self.values if values is None else values)
        below, by_params = self.steps(x, values, 0)
        return values[-1] - below, -by_params

    def mean_errors(self, contrasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As of every fit; of the observed information with the factor n/(n − parameters)."""
        error, df = super().mean_errors(contrasts)
        if self.covariance != "information":
            return error, df
        spare = self.n - len(self.params)
        return error * np.sqrt(self.n / spare), np.full(len(error), spare)

    def probabilities(self, x: pd.DataFrame | None = None) -> pd.DataFrame:
        """Probability of each answer.

        Parameters
        ----------
        x : DataFrame, optional
            Rows with the fit's terms as columns; the rows of the fit unless given.

        Returns
        -------
        DataFrame
            Rows × `categories`, 0–1; each row adds up to 1.

        Raises
        ------
        KeyError
            `x` lacks a term of the fit.

        Examples
        --------
        >>> import cxlab as cx
        >>> study = cx.simulate_study(300, seed=1)
        >>> fit = cx.fit_loyalty(study, "repurchase", family="binary")
        >>> fit.probabilities().mean().round(2).to_dict()
        {'0': 0.35, '1': 0.65}
        """
        x = self.design.x if x is None else x
        below = self.law(self.distances(x))[0]
        edges = np.column_stack([np.zeros(len(x)), below, np.ones(len(x))])
        return pd.DataFrame(np.diff(edges, axis=1), index=x.index, columns=list(self.categories))

    def expected(self, x: pd.DataFrame | None = None) -> pd.Series:
        """Expected answer on the outcome's own scale: Σ value × probability.

        Parameters
        ----------
        x : DataFrame, optional
            As in `probabilities`.

        Returns
        -------
        Series
            One number a row, outcome units.
        """
        return self.probabilities(x) @ np.asarray(self.values)

    fitted = expected

    @estimator("glance")
    def glance(self) -> pd.DataFrame:
        """The model as a whole, in one row.

        Returns
        -------
        DataFrame
            `outcome model n n_eff categories r_squared log_likelihood df_least aicc bic
            covariance missing weighted clusters gradient`: `categories` is the number of answers,
            `df_least` infinite where errors are z, `gradient` per row.

        Notes
        -----
        `r_squared` is McFadden's (1974), 1 − log L/log L₀. AICc and BIC need independent,
        unweighted rows and are NaN otherwise.

        Examples
        --------
        >>> import cxlab as cx
        >>> study = cx.simulate_study(300, seed=1)
        >>> two = ["delivery", "support"]
        >>> fit = cx.fit_loyalty(study, "repurchase", touchpoints=two, family="binary")
        >>> fit.glance()[["categories", "r_squared"]].round(2).values.tolist()
        [[2.0, 0.15]]
        """
        return super().glance().rename(columns={"k": "categories"})


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
    unknown = check_estimable(design, thresholds=k - 1)
    sample, slopes = design.sample, design.x.columns.drop(INTERCEPT)
    x, weights = design.x[slopes].to_numpy(), sample.w
    try:
        at = maximise(x, codes, k, weights, link, outcome=design.outcome)
    except ModelError:
        penalty_helps = family == "binary" and link == "logit" and sample.equal
        refuse_separation(design, codes, k, penalty_helps)
        raise
    usual = "linearised" if sample.weights is not None else "information"
    kind = covariance or (usual if sample.clusters is None else "clustered")
    df = np.inf
    if kind == "information" and sample.weights is None:
        cov = np.linalg.inv(at.information)
    elif kind == "information":
        raise ModelError(
            "covariance='information' would take sampling weights for counts; use linearised"
        )
    elif kind not in ("linearised", "clustered"):
        raise ModelError(
            "covariance={kind!r}: an ordinal or binary model has information, linearised or"
            " clustered errors",
            kind=kind,
        )
    else:
        refuse_without_clusters(kind, sample)
        cov = score_covariance(kind, at.scores, at.information, sample)
        df = sample.n - len(at.params) if kind == "linearised" else sample.units - 1
    sign = np.ones(len(at.params))
    cuts = [f"{low}|{high}" for low, high in pairwise(names)]
    if family == "binary":
        sign[0], cuts = -1, [INTERCEPT]
    terms = pd.Index([*cuts, *slopes])
    return CategoricalFit(
        f"loyalty: {family} {link}",
        design,
        *labelled(terms, at.params * sign, cov * np.outer(sign, sign)),
        kind,
        pd.Series(float(df), terms).mask(terms.isin(unknown)),
        1 - at.log_likelihood / null_log_likelihood(codes, weights),
        at.log_likelihood,
        family=family,
        values=tuple(map(float, values)),
        categories=names,
        link=link,
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


def score_covariance(
    kind: str, scores: np.ndarray, information: np.ndarray, sample: Sample
) -> np.ndarray:
    """Linearised or clustered covariance from unweighted row scores (n × parameters) and the
    weighted information.
    """
    scores, weighted = scores * sample.w[:, None], sample.weights is not None
    inverse = np.linalg.inv(information)
    return score_sandwich(kind, inverse, scores, weighted, sample.clusters, sample.strata)


def null_log_likelihood(codes: np.ndarray, weights: np.ndarray) -> float:
    """Log-likelihood of the model without terms: every answer has the share that it has in the
    data.
    """
    counts = np.bincount(codes, weights)
    return float((counts * np.log(counts / counts.sum())).sum())
