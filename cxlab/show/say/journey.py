"""What stands out on the journey, in sentences: its moments of truth."""

from functools import partial

import pandas as pd

from cxlab.show.say.drivers import largest_first, written
from cxlab.show.say.touchpoints import of_rows_with
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import Phrases, each, message, ranged


@of_rows_with("estimate")
def say_moments(known: pd.DataFrame) -> Phrases:
    """Which touchpoints weigh more than the others, by how customers live them; or that none does.

    P(top 3) is in the table and no claim: with equal weights some touchpoint is always first.
    """
    named = False
    for moment, template in MESSAGES["moment"].items():
        mine = known[known["moment"] == moment]
        if len(mine):
            named = True
            items = each(largest_first(mine), partial(ranged, style=written(known)))
            yield message(template, items=items)
    if not named:
        yield message(
            "No touchpoint weighs more than the others beyond chance: none is called a moment of"
            " truth."
        )
