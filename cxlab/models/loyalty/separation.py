"""Test for complete and quasi-complete separation, where a slope has no finite estimate.

Likelihood has a maximum exactly where no direction of the terms orders the answers, ties allowed
(Albert & Anderson 1984, Biometrika 71:1). Konis (2007, D.Phil. thesis, Oxford) decides that by a
linear programme; here in its form for ordered answers, of which two are the binary case.
statsmodels reports a separated fit as converged, with a slope of 988.
"""

import numpy as np
from scipy.optimize import linprog

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design

# A direction that separates can be lengthened until a coefficient is 1; without one, the programme
# ends at 0 and its rounding.
FOUND, NOTHING = 0.5, 1e-6
# Whether the separation is complete, and whether a penalty would help.
SEPARATES = {
    (True, True): (
        "outcome {outcome}: touchpoint {touchpoint} separates the {n} answers completely; its"
        " slope has no finite estimate: leave it out, or use penalty='firth'"
    ),
    (False, True): (
        "outcome {outcome}: touchpoint {touchpoint} separates the {n} answers but for ties; its"
        " slope has no finite estimate: leave it out, or use penalty='firth'"
    ),
    (True, False): (
        "outcome {outcome}: touchpoint {touchpoint} separates the {n} answers completely; its"
        " slope has no finite estimate: leave it out, or use family='ols'"
    ),
    (False, False): (
        "outcome {outcome}: touchpoint {touchpoint} separates the {n} answers but for ties; its"
        " slope has no finite estimate: leave it out, or use family='ols'"
    ),
}


def separating_direction(
    x: np.ndarray, codes: np.ndarray, k: int
) -> tuple[np.ndarray, bool] | None:
    """Slopes (p, in units of the columns' standard deviations) along which x'b orders the answers
    0…k−1, or None.

    The programme: thresholds δ and slopes b in [−1, 1] with δ_{y−1} ≤ x'b ≤ δ_y in every row, as
    far apart as they can be. True beside the slopes means complete separation: a threshold passes
    between any two answers without touching a row. Raises ModelError where the programme itself
    fails.
    """
    z = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1)
    upper, lower = codes < k - 1, codes > 0
    rows = [
        np.column_stack([np.eye(k - 1)[codes[upper]], -z[upper]]),
        np.column_stack([-np.eye(k - 1)[codes[lower] - 1], z[lower]]),
    ]
    # Equal rows say the same; ratings repeat a great deal.
    distance = np.unique(np.vstack(rows), axis=0)
    result = _solved(-distance.sum(axis=0), -distance)
    if np.abs(result).max() < FOUND:
        return None
    # The longest direction may lay a threshold on a row; whether one can pass between all of them
    # is a programme of its own.
    margin = _solved(
        np.append(np.zeros(distance.shape[1]), -1.0),
        np.column_stack([-distance, np.ones(len(distance))]),
    )[-1]
    return result[k - 1 :], bool(margin > NOTHING)


def _solved(objective: np.ndarray, at_most_zero: np.ndarray) -> np.ndarray:
    result = linprog(
        objective,
        A_ub=at_most_zero,
        b_ub=np.zeros(len(at_most_zero)),
        bounds=(-1, 1),
        method="highs",
    )
    if result.status != 0:
        raise ModelError(
            "the test for separation failed ({reason}); use fewer touchpoints, or family='ols'",
            reason=result.message,
        )
    return result.x


def refuse_separation(design: Design, codes: np.ndarray, k: int, penalty_helps: bool) -> None:
    """Raise a ModelError naming the touchpoint (or the touchpoints together) that separates the
    answers; return where none does.
    """
    x = design.x.drop(columns=INTERCEPT)
    found = separating_direction(x.to_numpy(), codes, k)
    if found is None:
        return
    direction, complete = found
    involved = list(x.columns[np.abs(direction) > NOTHING])
    # One touchpoint that does it alone is named alone, though others may help it along.
    for term in x:
        if alone := separating_direction(x[[term]].to_numpy(), codes, k):
            involved, complete = [term], alone[1]
            break
    names = dict.fromkeys(design.touchpoint.get(term, term) for term in involved)
    raise ModelError(
        SEPARATES[complete, penalty_helps],
        outcome=design.outcome,
        touchpoint=" + ".join(names),
        n=len(x),
    )
