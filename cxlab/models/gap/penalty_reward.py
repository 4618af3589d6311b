"""Penalty-reward analysis (Brandt 1987): effects of low and of high ratings.

The outcome is regressed on two indicators a touchpoint, rated low and rated high, against the
middle. A touchpoint's class (basic, performance, excitement, indifferent) follows from uncertain
estimates, so the share of resamples that give each class is reported.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.design import (
    Design,
    chosen_outcome,
    chosen_touchpoints,
    first_reason,
    refuse_parts,
    states_of,
)
from cxlab.models.estimator import estimator
from cxlab.models.fit import least_squares
from cxlab.result import by_bags
from cxlab.stats.inference import named_interval, t_inference
from cxlab.study.study import Study

CLASSES = ("basic", "performance", "excitement", "indifferent")
ALPHA = 0.05
# Keeps the products of a resample invertible in which nobody rated a touchpoint low; its effect is
# then 0.
RIDGE = 1e-10


@estimator("penalty_reward")
def penalty_reward(
    study: Study,
    outcome: str | None = None,
    *,
    touchpoints: str | Iterable[str] | None = None,
    low: float | None = None,
    high: float | None = None,
    n_boot: int = 2000,
    seed: int = 0,
    conf_level: float = 0.95,
    covariance: str | None = None,
    min_cell: int = 0,
) -> pd.DataFrame:
    """Penalty r⁻ (rated low) and reward r⁺ (rated high) of each touchpoint against the middle, all
    touchpoints together.

    Parameters
    ----------
    study : Study
    outcome : str, optional
        Id of the outcome; the report's, else the first, unless given.
    touchpoints : str or iterable of str, optional
        All that ask an experience unless given.
    low, high : float, optional
        Highest rating that counts as low and lowest that counts as high: one point below the
        scale's midpoint and one below its top unless given (3 and 6 on 1–7).
    n_boot : int
        Resamples of the rows, or of whole clusters (of more than 50,000 by 4,000 random groups of
        them, as in `importance`); 0 leaves the probabilities of classes out.
    seed : int
        Seed of the resamples.
    conf_level : float
        Confidence level of the intervals.
    covariance : str, optional
        As in `fit_gap`.
    min_cell : int
        Touchpoints that fewer respondents rated low, or high, are left out; 0 leaves none out. A
        report gives its min_cell, since an effect of one low answer is that respondent's.

    Returns
    -------
    DataFrame
        `touchpoint outcome penalty penalty_low penalty_high reward reward_low reward_high asymmetry
        asymmetry_low asymmetry_high p_value class p_basic p_performance p_excitement p_indifferent
        n`, effects in outcome units: a penalty is below 0, a reward above. `asymmetry` = r⁺ − |r⁻|,
        `p_value` of the test that |r⁻| = r⁺; `p_basic` … are the shares (0–1) of resamples that get
        each class by the same rule.

    Raises
    ------
    ModelError
        Nobody low or nobody high at a touchpoint, cut points out of order, and as `fit_loyalty`.

    Notes
    -----
    A touchpoint never met is in the middle with an indicator of its own. An effect is there where
    it has its own direction at 5 %: low ratings that go with a better outcome are no penalty,
    whatever their size. Class: neither effect is there: indifferent; the penalty alone: basic; the
    reward alone: excitement; both: performance, unless the asymmetry at 5 % says that the penalty
    (basic) or the reward (excitement) is larger.
    Source: Brandt (1987); Matzler & Sauerwein (2002). Checked against R's lm (1e-8).

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.penalty_reward(cx.simulate_study(400, seed=1), "loyalty", n_boot=0)
    >>> table[["touchpoint", "penalty", "reward", "class"]].tail(1).round(1).values.tolist()
    [['support', -6.3, 4.6, 'performance']]
    """
    outcome = chosen_outcome(study, outcome)
    names = chosen_touchpoints(study, touchpoints, "experience")
    design = penalty_design(study, names, outcome, low, high, min_cell)
    fit = least_squares(design, "penalty-reward", covariance)
    names, terms = design.touchpoints, fit.params.index
    sides = [terms.get_indexer([f"{t}:{side}" for t in names]) for side in ("low", "high")]
    of_low, of_high = np.eye(len(terms))[sides]
    frame, params = pd.DataFrame({"touchpoint": names, "outcome": outcome}), fit.params.to_numpy()
    # |r⁻| is −r⁻, but for a penalty of the wrong sign.
    turned = np.where(params[sides[0]] > 0, -1.0, 1.0)[:, None]
    lines = {"penalty": of_low, "reward": of_high, "asymmetry": of_high + turned * of_low}
    widths = []
    for name, each in lines.items():
        estimate, error, df = each @ params, fit.standard_errors(each), fit.freedom(each)
        numbers = t_inference(estimate, error, df, conf_level)
        frame = frame.assign(**named_interval(name, {"estimate": estimate, **numbers}))
        widths.append(stats.t.ppf(1 - ALPHA / 2, df) * error)
    if (turned < 0).any():  # the sum is not the asymmetry
        both = of_low + of_high
        widths[2] = stats.t.ppf(1 - ALPHA / 2, fit.freedom(both)) * fit.standard_errors(both)
    found = classes(*params[sides], widths)
    frame = frame.assign(**{"p_value": numbers["p_value"], "class": np.array(CLASSES)[found]})
    if n_boot:
        ridge = RIDGE * np.eye(len(terms) - 1)
        draws = [
            np.linalg.solve(s[:, :-1, :-1] + ridge, s[:, :-1, -1:])[..., 0]
            for s in fit.resamples(n_boot, seed)
        ]
        effects = np.concatenate(draws)[:, np.array(sides) - 1]
        found = classes(*np.moveaxis(effects, 1, 0), widths)
        for i, name in enumerate(CLASSES):
            frame[f"p_{name}"] = (found == i).mean(axis=0)
    return by_bags(frame.assign(n=fit.n), n_boot and fit.bags)


def classes(penalty: np.ndarray, reward: np.ndarray, widths: Sequence[np.ndarray]) -> np.ndarray:
    """The stated rule, as positions in CLASSES; the last axis is the touchpoint. `widths` are what
    penalty, reward and their sum have to be beyond to differ from 0 at 5 %.
    """
    hurts, delights = penalty < -widths[0], reward > widths[1]
    # Where both are there, |r⁻| is −r⁻.
    total = penalty + reward
    heavier, lighter = total < -widths[2], total > widths[2]
    return np.select(
        [hurts & (~delights | heavier), delights & (~hurts | lighter), hurts], [0, 2, 1], 3
    )


def penalty_design(
    study: Study,
    names: list[str],
    outcome: str,
    low: float | None = None,
    high: float | None = None,
    min_cell: int = 0,
) -> Design:
    """The indicators `touchpoint:low`, `touchpoint:high` and, where some never met it,
    `touchpoint:unused` of the rows used; of touchpoints that `min_cell` rated low, and as many
    high.
    """
    refuse_parts(study, outcome, "outcome", names)
    states, columns = states_of(study, names), {}
    for t in names:
        scale, rating = study.scale_of(t), study.rating(t)
        bottom = scale.midpoint - 1 if low is None else low
        top = scale.max - 1 if high is None else high
        if low is None and high is None and not scale.min <= bottom < top:
            raise ModelError(
                "touchpoint {touchpoint}: a scale of {min:g}–{max:g} has no low, middling and"
                " high ratings",
                touchpoint=t,
                min=scale.min,
                max=scale.max,
            )
        if not scale.min <= bottom < top <= scale.max:
            raise ModelError(
                "touchpoint {touchpoint}: low={low:g} and high={high:g} must be in order and on the"
                " scale {min:g}–{max:g}",
                touchpoint=t,
                low=bottom,
                high=top,
                min=scale.min,
                max=scale.max,
            )
        columns |= {f"{t}:low": rating <= bottom, f"{t}:high": rating >= top}
        columns[f"{t}:unused"] = states[t] == "not_used"
    y = study.outcome(outcome)
    lost = states.isin(["no_answer", "not_asked"]).any(axis=1)
    reason = first_reason({"outcome_not_answered": y.isna(), "rating_no_answer": lost})
    x = pd.DataFrame(columns)[reason == ""].astype(float)
    rated = x.sum()
    kept = [t for t in names if rated[[f"{t}:low", f"{t}:high"]].min() >= min_cell]
    if not kept:
        raise ModelError(
            "no touchpoint was rated low by {least} respondents and high by as many; {n} answered"
            " everything that is compared",
            least=min_cell,
            n=len(x),
        )
    if kept != names:
        return penalty_design(study, kept, outcome, low, high)
    owner = {}
    for term, count in rated.items():
        owner[term], _, side = term.rpartition(":")
        if side == "unused" and count in (0, len(x)):
            x = x.drop(columns=term)
        elif not count:
            raise ModelError(
                "touchpoint {touchpoint}: none of {n} respondents rated it {side}; move the cut"
                " point, or leave it out",
                touchpoint=owner[term],
                n=len(x),
                side=side,
            )
    return Design.of(study, outcome, x, y, reason, touchpoint=owner, missing="usage")
