"""Average marginal effects and predicted changes, in outcome units, NPS points or probability.

All are associations between customers, not effects of an intervention. NPS cuts a scale at two
thresholds, so its change per scale point depends on the distribution of answers: it is computed
both by least squares on the ±100 score and by the ordinal model, on the same rows. Errors are by
the delta method, of an estimate's derivatives by the parameters.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from numbers import Real

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.models.fit import COVARIANCES, Fit, least_squares, with_inference
from cxlab.models.loyalty.categorical import NPS_CLASSES, CategoricalFit, coded, fit_categorical
from cxlab.models.money.worth import in_money, of_a_point
from cxlab.stats.inference import holm
from cxlab.stats.pooling import rubin
from cxlab.stats.sampling import nps_scores
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS

# A step that falls short of what was asked by less than this was not stopped by the scale.
ROUNDING = 1e-9
# Steps that follow from a ranking: of so many touchpoints, by half a point of a scale that ends at
# 11 or below, else by five points.
MOST_STEPS, STEP, LONGEST_SHORT, LONG_STEP = 3, 0.5, 11, 5.0

POINTS = tuple(NPS_CLASSES.values())
# A fit with the value of each of its answers; None where the outcome is a number.
Valued = tuple[Fit, np.ndarray | None]


@estimator("effects")
def effects(fit: Fit, *, conf_level: float = 0.95) -> pd.DataFrame:
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
    Maximum likelihood spreads estimates more than its information says where parameters are many
    for the rows: variances from the information are multiplied by n/(n − parameters), as those of
    least squares are, with t on n − parameters. So 4–6 of 100 true nulls are rejected from 60 rows
    and 10 touchpoints on, 8–9 without (tests/calibration/errors_of_few.py).

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(300, seed=1), "repurchase", family="binary")
    >>> cx.effects(fit)[["touchpoint", "measure", "estimate"]].head(1).round(2).values.tolist()
    [['advertising', 'probability', -0.01]]
    """
    names, met = touchpoints_of(fit), fit.met()
    users = pd.DataFrame({"n": met.sum(), "used": met.apply(fit.design.sample.average)})

    frame = _measured(fit, names, lambda _, one, t: slope(*one, t, met[t]), conf_level).join(
        users, on="touchpoint"
    )
    ends = ["overall", "overall_low", "overall_high"]
    frame[ends] = frame[["estimate", "conf_low", "conf_high"]].mul(frame["used"], axis=0)
    frame["p_holm"] = frame.groupby(["measure", "model"])["p_value"].transform(holm)
    return frame[[*frame.columns.drop(["baseline", "note"]), "note"]]


