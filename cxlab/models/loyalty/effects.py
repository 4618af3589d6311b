"""What a better experience goes with, in units that a manager can use: points of the outcome, NPS
points, probability.

A slope in log-odds says nothing to anybody, and NPS is made of two cuts through a scale, so its
change per point of experience depends on where customers stand. Both ways to it, least squares on
the ±100 score and the ordinal model, are put side by side on the same rows. All of it is
association between customers, not what would happen if one of them were treated better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import special, stats

from cxlab.errors import ModelError
from cxlab.models.fit import COVARIANCES, Fit, least_squares, with_inference
from cxlab.models.loyalty.categorical import CategoricalFit, coded, fit_categorical
from cxlab.stats.inference import check_level, holm
from cxlab.stats.pooling import rubin
from cxlab.stats.sampling import nps_scores
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS

NPS_CATEGORIES = ("detractor", "passive", "promoter")
# A step that falls short of what was asked by less than this was not stopped by the scale.
ROUNDING = 1e-9


def effects(fit: Fit, conf_level: float = 0.95) -> pd.DataFrame:
    """Average marginal effect of each touchpoint: what the outcome changes with per scale point of
    experience, others held.

    One row a touchpoint and `measure`: `outcome` (the outcome's own scale; of an ordinal model, its
    expected answer), `probability` (binary) and, for NPS outcomes, `nps_points` by `model` ols (on
    the score −100 / 0 / +100) and ordinal (expected NPS of the fit, or of a cumulative model of the
    answers on the same rows). The effect is the mean of ∂E(Y)/∂rating over those who met the
    touchpoint (`n`, share `used`), its error by the delta method on the fit's covariance
    (design-based with weights), the rows taken as given, as statsmodels' get_margeff and R's
    margins do. `overall` is the change in the mean of all respondents when those who met it rate a
    point higher: estimate × used. `p_holm` adjusts over the touchpoints. A model that cannot be
    fitted has NaN and the reason in `note`. Columns `touchpoint outcome measure model estimate
    std_error statistic p_value conf_low conf_high n used overall overall_low overall_high p_holm
    note`. An association, not a cause. Checked against statsmodels' get_margeff (logit, probit,
    1e-8) and numerical derivatives; the OLS effect is the slope. Raises ModelError for a fit
    without touchpoints.
    """
    check_level(conf_level)
    names, weights = _touchpoints(fit), fit.design.weights
    met = _met(fit, names)
    parts = []
    for measure, model, told, note in _measures(fit):
        each = [
            np.array([_effect(one, values, t, met[t].to_numpy()) for t in names])
            for one, values in told
        ]
        estimate, error, df = _pooled(each) if each else np.full((3, len(names)), np.nan)
        frame = pd.DataFrame(
            {
                "touchpoint": names,
                "outcome": fit.outcome,
                "measure": measure,
                "model": model,
                "estimate": estimate,
            }
        )
        frame = with_inference(frame, error, df, conf_level)
        frame = frame.assign(
            n=[int(met[t].sum()) for t in names],
            used=[float(np.average(met[t], weights=weights)) for t in names],
        )
        for end, of in (
            ("overall", "estimate"),
            ("overall_low", "conf_low"),
            ("overall_high", "conf_high"),
        ):
            frame[end] = frame[of] * frame["used"]
        parts.append(frame.assign(p_holm=holm(frame["p_value"]), note=note))
    return pd.concat(parts, ignore_index=True)


def what_if(fit: Fit, changes: Mapping[str, float], conf_level: float = 0.95) -> pd.DataFrame:
    """The outcome that goes with everybody who met a touchpoint rating it `changes[touchpoint]`
    points higher (or lower), others held.

    Nobody is moved beyond the scale: `reached` is the mean change that is left among those who met
    it (`n`), `at_ceiling` the share of them whom the end of the scale stopped. One row a
    touchpoint, each alone, and one for all together (`all_touchpoints`), for each `measure` and
    `model` of `effects`: `baseline` and `expected` are the mean of the outcome over all respondents
    of the fit before and after, `estimate` their difference with its delta-method interval. A
    linear model adds up, and may lead beyond the outcome's own scale; an ordinal or binary one does
    not. Columns `touchpoint asked reached outcome measure model baseline expected estimate conf_low
    conf_high at_ceiling n note`. An association: customers who rate higher also answer higher; that
    raising the rating would raise the answer, no survey can tell. Raises ModelError: unknown
    touchpoints, changes that are no numbers or wider than the scale.
    """
    check_level(conf_level)
    _check_changes(fit, _touchpoints(fit), changes)
    met, weights = _met(fit, list(changes)), fit.design.weights
    moved = [_moved(one, met, changes) for one in _completed(fit)]
    asked = {}
    for t, points in changes.items():
        here = met[t].to_numpy()
        share = None if weights is None else weights[here]
        change = np.mean([one[t][here] for one in moved], axis=0)
        stopped = np.mean([np.abs(one[t][here] - points) > ROUNDING for one in moved], axis=0)
        reached, at_ceiling = (float(np.average(of, weights=share)) for of in (change, stopped))
        asked[t] = {
            "asked": float(points),
            "reached": reached,
            "at_ceiling": at_ceiling,
            "n": int(here.sum()),
        }
    asked[ALL_TOUCHPOINTS] = {"asked": np.nan, "reached": np.nan, "at_ceiling": np.nan, "n": fit.n}
    rows = []
    for measure, model, told, note in _measures(fit):
        for t, row in asked.items():
            part = list(changes) if t == ALL_TOUCHPOINTS else [t]
            each = [
                _difference(one, values, {name: change[name] for name in part})
                # A model that could not be fitted tells nothing.
                for (one, values), change in zip(told, moved, strict=False)
            ]
            row = {
                "touchpoint": t,
                **row,
                "outcome": fit.outcome,
                "measure": measure,
                "model": model,
                "note": note,
            }
            rows.append(row | (_interval(each, conf_level) if each else {}))
    told, change = (
        ["touchpoint", "asked", "reached", "outcome", "measure", "model"],
        ["baseline", "expected", "estimate", "conf_low", "conf_high"],
    )
    return pd.DataFrame(rows).reindex(columns=[*told, *change, "at_ceiling", "n", "note"])


def _check_changes(fit: Fit, names: list[str], changes: Mapping[str, float]) -> None:
    if not changes:
        raise ModelError(
            "changes: nothing is changed; give touchpoints with points, such as {{'delivery': 0.5}}"
        )
    for t, asked in changes.items():
        if t not in names:
            raise ModelError(
                "{name!r} is not a touchpoint of this fit; it has: {known}",
                name=t,
                known=", ".join(names),
            )
        scale = fit.study.scale_of(t)
        if (
            isinstance(asked, bool)
            or not isinstance(asked, (int, float, np.number))
            or not abs(asked) <= scale.max - scale.min
        ):
            raise ModelError(
                "touchpoint {touchpoint}: a change of {asked} is no step on its scale"
                " {low:g}–{high:g}; give points of that scale",
                touchpoint=t,
                asked=str(asked),
                low=scale.min,
                high=scale.max,
            )


def _touchpoints(fit: Fit) -> list[str]:
    """The touchpoints with a rating among the terms, in the order of the fit."""
    names = [t for t in dict.fromkeys(fit.design.touchpoint.values()) if t in fit.params.index]
    if not names or not fit.model.startswith("loyalty"):
        raise ModelError(
            "the model {model} has no slope of a touchpoint's experience; use a fit of fit_loyalty",
            model=fit.model,
        )
    return names


def _completed(fit: Fit) -> tuple[Fit, ...]:
    """The fits of the completed data sets after multiple imputation; of any other fit, itself."""
    return getattr(fit, "completed", ()) or (fit,)


def _met(fit: Fit, names: list[str]) -> pd.DataFrame:
    """Who of the rows met each touchpoint (rows × touchpoints): the others have no rating that
    could change. An imputed answer is one of somebody who did.
    """
    return pd.DataFrame({t: fit.study.state(t)[fit.design.x.index] != "not_used" for t in names})


def _moved(fit: Fit, met: pd.DataFrame, changes: Mapping[str, float]) -> dict[str, np.ndarray]:
    """By how many points each row's rating moves (n each): 0 where it was not met, less than asked
    at the end of the scale.
    """
    moved = {}
    for t, asked in changes.items():
        scale, column, rating = (
            fit.study.scale_of(t),
            fit.design.x[t],
            fit.study.rating(t)[fit.design.x.index],
        )
        # Usage coding centres ratings; an imputed one is known in the design only.
        rating = (column + (rating - column).median()).to_numpy()
        moved[t] = np.where(met[t], np.clip(rating + asked, scale.min, scale.max) - rating, 0.0)
    return moved


_Told = list[tuple[Fit, np.ndarray | None]]


def _measures(fit: Fit) -> list[tuple[str, str, _Told, str]]:
    """What can be told of a fit: measure, model, the fits that tell it (one a completed data set)
    with the value of each answer, and why not.
    """
    fits = _completed(fit)
    first, categorical = fits[0], isinstance(fits[0], CategoricalFit)
    own = [(one, np.asarray(one.values) if categorical else None) for one in fits]
    if fit.family == "binary":
        return [("probability", "binary", own, "")]
    in_points = categorical and first.categories == NPS_CATEGORIES
    # The mean of a 0/1 outcome is a probability, whichever family explains it.
    measure = "probability" if fit.study.outcome_kind(fit.outcome) == "binary" else "outcome"
    told = [] if in_points else [(measure, fit.family, own, "")]
    if fit.study.outcome_kind(fit.outcome) != "nps":
        return told
    told.append(("nps_points", "ols", *_or_reason(_linear_points, fits)))
    if categorical:
        told.append(
            (
                "nps_points",
                "ordinal",
                own if in_points else [(one, nps_scores(values)) for one, values in own],
                "",
            )
        )
    else:
        told.append(("nps_points", "ordinal", *_or_reason(_ordinal_points, fits)))
    return told


def _linear_points(fit: Fit) -> tuple[Fit, None]:
    """Least squares on the ±100 score, on the rows and terms of `fit`."""
    answers = fit.study.outcome(fit.outcome)[fit.design.x.index]
    design = replace(
        fit.design,
        y=pd.Series(nps_scores(answers.to_numpy()), index=answers.index, name=fit.outcome),
    )
    return (
        least_squares(
            design, "loyalty: ols", fit.covariance if fit.covariance in COVARIANCES else None
        ),
        None,
    )


def _ordinal_points(fit: Fit) -> tuple[CategoricalFit, np.ndarray]:
    """The cumulative model of the answers, on the rows and terms of `fit`."""
    coding = coded(fit.study, fit.outcome, "ordinal", "answers")
    one = fit_categorical(
        replace(fit.design, y=coding.y[fit.design.x.index]), coding.labels, "ordinal"
    )
    return one, nps_scores(np.asarray(one.values))


def _or_reason(model: Callable[[Fit], tuple], fits: tuple[Fit, ...]) -> tuple[_Told, str]:
    try:
        return [model(one) for one in fits], ""
    except ModelError as error:
        return [], str(error)


def _pooled(each: list[np.ndarray]) -> np.ndarray:
    """Estimate, error and degrees of freedom (3 × k) of m fits' (k × 3), by Rubin's rules; of one
    fit, its own.
    """
    if len(each) == 1:
        return each[0].T
    estimates, errors, df = (np.array([one[:, column] for one in each]) for column in range(3))
    estimate, variance, df, _ = rubin(estimates, errors**2, df.mean(axis=0))
    return np.array([estimate, np.sqrt(variance), df])


# ---- the expected outcome as a function of the parameters


def _response(
    fit: Fit, values: np.ndarray | None, x: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Expected outcome of each row of `x` (n) and its derivatives by the parameters (n ×
    parameters).

    Of ordered answers E(Y) = v_last − Σ_j (v_{j+1} − v_j)·F(θ_j − x'b).
    """
    if values is None:
        terms = x[fit.params.index].to_numpy(dtype=float)
        return terms @ fit.params.to_numpy(), terms
    x, cut, steps = _latent(fit, values, x)
    distribution, density, _ = _law(fit, cut)
    weighted = density * steps
    return values[-1] - distribution @ steps, np.column_stack(
        [-weighted * _sign(fit), x * weighted.sum(axis=1)[:, None]]
    )


