"""Checks that a design can be estimated: rows, variation, collinearity, leverage."""

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design, marks_use
from cxlab.stats import sandwich, tall
from cxlab.stats.linear import residuals_on

# Below this share of its own variance a column is a combination of the others to the precision of
# its ratings.
COLLINEAR = 1e-9
# Below this only the rounding of an exact combination is left.
EXACT = 1e-20
MIN_SPARE = 5
# Below this the outcome is told but for rounding; above this R² answers are no answers of their
# own: an index of the ratings, rounded to a tenth.
TOLD, EXPLAINED = 1e-20, 0.999
# With three rows or fewer that differ from all others (98 rate 6, two rate 5) a slope's error rests
# on two degrees of freedom at most: where they answer alike, as whole answers often do, it is far
# too small. From four on it holds (tests/calibration/errors_of_few.py). What the other terms leave
# of a column has fewer effective rows, (Σr²)²/Σr⁴, than three where two rows or fewer carry it.
MIN_CARRIERS, MIN_EFFECTIVE_CARRIERS = 4, 3.0

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


def check_estimable(design: Design, thresholds: int = 1) -> list[str]:
    """Refuse a design whose least-squares estimates, or their errors, would be meaningless. Raises
    ModelError with names and counts.

    `thresholds`: how many an ordinal model has in the place of the intercept. Gives the terms whose
    errors cannot be known and do not matter: marks of who met a touchpoint.
    """
    x, y, sample = design.x.to_numpy(dtype=float), design.y.to_numpy(dtype=float), design.sample
    n, names = len(x), design.x.columns[1:]
    refuse_few_rows(design.outcome, n, len(design.reason) - n, len(names) + thresholds)
    if (distinct := len(np.unique(y))) < 2:
        refuse_outcome(design.outcome, n, y[0])
    sample.refuse()
    touchpoint = design.touchpoints[0] if len(design.touchpoints) == 1 else None
    count = np.array([carriers(column) for column in x.T[1:]])
    for j in np.flatnonzero(count == 0):
        refuse_term(names[j], n, x[0, j + 1], touchpoint)
    q, r = design.qr()
    refuse_collinear(r[1:, 1:], list(names), n, touchpoint=touchpoint)
    # A row that alone decides a term has leverage 1: HC2 divides by zero there, and no resample
    # without it has the term.
    for row in np.flatnonzero((q**2).sum(axis=1) > sandwich.LONE):
        share = np.abs(np.linalg.solve(r, q[row]))[1:]
        term = names[share.argmax()]
        raise ModelError(
            "touchpoint {touchpoint}: one respondent of {n} alone decides the term {term}; its"
            " error cannot be known: leave it out, or choose a simpler form",
            touchpoint=design.touchpoint.get(term, term),
            n=n,
            term=term,
            alone=[design.touchpoint.get(term)],
        )
    if n > tall.MANY_ROWS:
        effective = tall.carried_by(q, np.linalg.inv(r).T[:, 1:], 1 / np.sqrt(sample.w))
    else:
        rest = np.linalg.solve(r, q.T).T[:, 1:] / np.sqrt(sample.w)[:, None]
        effective = effective_rows(rest)
    few = (count < MIN_CARRIERS) | (effective < MIN_EFFECTIVE_CARRIERS)
    refuse_few_carriers(design, names[few], np.fmin(count, effective.round())[few])
    if distinct > 2:  # of two answers a separation is named
        refuse_made_of(design)
    return [*names[few], *_lone_clusters(design, q, r)]


def carriers(column: np.ndarray) -> int:
    """How many rows differ from the column's commonest value; NaN is none."""
    counts = np.unique(column[~np.isnan(column)], return_counts=True)[1]
    return int(counts.sum() - counts.max(initial=0))


def effective_rows(columns: np.ndarray) -> np.ndarray:
    """(Σr²)²/Σr⁴ of each column: k where k rows are alike and all others 0."""
    squares = columns**2
    return squares.sum(axis=0) ** 2 / (squares**2).sum(axis=0)


