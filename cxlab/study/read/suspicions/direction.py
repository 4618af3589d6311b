"""Scales that run the wrong way, and columns that were exchanged, by their sign with the outcome:
nobody's loyalty falls as the experience improves.
"""

from collections.abc import Iterator

from cxlab.errors import Fault, said
from cxlab.study.read.suspicions.evidence import Seen, certain_r

# A correlation this strong, of so many, is a warning.
REVERSED_R, LEAST = -0.1, 20
_REVERSED = "check whether the scale is reversed (`reverse: true`) or two columns were swapped"
_WRONG_WAY = {
    "experience": "better experience goes with lower {outcome} (r = {r:.2f}, n = {n})",
    "effort": "more effort goes with higher {outcome} (r = {r:.2f}, n = {n})",
}


def wrong_direction(seen: Seen) -> Iterator[Fault]:
    """Ratings of which better goes with a lower outcome, and efforts of which more with a higher
    one.
    """
    outcome, values, wrong = seen.codebook.main_outcome, seen.answers.values, []
    for point in seen.codebook.journey:
        for role, meant in (("experience", 1), ("effort", -1)) if outcome else ():
            if (point.touchpoint, role) in values:
                rating = values[point.touchpoint, role]
                r, n = certain_r(rating, values[outcome, "outcome"], LEAST)
                if meant * r < REVERSED_R:
                    wrong.append((role, " + ".join(getattr(point, role)), r, n))
    for role, column, r, n in wrong:
        others = [other for asked, other, *_ in wrong if asked != role]
        columns = ", ".join([column, *others])
        fix = said("were these columns swapped: {columns}?", columns=columns)
        problem = said(_WRONG_WAY[role], outcome=outcome, r=r, n=n)
        yield seen.warning(problem, column=column, fix=fix if others else _REVERSED)
