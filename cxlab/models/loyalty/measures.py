"""The units in which the outcome of a fit can be expressed: its own, a probability, NPS points.

NPS cuts a scale at two thresholds, so its change per scale point depends on the distribution of
answers. It is computed both by least squares on the ±100 score and by the ordinal model, on the
same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.fit import COVARIANCES, Fit, least_squares
from cxlab.models.loyalty.categorical import NPS_CLASSES, CategoricalFit, coded, fit_categorical
from cxlab.stats.sampling import nps_scores

# A fit with the value of each of its answers; None where the outcome is a number.
Valued = tuple[Fit, np.ndarray | None]


@dataclass(frozen=True)
class Measure:
    """What `effects` are given in, by which model, from which fits (one a completed data set); or
    why there is none.
    """

    name: str
    model: str
    fits: list[Valued]
    note: str = ""


def measures(fit: Fit) -> list[Measure]:
    """The measures of a fit's outcome: `outcome` or `probability`, and `nps_points` by ols and
    ordinal.
    """
    fits = fit.completed_fits
    categorical = isinstance(fits[0], CategoricalFit)
    own = [(one, np.asarray(one.values) if categorical else None) for one in fits]
    if fit.family == "binary":
        return [Measure("probability", "binary", own)]
    in_points = categorical and fits[0].categories == tuple(NPS_CLASSES.values())
    kind = fit.study.outcome_kind(fit.outcome)
    # The mean of a 0/1 outcome is a probability, whichever family explains it.
    name = "probability" if kind == "binary" else "outcome"
    found = [] if in_points else [Measure(name, fit.family, own)]
    if kind != "nps":
        return found
    if not categorical:
        ordinal = _points("ordinal", _ordinal_points, fits)
    elif in_points:
        ordinal = Measure("nps_points", "ordinal", own)
    else:
        scored = [(one, nps_scores(values)) for one, values in own]
        ordinal = Measure("nps_points", "ordinal", scored)
    return [*found, _points("ols", _linear_points, fits), ordinal]


def _points(model: str, fitted: Callable[[Fit], Valued], fits: tuple[Fit, ...]) -> Measure:
    try:
        return Measure("nps_points", model, [fitted(one) for one in fits])
    except ModelError as error:
        return Measure("nps_points", model, [], str(error))


def _linear_points(fit: Fit) -> Valued:
    """Least squares on the ±100 score, on the rows and terms of `fit`."""
    answers = fit.study.outcome(fit.outcome)[fit.design.x.index]
    covariance = fit.covariance if fit.covariance in COVARIANCES else None
    return least_squares(
        replace(fit.design, y=nps_scores(answers)), "loyalty: ols", covariance
    ), None


def _ordinal_points(fit: Fit) -> Valued:
    """The cumulative model of the answers, on the rows and terms of `fit`."""
    coding = coded(fit.study, fit.outcome, "ordinal", "answers")
    design = replace(fit.design, y=coding.y[fit.design.x.index])
    one = fit_categorical(design, coding.labels, "ordinal")
    return one, nps_scores(np.asarray(one.values))


def expected(fit: Fit, values: np.ndarray | None, x: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Expected outcome of each row of `x` (n) and its derivatives by the parameters (n ×
    parameters).

    Of ordered answers E(Y) = v_last − Σ_j (v_{j+1} − v_j)·F(θ_j − x'b).
    """
    if values is None:
        terms = x[fit.params.index].to_numpy(dtype=float)
        return terms @ fit.params.to_numpy(), terms
    below, by_params = _steps(fit, values, x, 0)
    return values[-1] - below, -by_params


def marginal_effect(
    fit: Fit, values: np.ndarray | None, touchpoint: str, met: np.ndarray
) -> tuple[float, float, float]:
    """Average marginal effect among those who met the touchpoint, its error and degrees of
    freedom.
    """
    slope, variance = fit.params[touchpoint], fit.cov.loc[touchpoint, touchpoint]
    df = float(pd.Series(fit.df, index=fit.params.index)[touchpoint])
    if values is None:
        return float(slope), float(np.sqrt(variance)), df
    sample = fit.design.sample.at(met)
    steepness, by_params = _steps(fit, values, fit.design.x[met], 1)
    steepness = sample.average(steepness)
    gradient = slope * np.average(by_params, axis=0, weights=sample.weights)
    gradient[fit.params.index.get_loc(touchpoint)] += steepness
    return float(slope * steepness), float(np.sqrt(gradient @ fit.cov.to_numpy() @ gradient)), df


def _steps(
    fit: CategoricalFit, values: np.ndarray, x: pd.DataFrame, order: int
) -> tuple[np.ndarray, np.ndarray]:
    """Σ_j (v_{j+1} − v_j)·F(θ_j − x'b) of each row, F or its derivative of this order (n), and what
    that changes with by the parameters (n × parameters).
    """
    law, steps = fit.law(fit.distances(x)), np.diff(values)
    by_cut, terms = law[order + 1] * steps, x[fit.slopes.index].to_numpy(dtype=float)
    by_params = [by_cut * fit.sign, -terms * by_cut.sum(axis=1)[:, None]]
    return law[order] @ steps, np.column_stack(by_params)
