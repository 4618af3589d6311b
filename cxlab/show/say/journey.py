"""What stands out on the journey, in sentences: how far customers come, where most stay behind, and
which contacts are moments of truth.
"""

from functools import partial

import pandas as pd

from cxlab.show.say.drivers import POSSIBLE, largest_first, written
from cxlab.show.say.touchpoints import of_rows_with
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    beside,
    each,
    joined,
    level,
    level_of,
    message,
    percent,
    ranged,
    sentence,
)

CONVERSION = ("conversion", "conversion_low", "conversion_high")
# A share in whole per cent, with its interval.
_share = partial(ranged, columns=CONVERSION, style=percent, digits=0)


@of_rows_with("reach")
def say_funnel(known: pd.DataFrame) -> Phrases:
    """How many reach the first and the last step, and from which step the fewest go on, as far as
    that can be told; of each group.
    """
    columns = ("reach", "reach_low", "reach_high")
    for _, rows in known.groupby("level", sort=False):
        first, last = rows.iloc[0], rows.iloc[-1]
        yield _of_group(
            rows,
            message(
                "{share} of the respondents reach “{first}”, {rest} “{last}” (n = {n}).",
                share=_share(first, columns=columns),
                first=first["step"],
                rest=_share(last, columns=columns),
                last=last["step"],
                n=first["n"],
            ),
        )
        yield from (_of_group(rows, one) for one in _say_lowest(rows))


def _say_lowest(rows: pd.DataFrame) -> Phrases:
    told = rows.dropna(subset=["conversion"])
    if "p_lowest" not in told or told["p_lowest"].isna().any() or len(told) < 2:
        return
    may_be = told[told["p_lowest"] >= POSSIBLE].sort_values("p_lowest", ascending=False)
    sure = may_be.head(1)[may_be["p_lowest"].head(1) >= level_of(rows)]
    shown = sure if len(sure) else may_be
    items = [
        beside(joined(row["before"], row["step"], mark=" → "), _share(row))
        for row in shown.to_dict("records")
    ]
    yield sentence("lowest", len(sure) > 0, items=items)


@of_rows_with("conversion")
def say_ratios(known: pd.DataFrame) -> Phrases:
    """Of those who are aware, how many buy and how many advocate; of each group."""
    for _, rows in known.groupby(["level", "metric"], sort=False):
        row = rows.iloc[0]
        places = {"value": _share(row), "first": row["before"], "n": row["n_before"]}
        yield _of_group(rows, sentence("action_ratio", row["metric"], **places))


def _of_group(rows: pd.DataFrame, said: Phrase) -> Phrase:
    """The sentence, with its group where there are several."""
    row = rows.iloc[0]
    return said if row["group"] == "all" else joined(level(row), said, mark=": ")


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
