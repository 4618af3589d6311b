"""Checks that a design can be estimated: rows, variation, collinearity, leverage."""

from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.stats.linear import standardised

# Below this share of its own variance a column is a combination of the others to the precision of
# its ratings.
COLLINEAR = 1e-9
# Below this only the rounding of an exact combination is left.
EXACT = 1e-20
MIN_SPARE = 5
MIN_CLUSTERS = 5
# A row of this leverage is fitted exactly, so the error of its term cannot be estimated.
LONE = 1 - 1e-9

# In a gap model all terms belong to one touchpoint, which the message names.
CONSTANT = {
    True: "term {term}: all {n} values are {value:g}; leave it out",
    False: (
        "touchpoint {touchpoint}: all {n} values of the term {term} are {value:g}; choose a"
        " simpler form, or leave it out"
    ),
}
FOLLOWS = {
    "nearly": (
        "{term} follows all but exactly from {names}, so their effects cannot be told apart; leave"
        " one of them out (n = {n}, condition number {condition:.1e})"
    ),
    "exactly": (
        "{term} follows exactly from {names}, so their effects cannot be told apart; leave one of"
        " them out (n = {n})"
    ),
    "in a gap model": (
        "touchpoint {touchpoint}: {term} follows exactly from {names}, so their effects cannot be"
        " told apart; choose a simpler form, or check whether one column was made from another"
        " (n = {n})"
    ),
}


def check_estimable(design: Design, thresholds: int = 1) -> None:
    """Refuse a design whose least-squares estimates would be meaningless. Raises ModelError with
    names and counts.

    `thresholds`: how many an ordinal model has in the place of the intercept.
    """
    n, terms = len(design.x), design.x.shape[1] - 1 + thresholds
    refuse_few_rows(design.outcome, n, int((design.reason != "").sum()), terms)
    if design.y.nunique() < 2:
        refuse_outcome(design.outcome, n, design.y.iloc[0])
    if design.clusters is not None:
        refuse_few_clusters(design.outcome, design.sample.units, n)
    x = design.x.drop(columns=INTERCEPT)
    touchpoint = design.touchpoints[0] if len(design.touchpoints) == 1 else None
    for name in x.columns[x.nunique() < 2]:
        refuse_term(name, n, x[name].iloc[0], touchpoint)
    standard, _ = standardised(design.x.to_numpy(dtype=float), np.ones(n))
    r = np.linalg.qr(standard[:, 1:], mode="r")
    refuse_collinear(r, list(x.columns), n, touchpoint=touchpoint)
    # A row that alone decides a term has leverage 1: HC3 divides by zero there, and no resample
    # without it has the term.
    q, r = design.qr()
    for row in np.flatnonzero((q**2).sum(axis=1) > LONE):
        share = np.abs(np.linalg.solve(r, q[row]))[1:]
        term = x.columns[share.argmax()]
        raise ModelError(
            "touchpoint {touchpoint}: one respondent of {n} alone decides the term {term}, so its"
            " error cannot be known; leave it out, or choose a simpler form",
            touchpoint=design.touchpoint.get(term, term),
            n=n,
            term=term,
        )


def refuse_few_rows(outcome: str, n: int, lost: int, terms: int) -> None:
    """Refuse fewer complete rows than the terms need, `lost` rows being incomplete."""
    if n < terms + MIN_SPARE:
        raise ModelError(
            "outcome {outcome}: only {n} of {total} respondents answered everything that is"
            " compared; {terms} terms need at least {need}: use fewer touchpoints, or another"
            " treatment of missing answers",
            outcome=outcome,
            n=n,
            terms=terms,
            lost=lost,
            total=n + lost,
            need=terms + MIN_SPARE,
        )


def refuse_few_clusters(outcome: str, clusters: int, n: int) -> None:
    """Refuse clustered errors of fewer than five clusters."""
    if clusters < MIN_CLUSTERS:
        raise ModelError(
            "outcome {outcome}: {clusters} accounts (or panel members) among {n} rows; clustered"
            " errors need {need} at least",
            outcome=outcome,
            clusters=clusters,
            n=n,
            need=MIN_CLUSTERS,
        )


def refuse_outcome(outcome: str, n: int, value: float) -> NoReturn:
    """Refuse an outcome that is constant."""
    raise ModelError(
        "outcome {outcome}: all {n} answers are {value:g}; nothing can be explained",
        outcome=outcome,
        n=n,
        value=value,
    )


def refuse_term(term: str, n: int, value: float, touchpoint: str | None = None) -> NoReturn:
    """Refuse a constant term; `touchpoint` is that of a gap model."""
    raise ModelError(
        CONSTANT[touchpoint is None], touchpoint=touchpoint, term=term, n=n, value=value
    )


def refuse_collinear(
    r: np.ndarray, names: Sequence[str], n: int, exact: float = EXACT, touchpoint: str | None = None
) -> None:
    """Refuse a column that the earlier ones give. `r` is the triangle of a QR of the columns,
    centred and of length 1: its diagonal is what each has of its own.
    """
    beyond = np.diag(r) ** 2
    if not (beyond < COLLINEAR).any():
        return
    j = int(np.argmax(beyond < COLLINEAR))
    others = np.asarray(names)[:j][np.abs(np.linalg.solve(r[:j, :j], r[:j, j])) > 1e-6]
    case = "nearly" if beyond[j] >= exact else "in a gap model" if touchpoint else "exactly"
    raise ModelError(
        FOLLOWS[case],
        touchpoint=touchpoint,
        term=names[j],
        names=", ".join(others),
        n=n,
        condition=np.linalg.cond(r),
    )