def _latent(
    fit: CategoricalFit, values: np.ndarray, x: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    terms = x[fit.slopes.index].to_numpy(dtype=float)
    return terms, fit.thresholds - (terms @ fit.slopes.to_numpy())[:, None], np.diff(values)


def _law(fit: CategoricalFit, cut: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """F, its density and the density's slope."""
    if fit.link == "logit":
        below = special.expit(cut)
        density = below * special.expit(-cut)
        return below, density, density * (1 - 2 * below)
    density = stats.norm.pdf(cut)
    return special.ndtr(cut), density, -cut * density


def _sign(fit: CategoricalFit) -> int:
    # A binary model's first parameter is its intercept, −θ.
    return -1 if fit.family == "binary" else 1


def _effect(
    fit: Fit, values: np.ndarray | None, touchpoint: str, met: np.ndarray
) -> tuple[float, float, float]:
    """Average marginal effect among those who met the touchpoint, its error and degrees of
    freedom.
    """
    position = fit.params.index.get_loc(touchpoint)
    df = float(fit.df[touchpoint]) if isinstance(fit.df, pd.Series) else fit.df
    if values is None:
        return (
            float(fit.params.iloc[position]),
            float(np.sqrt(fit.cov.iloc[position, position])),
            df,
        )
    weights = None if fit.design.weights is None else fit.design.weights[met]
    x, cut, steps = _latent(fit, values, fit.design.x[met])
    _, density, bend = _law(fit, cut)
    slope = fit.params.iloc[position]
    steepness, bent = np.average(density @ steps, weights=weights), bend * steps
    by_params = np.column_stack([bent * _sign(fit), -x * bent.sum(axis=1)[:, None]])
    gradient = slope * np.average(by_params, axis=0, weights=weights)
    gradient[position] += steepness
    return float(slope * steepness), float(np.sqrt(gradient @ fit.cov.to_numpy() @ gradient)), df


def _difference(
    fit: Fit, values: np.ndarray | None, moved: Mapping[str, np.ndarray]
) -> tuple[float, float, float, float]:
    """Change of the mean outcome, its error, degrees of freedom, and the mean before it."""
    x, weights = fit.design.x, fit.design.weights
    (start, by_start), (end, by_end) = (
        _response(fit, values, one)
        for one in (x, x.assign(**{t: x[t] + change for t, change in moved.items()}))
    )
    baseline, estimate = (
        float(np.average(value, weights=weights)) for value in (start, end - start)
    )
    gradient = np.average(by_end - by_start, axis=0, weights=weights)
    return (
        estimate,
        float(np.sqrt(gradient @ fit.cov.to_numpy() @ gradient)),
        fit.least_df,
        baseline,
    )


def _interval(each: list[tuple[float, float, float, float]], conf_level: float) -> dict[str, float]:
    numbers = np.array(each)
    (estimate,), (error,), (df,) = _pooled([one[None, :3] for one in numbers])
    half, baseline = stats.t.ppf((1 + conf_level) / 2, df) * error, float(numbers[:, 3].mean())
    return {
        "baseline": baseline,
        "expected": baseline + estimate,
        "estimate": estimate,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
    }
