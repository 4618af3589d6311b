"""Scales that run the wrong way, and columns that were exchanged, by their sign with the outcome:
nobody's loyalty falls as the experience improves.
"""

import math
from collections.abc import Iterator

import numpy as np

from cxlab.errors import Fault, said
from cxlab.study.codebook.schema import Codebook
from cxlab.study.read.answers import ByQuestion
from cxlab.study.read.suspicions.evidence import warning

# A correlation this strong and this certain is a warning.
REVERSED_R, REVERSED_Z = -0.1, -3.0
_REVERSED = "check whether the scale is reversed (`reverse: true`) or two columns were swapped"
_WRONG_WAY = {
    "experience": "better experience goes with lower {outcome} (r = {r:.2f}, n = {n})",
    "effort": "more effort goes with higher {outcome} (r = {r:.2f}, n = {n})",
}


def wrong_direction(codebook: Codebook, values: ByQuestion) -> Iterator[Fault]:
    """Ratings of which better goes with a lower outcome, and efforts of which more with a higher
    one.
    """
    outcome, wrong = codebook.main_outcome, []
    for point in codebook.journey:
        for role, meant in (("experience", 1), ("effort", -1)) if outcome else ():
            if (point.touchpoint, role) not in values:
                continue
            r, n = _certain_r(values[point.touchpoint, role], values[outcome, "outcome"])
            if meant * r < REVERSED_R:
                wrong.append((role, " + ".join(getattr(point, role)), r, n))
    for role, column, r, n in wrong:
        others = [other for asked, other, *_ in wrong if asked != role]
        yield warning(
            said(_WRONG_WAY[role], outcome=outcome, r=r, n=n),
            column=column,
            fix=said("were these columns swapped: {columns}?", columns=", ".join([column, *others]))
            if others
            else _REVERSED,
        )


def _certain_r(rating: np.ndarray, outcome: np.ndarray) -> tuple[float, int]:
    """The correlation of two ratings and its n, 0 where chance may have made it."""
    n, r = _correlation(rating, outcome)
    if n < 20 or math.isnan(r):
        return 0.0, n
    z = math.atanh(min(abs(r), 0.999999)) * math.sqrt(n - 3)
    return (r if z > -REVERSED_Z else 0.0), n


def _correlation(one: np.ndarray, other: np.ndarray) -> tuple[int, float]:
    """How many answered both, and their correlation; NaN where one never varies."""
    both = ~(np.isnan(one) | np.isnan(other))
    n = int(np.count_nonzero(both))
    if n < len(both):
        one, other = one[both], other[both]
    if n < 2 or not (np.ptp(one) and np.ptp(other)):
        return n, math.nan
    one, other = one - one.mean(), other - other.mean()
    return n, float(one @ other / math.sqrt((one @ one) * (other @ other)))
