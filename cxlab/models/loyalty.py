"""Loyalty regressed on the experience at each touchpoint.

Most customers never meet every touchpoint. Dropping them (listwise) leaves the few who met all; filling in a rating for
somebody who was never there invents one. Usage coding (Cohen & Cohen's conditional relevance) keeps everyone: an indicator
says who met the touchpoint, and the rating counts only among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.fit import INTERCEPT, Design, Fit, least_squares
from cxlab.study.study import Study

# Above this share of rows that never used some touchpoint, listwise deletion would change who is studied.
USAGE_FROM = 0.05
# An indicator of fewer rows than this has a leverage near one: its error is noise, and takes the intercept with it.
MIN_UNUSED = 5


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
    & Cohen 1983). None chooses usage where any touchpoint is not used by more than 5 % of rows. Rows with no answer, and in usage
    coding the few who alone never met a touchpoint (fewer than 5: their indicator would fit them and nothing else), are left out
    and counted in `fit.dropped`. Where `touchpoints` is None, one that fewer than the study's min_cell met, or all rate alike, is left out and named in
    `fit.omitted`. Errors: HC3; clustered by account or panel respondent; linearised with weights.
    An association, not a cause. Raises ModelError: unknown names, too few rows, constant or collinear touchpoints, constant outcome.
    """
    if family != "ols":
        raise ModelError("family={family!r}: this version fits ols", family=family)
    outcome = outcome or study.codebook.report.outcome or next(iter(study.outcomes["outcome"]), None)
    if outcome is None:
        raise ModelError("this study declares no outcome to explain")
    known = study.touchpoints
    asked = [touchpoints] if isinstance(touchpoints, str) else touchpoints
    names = list(asked) if asked is not None else list(known.loc[known["experience"], "touchpoint"])
    if not names:
        raise ModelError("no touchpoint of this study asks an experience")
    answered = study.outcome(outcome).notna()
    omitted = () if asked is not None else tuple(t for t in names if _says_nothing(study.rating(t)[answered], study.codebook.report.min_cell))
    names = [t for t in names if t not in omitted] or names
    states = pd.DataFrame({t: study.state(t).astype(str) for t in names})
    if missing is None:
        missing = "usage" if (states == "not_used").mean().max() > USAGE_FROM else "listwise"
    if missing not in ("listwise", "usage"):
        raise ModelError("missing={missing!r}: give listwise or usage", missing=missing)

    ratings, y = pd.DataFrame({t: study.rating(t) for t in names}), study.outcome(outcome)
    if missing == "usage":
        states = _without_rare(states, y.notna())
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
    return replace(least_squares(design, "loyalty: ols", covariance), omitted=omitted)


def _says_nothing(rating: pd.Series, min_cell: int) -> bool:
    """Nobody rated it, all alike, or fewer than may be shown: its slope would be their own answers."""
    return rating.nunique() < 2 or rating.notna().sum() < min_cell


def _without_rare(states: pd.DataFrame, answered: pd.Series) -> pd.DataFrame:
    """Mark as `rare` the never-used cells of touchpoints that almost everybody met."""
    unused = states == "not_used"
    rare = (unused[answered].sum() < MIN_UNUSED) & unused.any()
    return states.mask(unused & rare, "rare")


def _reasons(states: pd.DataFrame, y: pd.Series, missing: str) -> pd.Series:
    """Why each row is left out: the outcome first, then the touchpoint state that costs most."""
    checks = [y.isna(), (states == "not_asked").any(axis=1), (states == "no_answer").any(axis=1)]
    names = ["outcome_not_answered", "rating_not_asked", "rating_no_answer", "rating_not_used"]
    checks.append((states == ("not_used" if missing == "listwise" else "rare")).any(axis=1))
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
            indicator = met.astype(float)
            # Two touchpoints met by the very same people (all shop visitors) have one indicator between them: the first one's.
            if not any(np.array_equal(indicator, columns[term]) for term in owner if term.endswith(":used")):
                columns[used_term(touchpoint)] = indicator
                owner[used_term(touchpoint)] = touchpoint
        owner[touchpoint] = touchpoint
    return pd.DataFrame(columns, index=ratings.index), owner
