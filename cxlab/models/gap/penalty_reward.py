"""Which touchpoints can only disappoint, and which can delight: penalties and rewards.

Brandt (1987) regressed satisfaction on two indicators a touchpoint, rated low and rated high,
against the middle. The class that a touchpoint gets (basic, performance, excitement, indifferent)
is a decision on four noisy numbers, so its probability stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design, chosen_outcome
from cxlab.models.fit import least_squares
from cxlab.models.gap.fit_gap import gap_covariance
from cxlab.study.sample import Sample
from cxlab.study.study import Study

CLASSES = ("basic", "performance", "excitement", "indifferent")
ALPHA = 0.05


def penalty_reward(
    study: Study,
    outcome: str | None = None,
    touchpoints: Iterable[str] | None = None,
    low: float | None = None,
    high: float | None = None,
    n_boot: int = 2000,
    seed: int = 0,
    conf_level: float = 0.95,
    covariance: str | None = None,
    least: int = 0,
) -> pd.DataFrame:
    """Penalty r⁻ (rated `low` or less) and reward r⁺ (rated `high` or more) of each touchpoint
    against the middle, all together.

    Outcome units; `low` is one point below the scale's midpoint and `high` one below its top unless
    given (3 and 6 on 1–7). A touchpoint never met is in the middle with an indicator of its own.
    Touchpoints that fewer than `least` respondents rated low, or high, are left out (0: none; a
    report gives its min_cell, since an effect of one low answer is that respondent's). `asymmetry`
    = r⁺ − |r⁻|, with the test of |r⁻| = r⁺. Class: neither effect in its own direction at 5 %:
    indifferent; asymmetry at 5 %: basic if the penalty is larger, else excitement; otherwise
    performance if both effects are there, basic or excitement if one is. `p_basic` … are the shares
    of bootstrap samples (rows or clusters) that get each class by the same rule. Columns
    `touchpoint outcome penalty penalty_low penalty_high reward reward_low reward_high asymmetry
    asymmetry_low asymmetry_high p_value class p_basic p_performance p_excitement p_indifferent n`.
    Source: Brandt (1987); Matzler & Sauerwein (2002). Checked against R's lm (1e-8). Raises
    ModelError: nobody low or nobody high at a touchpoint, cut points out of order, and as
    `fit_loyalty`.
    """
    outcome = chosen_outcome(study, outcome)
    known = study.touchpoints
    names = (
        list(touchpoints)
        if touchpoints is not None
        else list(known.loc[known["experience"], "touchpoint"])
    )
    if not names:
        raise ModelError("no touchpoint of this study asks an experience")
    if least:
        names = _rated_both_ways(
            _design(study, names, outcome, low, high, empty=True).x, names, least
        )
    design = _design(study, names, outcome, low, high)
    fit = least_squares(design, "penalty-reward", gap_covariance(design, covariance))
    pairs = [(f"{t}:low", f"{t}:high") for t in names]
    b = fit.params
    cov = fit.cov
    penalty, reward = (b[[pair[i] for pair in pairs]].to_numpy() for i in (0, 1))
    errors = [np.sqrt(np.array([cov.loc[p[i], p[i]] for p in pairs])) for i in (0, 1)]
    error_sum = np.sqrt(np.array([cov.loc[list(p), list(p)].to_numpy().sum() for p in pairs]))
    half = stats.t.ppf((1 + conf_level) / 2, fit.df)
    asymmetry = reward + penalty
    frame = pd.DataFrame(
        {
            "touchpoint": names,
            "outcome": outcome,
            "penalty": penalty,
            "penalty_low": penalty - half * errors[0],
            "penalty_high": penalty + half * errors[0],
            "reward": reward,
            "reward_low": reward - half * errors[1],
            "reward_high": reward + half * errors[1],
            "asymmetry": asymmetry,
            "asymmetry_low": asymmetry - half * error_sum,
            "asymmetry_high": asymmetry + half * error_sum,
            "p_value": 2 * stats.t.sf(np.abs(asymmetry / error_sum), fit.df),
        }
    )
    critical = stats.t.ppf(1 - ALPHA / 2, fit.df)
    frame["class"] = [CLASSES[i] for i in _classes(penalty, reward, *errors, error_sum, critical)]
    if n_boot:
        draws = _bootstrap(design, pairs, n_boot, seed)
        classes = _classes(draws[:, 0], draws[:, 1], *errors, error_sum, critical)
        for i, name in enumerate(CLASSES):
            frame[f"p_{name}"] = (classes == i).mean(axis=0)
    return frame.assign(n=fit.n)


def _classes(
    penalty, reward, penalty_error, reward_error, sum_error, critical: float
) -> np.ndarray:
    """The stated rule, as positions in CLASSES; the last axis is the touchpoint."""
    hurts, delights = penalty < -critical * penalty_error, reward > critical * reward_error
    uneven = np.abs(penalty + reward) > critical * sum_error
    heavier = -penalty > reward
    return np.select(
        [~hurts & ~delights, uneven & heavier, uneven, hurts & delights, hurts],
        [3, 0, 2, 1, 0],
        2,
    )


def _rated_both_ways(x: pd.DataFrame, names: list[str], least: int) -> list[str]:
    kept = [t for t in names if min(x[f"{t}:low"].sum(), x[f"{t}:high"].sum()) >= least]
    if not kept:
        raise ModelError(
            "no touchpoint was rated low by {least} respondents and high by as many, among the {n}"
            " who answered everything that is compared",
            least=least,
            n=len(x),
        )
    return kept


def _design(
    study: Study,
    names: list[str],
    outcome: str,
    low: float | None,
    high: float | None,
    empty: bool = False,
) -> Design:
    y = study.outcome(outcome)
    columns: dict[str, np.ndarray] = {INTERCEPT: np.ones(study.n)}
    owner, lost = {}, y.isna().to_numpy()
    for touchpoint in names:
        scale = study.scale_of(touchpoint)
        cut_low, cut_high = (
            scale.midpoint - 1 if low is None else low,
            scale.max - 1 if high is None else high,
        )
        if not scale.min <= cut_low < cut_high <= scale.max:
            raise ModelError(
                "touchpoint {touchpoint}: low={low:g} and high={high:g} must be in order and on the"
                " scale {min:g}–{max:g}",
                touchpoint=touchpoint,
                low=cut_low,
                high=cut_high,
                min=scale.min,
                max=scale.max,
            )
        rating, state = (
            study.rating(touchpoint).to_numpy(),
            study.state(touchpoint).astype(str).to_numpy(),
        )
        columns |= {
            f"{touchpoint}:low": (rating <= cut_low).astype(float),
            f"{touchpoint}:high": (rating >= cut_high).astype(float),
        }
        if (state == "not_used").any():
            columns[f"{touchpoint}:unused"] = (state == "not_used").astype(float)
        lost = lost | np.isin(state, ["no_answer", "not_asked"])
        owner |= dict.fromkeys(
            (f"{touchpoint}:low", f"{touchpoint}:high", f"{touchpoint}:unused"), touchpoint
        )
    reason = pd.Series(
        np.select([y.isna().to_numpy(), lost], ["outcome_not_answered", "rating_no_answer"], ""),
        index=study.index,
    )
    used = (reason == "").to_numpy()
    x = pd.DataFrame(columns, index=study.index)[used]
    for touchpoint in [] if empty else names:
        for side in ("low", "high"):
            if not x[f"{touchpoint}:{side}"].any():
                raise ModelError(
                    "touchpoint {touchpoint}: none of {n} respondents rated it {side}; move the cut"
                    " point, or leave it out",
                    touchpoint=touchpoint,
                    n=len(x),
                    side=side,
                )
    x = x.loc[:, [c for c in x if not c.endswith(":unused") or x[c].nunique() > 1]]
    return Design(study, outcome, x, y[used], Sample.of(study, x.index), reason, owner, "usage")


def _bootstrap(design: Design, pairs: list[tuple[str, str]], n_boot: int, seed: int) -> np.ndarray:
    """Penalties and rewards of resamples: replicates × 2 × touchpoints."""
    terms = [c for c in design.x if c != INTERCEPT]
    frame = design.x[terms].assign(**{"": design.y})
    at = np.array([[terms.index(name) for name in pair] for pair in pairs]).T
    draws = []
    for s in design.resamples(frame, n_boot, seed):
        # A resample may hold nobody who rated a touchpoint low; a breath of ridge then gives it an
        # effect of 0.
        ridge = 1e-10 * np.eye(len(terms))
        b = np.linalg.solve(s[:, :-1, :-1] + ridge, s[:, :-1, -1:])[..., 0]
        draws.append(b[:, at])
    return np.concatenate(draws)