def _lone_clusters(design: Design, q: np.ndarray, r: np.ndarray) -> list[str]:
    """The terms which one cluster alone decides: those that mark use; others are refused."""
    if design.clusters is None:
        return []
    # What a cluster decides of all terms together: of the others it can decide none alone.
    codes = pd.factorize(design.clusters)[0]
    heavy = (np.bincount(codes, (q**2).sum(axis=1)) > sandwich.LONE / 2)[codes]
    gram = sandwich.outer(q[heavy], np.ones(heavy.sum()), codes[heavy])
    lone = design.x.columns[sandwich.lone_units(gram, np.linalg.inv(r).T)].drop(
        INTERCEPT, errors="ignore"
    )
    terms = [term for term in lone if not marks_use(term)]
    if named := _named(design, terms):
        raise ModelError(
            "{names}: one account (or panel member) alone decides {terms}; no error can be known:"
            " leave out {names}, or choose a simpler form ({clusters} accounts)",
            **named,
            clusters=design.sample.units,
            alone=[design.touchpoint.get(term) for term in terms],
        )
    return list(lone)


def _named(design: Design, terms: Sequence[str]) -> dict[str, str]:
    """The terms, and the touchpoints (or controls) that they belong to, in a line each."""
    names = dict.fromkeys(design.touchpoint.get(term) or term for term in terms)
    return {"names": ", ".join(names), "terms": ", ".join(terms)} if names else {}


def refuse_few_carriers(design: Design, terms: Sequence[str], counts: Sequence[float]) -> None:
    """Refuse slopes that very few rows carry; what marks use may be."""
    count = {t: n for t, n in zip(terms, counts, strict=True) if not marks_use(t)}
    if named := _named(design, list(count)):
        raise ModelError(
            "{names}: nearly all of {n} respondents answer alike, or as the other terms tell; no"
            " error of {terms} can be known: leave out {names}, choose a simpler form, or join"
            " levels (respondents that differ: {counts})",
            **named,
            n=len(design.x),
            counts=", ".join(f"{value:g}" for value in count.values()),
        )


def refuse_exact(outcome: str, n: int, rest: float, total: float) -> None:
    """Refuse an outcome that the terms tell exactly."""
    if rest <= TOLD * total:
        raise ModelError(
            "outcome {outcome}: the terms tell all {n} answers exactly (R² = 1); no error can be"
            " known: is the outcome made from them?",
            outcome=outcome,
            n=n,
        )


def refuse_no_error(design: Design, terms: Sequence[str]) -> None:
    """Refuse slopes whose error is 0: all who tell them answer exactly as fitted."""
    if named := _named(design, list(terms)):
        raise ModelError(
            "{names}: all respondents who tell {terms} answer exactly as the model says; no error"
            " can be known: leave out {names}, or choose a simpler form",
            **named,
        )


def refuse_made_of(design: Design) -> None:
    """Refuse an outcome that follows from the ratings (whose terms may follow from each other)."""
    w, y = design.sample.w, design.y.to_numpy(dtype=float)
    x = design.x.drop(columns=list(design.controls)) if design.controls else design.x
    rest, total = (
        w @ residuals_on(held, y[:, None], w)[:, 0] ** 2 for held in (x, np.ones((len(y), 1)))
    )
    refuse_explained(design.outcome, 1 - rest / total, len(y))


def refuse_explained(outcome: str, r_squared: float, n: int) -> None:
    """Refuse an outcome of which nothing is left to explain."""
    if r_squared > EXPLAINED:
        raise ModelError(
            "outcome {outcome}: it follows from what is to explain it; R² = {r_squared:.4f} (n ="
            " {n}), as of an index made of the same ratings: choose another outcome",
            outcome=outcome,
            r_squared=r_squared,
            n=n,
        )


def refuse_few_rows(outcome: str, n: int, lost: int, terms: int) -> None:
    """Refuse fewer complete rows than the terms need, `lost` rows being incomplete."""
    if n < terms + MIN_SPARE:
        raise ModelError(
            "outcome {outcome}: only {n} of {total} respondents answered all that is compared;"
            " {terms} terms need at least {need}: use fewer touchpoints, or another treatment of"
            " missing answers",
            outcome=outcome,
            n=n,
            terms=terms,
            lost=lost,
            total=n + lost,
            need=terms + MIN_SPARE,
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
