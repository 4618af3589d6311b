"""Average marginal effects and predicted changes, in outcome units, NPS points or probability.

All are associations between customers, not effects of an intervention.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.fit import Fit, with_inference
from cxlab.models.loyalty.measures import expected, marginal_effect, measures
from cxlab.stats.inference import check_level, holm, t_inference
from cxlab.stats.pooling import rubin
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS

# A step that falls short of what was asked by less than this was not stopped by the scale.
ROUNDING = 1e-9


def effects(fit: Fit, conf_level: float = 0.95) -> pd.DataFrame:
    """Average marginal effect of each touchpoint: what the outcome changes with per scale point of
    experience, others held.

    Parameters
    ----------
    fit : Fit
        A fit of `fit_loyalty`.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a touchpoint and measure: `touchpoint outcome measure model estimate std_error
        statistic p_value conf_low conf_high n used overall overall_low overall_high p_holm note`.
        `measure` is `outcome` (the outcome's own scale; of an ordinal model its expected answer),
        `probability` (binary) and, for NPS outcomes, `nps_points` by `model` ols (on the score −100
        / 0 / +100) and ordinal (expected NPS of the fit, or of a cumulative model of the answers on
        the same rows). `n` met the touchpoint, a share `used` (0–1); `overall` is the change in the
        mean of all respondents when those who met it rate a point higher: estimate × used. `p_holm`
        adjusts over the touchpoints. A model that cannot be fitted has NaN and the reason in
        `note`.

    Raises
    ------
    ModelError
        A fit without touchpoints, or `conf_level` is no number between 0 and 1.

    Notes
    -----
    The mean of ∂E(Y)/∂rating over those who met the touchpoint, its error by the delta method on
    the fit's covariance (design-based with weights), the rows taken as given, as statsmodels'
    get_margeff and R's margins do. An association, not a cause. Checked against statsmodels'
    get_margeff (logit, probit, 1e-8) and numerical derivatives; the OLS effect is the slope.

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(300, seed=1), "repurchase", family="binary")
    >>> cx.effects(fit)[["touchpoint", "measure", "estimate"]].head(1).round(2).values.tolist()
    [['advertising', 'probability', -0.01]]
    """
    check_level(conf_level)
    names = _touchpoints(fit)
    met, sample = fit.met(), fit.design.sample
    n, used = met.sum().to_numpy(), [sample.average(met[t]) for t in names]
    tables = []
    for measure in measures(fit):
        each = [
            [marginal_effect(*one, t, met[t].to_numpy()) for t in names] for one in measure.fits
        ]
        estimate, error, df = _pooled(np.array(each)) if each else np.full((3, len(names)), np.nan)
        frame = pd.DataFrame(
            {
                "touchpoint": names,
                "outcome": fit.outcome,
                "measure": measure.name,
                "model": measure.model,
                "estimate": estimate,
            }
        )
        frame = with_inference(frame, error, df, conf_level).assign(n=n, used=used)
        ends = ["overall", "overall_low", "overall_high"]
        frame[ends] = frame[["estimate", "conf_low", "conf_high"]].mul(frame["used"], axis=0)
        tables.append(frame.assign(p_holm=holm(frame["p_value"]), note=measure.note))
    return pd.concat(tables, ignore_index=True)


def what_if(fit: Fit, changes: Mapping[str, float], conf_level: float = 0.95) -> pd.DataFrame:
    """The outcome that goes with everybody who met a touchpoint rating it higher (or lower), others
    held.

    Parameters
    ----------
    fit : Fit
        A fit of `fit_loyalty`.
    changes : mapping of str to float
        Points of its scale by which each touchpoint is rated higher.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a touchpoint, each alone, and one for all together (`all_touchpoints`), for each
        `measure` and `model` of `effects`: `touchpoint asked reached outcome measure model baseline
        expected estimate conf_low conf_high at_ceiling n note`. Nobody is moved beyond the scale:
        `reached` is the mean change that is left among those who met it (`n`), `at_ceiling` the
        share (0–1) of them whom the end of the scale stopped. `baseline` and `expected` are the
        mean of the outcome over all respondents of the fit before and after, `estimate` their
        difference.

    Raises
    ------
    ModelError
        Unknown touchpoints, changes that are no numbers or wider than the scale.

    Notes
    -----
    Intervals by the delta method. A linear model adds up, and may lead beyond the outcome's own
    scale; an ordinal or binary one does not. An association: customers who rate higher also answer
    higher; whether raising the rating would raise the answer, no survey can show.

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(300, seed=1))
    >>> table = cx.what_if(fit, {"delivery": 0.5})
    >>> table[["touchpoint", "reached", "estimate"]].head(1).round(2).values.tolist()
    [['delivery', 0.44, 0.26]]
    """
    check_level(conf_level)
    _check_changes(fit, _touchpoints(fit), changes)
    names, met = list(changes), fit.met()[list(changes)]
    moved = [_moved(one, met, changes) for one in fit.completed_fits]
    stopped = [(one.sub(pd.Series(changes)).abs() > ROUNDING).astype(float) for one in moved]
    weight = met.mul(fit.design.sample.w, axis=0)
    steps = pd.DataFrame({"asked": changes, "n": met.sum()}, index=names, dtype=float)
    for name, shares in (("reached", moved), ("at_ceiling", stopped)):
        steps[name] = (sum(shares) / len(shares) * weight).sum() / weight.sum()
    rows = []
    for measure in measures(fit):
        for t in [*names, ALL_TOUCHPOINTS]:
            part = names if t == ALL_TOUCHPOINTS else [t]
            row = {"touchpoint": t, "measure": measure.name, "model": measure.model}
            # A model that could not be fitted has no change.
            each = [
                _difference(*one, change[part])
                for one, change in zip(measure.fits, moved, strict=False)
            ]
            if each:
                numbers = np.array(each)[:, None]
                (estimate,), (error,), (df,) = _pooled(numbers[..., :3])
                baseline = float(numbers[..., 3].mean())
                row |= {"baseline": baseline, "expected": baseline + estimate, "estimate": estimate}
                row |= t_inference(estimate, error, df, conf_level)
            rows.append(row | {"note": measure.note})
    frame = pd.DataFrame(rows).join(steps, on="touchpoint").assign(outcome=fit.outcome)
    frame["n"] = frame["n"].fillna(fit.n).astype(int)
    first = ["touchpoint", "asked", "reached", "outcome", "measure", "model", "baseline"]
    last = ["expected", "estimate", "conf_low", "conf_high", "at_ceiling", "n", "note"]
    return frame.reindex(columns=[*first, *last])


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
    if not fit.touchpoints or not fit.model.startswith("loyalty"):
        raise ModelError(
            "the model {model} has no slope of a touchpoint's experience; use a fit of fit_loyalty",
            model=fit.model,
        )
    return fit.touchpoints


def _moved(fit: Fit, met: pd.DataFrame, changes: Mapping[str, float]) -> pd.DataFrame:
    """By how many points each row's rating moves (rows × touchpoints): 0 where it was not met, less
    than asked at the end of the scale.
    """
    moved = {}
    for t, asked in changes.items():
        scale, column = fit.study.scale_of(t), fit.design.x[t]
        # Usage coding centres ratings; an imputed one is known in the design only.
        rating = column + (fit.study.rating(t)[column.index] - column).median()
        moved[t] = ((rating + asked).clip(scale.min, scale.max) - rating).where(met[t], 0.0)
    return pd.DataFrame(moved)


def _difference(fit: Fit, values: np.ndarray | None, moved: pd.DataFrame) -> list[float]:
    """Change of the mean outcome, its error, degrees of freedom, and the mean before it."""
    x, sample = fit.design.x, fit.design.sample
    start, by_start = expected(fit, values, x)
    end, by_end = expected(fit, values, x.assign(**(x[moved.columns] + moved)))
    gradient = np.average(by_end - by_start, axis=0, weights=sample.weights)
    (error,) = fit.standard_errors(gradient[None])
    return [sample.average(end - start), error, fit.df_residual, sample.average(start)]


def _pooled(each: np.ndarray) -> np.ndarray:
    """Estimate, error and degrees of freedom (3 × k) of m fits (m × k × 3), by Rubin's rules; of
    one fit, its own.
    """
    estimates, errors, df = np.moveaxis(each, -1, 0)
    if len(each) == 1:
        return np.array([estimates[0], errors[0], df[0]])
    estimate, variance, df, _ = rubin(estimates, errors**2, df.mean(axis=0))
    return np.array([estimate, np.sqrt(variance), df])
