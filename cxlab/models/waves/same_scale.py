"""Whether two waves were asked on one scale.

Answers 1–5 of one year and 1–7 of the next are all on the scale 1–7 that a study declares, and
their difference would be that of the questionnaires.
"""

import numpy as np

from cxlab.errors import ModelError
from cxlab.study.codebook.schema import Scale

# Answers that so many of a wave give, some of the other must give too: that chance hides them has
# less than this probability. A last answer alone may go out of use where customers are served
# better or worse (one in a thousand studies of 150 with such a change); two do not.
MANY, CHANCE, STEPS = 0.1, 1e-6, 2


def refuse_other_scale(
    name: str, scale: Scale, answers: dict[str, np.ndarray], units: dict[str, float]
) -> None:
    """Raise ModelError where nobody of one wave (`answers` by wave, with how many independent
    `units` they come from) gave the last two answers at one end of the scale, and many of another
    did.
    """
    if not scale.whole or not np.isfinite(scale.max):
        return
    for side, end in ((1, scale.max), (-1, scale.min)):
        reach = {wave: (side * y).max() for wave, y in answers.items() if len(y)}
        for wave, furthest in reach.items():
            beyond = {w: float(np.mean(side * answers[w] > furthest)) for w in reach}
            other = max(beyond, key=beyond.get)
            unused = side * end - furthest >= STEPS
            if unused and beyond[other] > MANY and (1 - beyond[other]) ** units[wave] < CHANCE:
                raise ModelError(
                    "{name}: {wave} and {other} look as if asked on different scales; in {wave}"
                    " none of {n} answers lies beyond {reached:g}, in {other} {share:.0%} do, up"
                    " to {end:g}: bring them to one scale by recode: or leave one out by include:",
                    name=name,
                    wave=wave,
                    n=len(answers[wave]),
                    reached=side * furthest,
                    other=other,
                    share=beyond[other],
                    end=end,
                )
