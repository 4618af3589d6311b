"""Loyalty regressed on the experience at each touchpoint.

Most customers never meet every touchpoint. Dropping them (listwise) leaves the few who met all; filling in a rating for
somebody who was never there invents one. Usage coding (Cohen & Cohen's conditional relevance) keeps everyone: an indicator
says who met the touchpoint, and the rating counts only among them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.fit import INTERCEPT, Design, Fit, least_squares
from cxlab.study.study import Study

# Above this share of rows that never used some touchpoint, listwise deletion would change who is studied.
USAGE_FROM = 0.05


def used_term(touchpoint: str) -> str:
    """Name of the used/not-used indicator of a touchpoint."""
    return f"{touchpoint}:used"


def fit_loyalty(
    study: Study,
    outcome: str | None = None,
    touchpoints: Iterable[str] | None = None,
    family: str = "ols",
    missing: str | None = None,
    covariance: str | None = None,
) -> Fit:
    """The outcome on the experience of each touchpoint: slopes in outcome units per scale point, others held.

    `missing="listwise"` uses complete rows; `"usage"` adds for each touchpoint that some never used an indicator (term
    `id:used`) and centres the rating at its mean among users, 0 for the others, so that the slope is the effect among users (Cohen
    & Cohen 1983). None chooses usage where any touchpoint is not used by more than 5 % of rows. Rows with no answer are left
    out in both and counted in `fit.dropped`. Errors: HC3; clustered by account or panel respondent; linearised with weights.
    An association, not a cause. Raises ModelError: unknown names, too few rows, constant or collinear touchpoints, constant outcome.
    """
    if family != "ols":
        raise ModelError("family={family!r}: this version fits ols", family=family)
    outcome = outcome or study.codebook.report.outcome or next(iter(study.outcomes["outcome"]), None)
    if outcome is None:
        raise ModelError("this study declares no outcome to explain")
    known = study.touchpoints
    names = list(touchpoints) if touchpoints is not None else list(known.loc[known["experience"], "touchpoint"])
    if not names:
        raise ModelError("no touchpoint of this study asks an experience")
    states = pd.DataFrame({t: study.state(t).astype(str) for t in names})
    if missing is None:
        missing = "usage" if (states == "not_used").mean().max() > USAGE_FROM else "listwise"
    if missing not in ("listwise", "usage"):
        raise ModelError("missing={missing!r}: give listwise or usage", missing=missing)

    ratings, y = pd.DataFrame({t: study.rating(t) for t in names}), study.outcome(outcome)
    reason = _reasons(states, y, missing)
    used = reason == ""
    if not used.any():
        lost = "; ".join(f"{why} {count}" for why, count in reason.value_counts().items())
        raise ModelError("outcome {outcome}: no row is complete ({lost})", outcome=outcome, lost=lost)
    weights = None if study.weights is None else study.weights[used]
    clusters = None if study.clusters is None else study.clusters[used]
    x, owner = _columns(ratings[used], states[used], weights)
    x.insert(0, INTERCEPT, 1.0)
    design = Design(study, outcome, x, y[used], weights, clusters, reason, owner, missing)
    return least_squares(design, "loyalty: ols", covariance)


def _reasons(states: pd.DataFrame, y: pd.Series, missing: str) -> pd.Series:
    """Why each row is left out: the outcome first, then the touchpoint state that costs most."""
    checks = [y.isna(), (states == "not_asked").any(axis=1), (states == "no_answer").any(axis=1)]
    names = ["outcome_not_answered", "rating_not_asked", "rating_no_answer"]
    if missing == "listwise":
        checks.append((states == "not_used").any(axis=1))
        names.append("rating_not_used")
    return pd.Series(np.select(checks, names, ""), index=states.index)


def _columns(ratings: pd.DataFrame, states: pd.DataFrame, weights: pd.Series | None) -> tuple[pd.DataFrame, dict[str, str]]:
    columns, owner = {}, {}
    for touchpoint in ratings:
        met = (states[touchpoint] == "answered").to_numpy()
        rating = ratings[touchpoint].to_numpy()
        if met.all():
            columns[touchpoint] = rating
        elif not met.any():
            raise ModelError("touchpoint {touchpoint}: none of the {n} respondents met it; leave it out", touchpoint=touchpoint, n=len(met))
        else:
            mean = np.average(rating[met], weights=None if weights is None else weights.to_numpy()[met])
            columns[touchpoint] = np.where(met, rating - mean, 0.0)
            columns[used_term(touchpoint)] = met.astype(float)
            owner[used_term(touchpoint)] = touchpoint
        owner[touchpoint] = touchpoint
    return pd.DataFrame(columns, index=ratings.index), owner