@estimator("what_if")
def what_if(
    fit: Fit,
    changes: Mapping[str, float] | pd.DataFrame,
    *,
    money: pd.DataFrame | None = None,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The outcome that goes with everybody who met a touchpoint rating it higher (or lower), others
    held.

    Parameters
    ----------
    fit : Fit
        A fit of `fit_loyalty`.
    changes : mapping of str to float, or DataFrame
        Points of its scale by which each touchpoint is rated higher. Of a result of `priorities`
        the first three of "fix_first", where there is none (or of a result of `importance`) the
        first touchpoint whose sign is +, by half a point, on scales beyond 11 by five points.
    money : DataFrame, optional
        A result of `cx.money.money_value` on the fit's outcome.
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
        difference. With `money`, `amount amount_low amount_high`: what goes with that in money, for
        each respondent, in `unit`; NaN in measures other than points of the outcome.

    Raises
    ------
    ModelError
        Unknown touchpoints, changes that are no numbers or wider than the scale; money of another
        outcome, or none; a change that would lead beyond the outcome's scale, where nobody tells
        what it goes with in money.
    NotAskedError
        A result in which there is nothing to change.

    Notes
    -----
    Intervals as those of `effects`; of money both uncertainties (Tofighi & MacKinnon 2011). A
    linear model adds up, and may lead beyond the outcome's own
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
    names = touchpoints_of(fit)
    if isinstance(changes, pd.DataFrame):
        changes = _first_steps(fit, changes)
    _check_changes(fit, names, changes)
    names, met = list(changes), fit.met()[list(changes)]
    moved = [_moved(one, met, changes) for one in fit.completed_fits]
    stopped = [(one.sub(pd.Series(changes)).abs() > ROUNDING).astype(float) for one in moved]
    weight = met.mul(fit.design.sample.w, axis=0)
    steps = pd.DataFrame({"asked": changes, "n": met.sum()}, index=names, dtype=float)
    for name, shares in (("reached", moved), ("at_ceiling", stopped)):
        steps[name] = (sum(shares) / len(shares) * weight).sum() / weight.sum()

    columns = {t: [t] for t in names} | {ALL_TOUCHPOINTS: names}
    frame = _measured(
        fit,
        list(columns),
        lambda number, one, t: _difference(*one, moved[number][columns[t]]),
        conf_level,
    ).join(steps, on="touchpoint")
    frame["expected"] = frame["baseline"] + frame["estimate"]
    frame["n"] = frame["n"].fillna(fit.n).astype(int)
    first = ["touchpoint", "asked", "reached", "outcome", "measure", "model", "baseline"]
    last = ["expected", "estimate", "conf_low", "conf_high", "at_ceiling", "n", "note"]
    if money is None:
        return frame[[*first, *last]]
    own = frame["measure"].isin(["outcome", "probability"]) & (fit.family != "binary")
    scale = fit.study.scale_of(fit.outcome)
    if not frame.loc[own, "expected"].between(scale.min, scale.max).all():
        raise ModelError(
            "money=: these changes lead beyond the scale {low:g}–{high:g} of {outcome}, where no"
            " customer is; give smaller ones",
            low=scale.min,
            high=scale.max,
            outcome=fit.outcome,
        )
    value = in_money(frame[own], conf_level, money, fit.outcome, conf_level)
    frame = frame.join(value).assign(unit=of_a_point(money, fit.outcome)["unit"])
    return frame[[*first, *last[:-2], *value, "unit", *last[-2:]]]


def _measured(
    fit: Fit, names: list[str], numbers: Callable[..., tuple], conf_level: float
) -> pd.DataFrame:
    """One row a measure and name, pooled over the completed data sets by Rubin's rules; NaN where a
    model could not be fitted.

    `numbers` of the n-th data set, its fit and a name are the estimate, its derivatives by the
    parameters and the baseline.
    """
    tables = []
    for measure, model, fits, note in measures(fit):
        rows = []
        for number, one in enumerate(fits):
            for name in names:
                estimate, by_params, baseline = numbers(number, one, name)
                error, df = one[0].mean_errors(by_params[None])
                rows.append([estimate, *error, *df, baseline])
        each = np.array(rows or [[np.nan] * 4] * len(names)).reshape(-1, len(names), 4)
        estimate, error, df, baseline = each.mean(axis=0).T
        if len(each) > 1:
            estimate, variance, df, _ = rubin(each[..., 0], each[..., 1] ** 2, df)
            error = np.sqrt(variance)
        frame = pd.DataFrame({"touchpoint": names, "outcome": fit.outcome})
        frame = frame.assign(measure=measure, model=model, estimate=estimate)
        frame = with_inference(frame, error, df, conf_level)
        tables.append(frame.assign(baseline=baseline, note=note))
    return pd.concat(tables, ignore_index=True)


def _first_steps(fit: Fit, table: pd.DataFrame) -> dict[str, float]:
    """A step for each touchpoint that a table of priorities or shares puts first."""
    if not {"touchpoint", "share_relative", "sign"} <= set(table):
        raise ModelError(
            "changes: this table has no touchpoints with shares and signs; give what priorities or"
            " importance gives, or points such as {{'delivery': 0.5}}"
        )
    first = table[table["sign"] == "+"].nlargest(1, "share_relative")
    if "priority" in table and (fix := table["priority"] == "fix_first").any():
        first = table[fix].head(MOST_STEPS)
    if first.empty:
        raise NotAskedError(
            "no touchpoint has a statistically significant association with the outcome; there is"
            " nothing to raise"
        )
    short = {t: fit.study.scale_of(t).max <= LONGEST_SHORT for t in first["touchpoint"]}
    return {t: STEP if one else LONG_STEP for t, one in short.items()}


def _check_changes(fit: Fit, names: list[str], changes: Mapping[str, float]) -> None:
    if not isinstance(changes, Mapping) or not changes:
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
            or not isinstance(asked, Real)
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


def touchpoints_of(fit: Fit) -> list[str]:
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


def _difference(fit: Fit, values: np.ndarray | None, moved: pd.DataFrame) -> tuple:
    """`numbers` of the change of the mean outcome where ratings have `moved`."""
    x, sample = fit.design.x, fit.design.sample
    start, by_start = fit.mean_at(x, values)
    end, by_end = fit.mean_at(x.assign(**(x[moved.columns] + moved)), values)
    by_params = np.average(by_end - by_start, axis=0, weights=sample.weights)
    return sample.average(end - start), by_params, sample.average(start)


def slope(fit: Fit, values: np.ndarray | None, touchpoint: str, met: pd.Series) -> tuple:
    """`numbers` of the average marginal effect among those who met the touchpoint."""
    slope, by_params = fit.params[touchpoint], (fit.params.index == touchpoint).astype(float)
    if values is not None:
        sample = fit.design.sample.at(met.to_numpy())
        steepness, by_row = fit.steps(fit.design.x[met], values, 1)
        steepness, by_row = sample.average(steepness), np.average(by_row, 0, sample.weights)
        slope, by_params = slope * steepness, slope * by_row + steepness * by_params
    return slope, by_params, np.nan


def measures(fit: Fit) -> Iterator[tuple[str, str, list[Valued], str]]:
    """What `effects` are given in (`outcome` or `probability`, and `nps_points` by ols and
    ordinal), by which model, from which fits (one a completed data set), or why from none.
    """
    fits = fit.completed_fits
    categorical = isinstance(fits[0], CategoricalFit)
    kind = fit.study.outcome_kind(fit.outcome)
    if not categorical or fits[0].categories != POINTS:
        # The mean of a 0/1 outcome is a probability, whichever family explains it.
        name = "probability" if "binary" in (fit.family, kind) else "outcome"
        own = [(one, np.asarray(one.values) if categorical else None) for one in fits]
        yield name, fit.family, own, ""
    if fit.family == "binary" or kind != "nps":
        return
    for model, points in (("ols", _linear_points), ("ordinal", _ordinal_points)):
        found, note = [], ""
        try:
            found = [points(one) for one in fits]
        except ModelError as error:
            note = str(error)
        yield "nps_points", model, found, note


def _linear_points(fit: Fit) -> Valued:
    """Least squares on the ±100 score, on the rows and terms of `fit`."""
    answers = fit.study.outcome(fit.outcome)[fit.design.x.index]
    covariance = fit.covariance if fit.covariance in COVARIANCES else None
    design = replace(fit.design, y=nps_scores(answers))
    return least_squares(design, "loyalty: ols", covariance), None


def _ordinal_points(fit: Fit) -> Valued:
    """`fit`, or where it is none the cumulative model of the answers on its rows and terms."""
    if not isinstance(fit, CategoricalFit):
        y, labels = coded(fit.study, fit.outcome, "ordinal", "answers")
        design = replace(fit.design, y=y[fit.design.x.index])
        fit = fit_categorical(design, labels, "ordinal")
    values = np.asarray(fit.values)
    return fit, values if fit.categories == POINTS else nps_scores(values)
