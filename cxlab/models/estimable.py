"""Designs that least squares would answer with a number, but no meaning: refused with counts."""

from __future__ import annotations

from collections.abc import Sequence

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
# Leverage from which a row is fitted exactly whatever it says: its term has an estimate, but no
# error.
LONE = 1 - 1e-9


def check_estimable(design: Design, thresholds: int = 1) -> None:
    """Refuse what least squares would answer with a number all the same. Raises ModelError with
    names and counts.

    `thresholds`: how many an ordinal model has in the place of the intercept.
    """
    n, terms = len(design.x), design.x.shape[1] - 1 + thresholds
    lost = int((design.reason != "").sum())
    if n < terms + MIN_SPARE:
        raise ModelError(
            "outcome {outcome}: only {n} of {total} respondents answered everything that is"
            " compared; {terms} terms need at least {need}: use fewer touchpoints, or another"
            " treatment of missing answers",
            outcome=design.outcome,
            n=n,
            terms=terms,
            lost=lost,
            total=n + lost,
            need=terms + MIN_SPARE,
        )
    if design.y.nunique() < 2:
        raise ModelError(
            "outcome {outcome}: all {n} answers are {value:g}; nothing can be explained",
            outcome=design.outcome,
            n=n,
            value=design.y.iloc[0],
        )
    if design.clusters is not None and design.sample.units < MIN_CLUSTERS:
        raise ModelError(
            "outcome {outcome}: {clusters} accounts (or panel members) among {n} rows; clustered"
            " errors need {need} at least",
            outcome=design.outcome,
            clusters=design.sample.units,
            n=n,
            need=MIN_CLUSTERS,
        )
    x = design.x.drop(columns=INTERCEPT)
    # A gap model's terms are all one touchpoint's, which a list of terms would not tell.
    owners = set(design.touchpoint.values())
    touchpoint = owners.pop() if len(owners) == 1 else None
    for name in x.columns[x.nunique() < 2]:
        if touchpoint is not None:
            raise ModelError(
                "touchpoint {touchpoint}: all {n} values of the term {term} are {value:g}; choose a"
                " simpler form, or leave it out",
                touchpoint=touchpoint,
                n=n,
                term=name,
                value=x[name].iloc[0],
            )
        raise ModelError(
            "term {term}: all {n} values are {value:g}; leave it out",
            term=name,
            n=n,
            value=x[name].iloc[0],
        )
    standard, _ = standardised(np.column_stack([np.ones(n), x.to_numpy(dtype=float)]), np.ones(n))
    refuse_collinear(
        np.linalg.qr(standard[:, 1:], mode="r"), list(x.columns), n, touchpoint=touchpoint
    )
    _refuse_lone_rows(design)


def _refuse_lone_rows(design: Design) -> None:
    """A row that alone decides a term has leverage 1: HC3 divides by zero there, and no resample
    without it has the term.
    """
    pull = np.sqrt(design.sample.w)
    q, r = np.linalg.qr(standardised(design.x.to_numpy(dtype=float), pull)[0])
    alone = np.flatnonzero((q**2).sum(axis=1) > LONE)
    if not len(alone):
        return
    share = np.abs(np.linalg.solve(r, q[alone[0]]))
    share[0] = 0
    term = design.x.columns[int(share.argmax())]
    raise ModelError(
        "touchpoint {touchpoint}: one respondent of {n} alone decides the term {term}, so its error"
        " cannot be known; leave it out, or choose a simpler form",
        touchpoint=design.touchpoint.get(term, term),
        n=len(design.y),
        term=term,
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
    others = ", ".join(np.asarray(names)[:j][np.abs(np.linalg.solve(r[:j, :j], r[:j, j])) > 1e-6])
    if beyond[j] < exact and touchpoint is not None:
        raise ModelError(
            "touchpoint {touchpoint}: {term} follows exactly from {names}, so their effects cannot"
            " be told apart; choose a simpler form, or check whether one column was made from"
            " another (n = {n})",
            touchpoint=touchpoint,
            term=names[j],
            names=others,
            n=n,
        )
    if beyond[j] < exact:
        raise ModelError(
            "{term} follows exactly from {names}, so their effects cannot be told apart; leave one"
            " of them out (n = {n})",
            term=names[j],
            names=others,
            n=n,
        )
    raise ModelError(
        "{term} follows all but exactly from {names}, so their effects cannot be told apart; leave"
        " one of them out (n = {n}, condition number {condition:.1e})",
        term=names[j],
        names=others,
        n=n,
        condition=np.linalg.cond(r),
    )
