"""What stands out on the journey, in sentences: how far customers come, where most stay behind, and
which contacts are moments of truth.
"""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from cxlab.show.say.drivers import POSSIBLE, largest_first, written
from cxlab.show.say.touchpoints import MOST_NAMED, of_rows_with, say_experience
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    digits_of,
    in_brackets,
    joined,
    level_of,
    message,
    named,
    number,
    of_group,
    percent,
    ranged,
    sentence,
)

CONVERSION = ("conversion", "conversion_low", "conversion_high")
# A share in whole per cent, with its interval.
_share = partial(ranged, columns=CONVERSION, style=percent, digits=0)
LIVED = ("experience", "conf_low", "conf_high")


@of_rows_with("reach")
def say_funnel(known: pd.DataFrame) -> Phrases:
    """How many reach the first and the last step, and from which step the fewest go on, as far as
    that can be told; of each group.
    """
    for _, rows in known.groupby("level", sort=False):
        first, last = rows.iloc[0], rows.iloc[-1]
        yield of_group(
            first,
            message(
                "{share} of respondents reach “{first}” and {rest} reach “{last}” (n = {n}).",
                share=percent(first["reach"]),
                first=first["step"],
                rest=percent(last["reach"]),
                last=last["step"],
                n=first["n"],
            ),
        )
        yield from (of_group(rows.iloc[0], one) for one in _say_lowest(rows))
        yield from (of_group(rows.iloc[0], one) for one in _say_benchmark(rows))


def _say_lowest(rows: pd.DataFrame) -> Phrases:
    told = rows.dropna(subset=["conversion"])
    if "p_lowest" not in told or told["p_lowest"].isna().any() or len(told) < 2:
        return
    may_be = told[told["p_lowest"] >= POSSIBLE].sort_values("p_lowest", ascending=False)
    sure = may_be.head(1)[may_be["p_lowest"].head(1) >= level_of(rows)]
    shown = sure if len(sure) else may_be
    items = [in_brackets(_step(row), _share(row)) for row in shown.to_dict("records")]
    yield sentence("lowest", len(sure) > 0, items=items)


def _step(row: Mapping) -> Phrase:
    return joined(row["before"], row["step"], mark=" → ")


def _say_benchmark(rows: pd.DataFrame) -> Phrases:
    """At which steps more, or fewer, go on than is usual, as far as the intervals tell."""
    for side, template in MESSAGES["benchmark"].items() if "verdict" in rows else ():
        mine = rows[(rows["verdict"] == side) & rows["conversion"].notna()].to_dict("records")
        items = [
            in_brackets(
                _step(row),
                message(
                    "{value} against {benchmark}",
                    value=percent(row["conversion"]),
                    benchmark=percent(row["benchmark"]),
                ),
            )
            for row in mine
        ]
        if items:
            yield message(template, items=items)


@of_rows_with("conversion")
def say_ratios(known: pd.DataFrame) -> Phrases:
    """Of those who are aware, how many buy and how many advocate; of each group."""
    for _, rows in known.groupby(["level", "metric"], sort=False):
        row = rows.iloc[0]
        places = {"value": _share(row), "first": row["before"], "n": row["n_before"]}
        yield of_group(row, sentence("action_ratio", row["metric"], **places))


@of_rows_with("experience")
def say_map(known: pd.DataFrame) -> Phrases:
    """Which touchpoints are lived better and worse than the rest of the journey, which are moments
    of truth and which may be dropped; at the levels of a split which are strongest and weakest.
    """
    if "experience_p_holm" not in known:
        for _, rows in known.groupby("level", sort=False):
            yield from (of_group(rows.iloc[0], one) for one in say_experience(rows))
        return
    sure = known[known["experience_p_holm"] < 1 - level_of(known)]
    for side in MESSAGES["lived"]:
        mine = sure[side * sure["experience_beyond"] > 0]
        furthest_first = mine.sort_values("experience_beyond", ascending=side < 0)
        if len(mine):
            most = furthest_first.head(MOST_NAMED)
            items = named(most, columns=LIVED, style=number, digits=digits_of(known))
            yield sentence("lived", side, len(mine) > MOST_NAMED, items=items, count=len(mine))
    if sure.empty:
        yield message(
            "No touchpoint shows a statistically significant difference from the rest of the"
            " journey."
        )
    if "moment" in known and (known["effect_of"] == "touchpoint").all():
        yield from say_moments(known, figures=False)
    if "droppable" in known and len(mine := known[known["droppable"] > 0]):
        yield message(
            "Do customers need them? They cost many of them effort, and no association with loyalty"
            " was found: {items}.",
            items=[*mine["touchpoint"]],
        )


@of_rows_with("experience")
def say_moments(known: pd.DataFrame, *, figures: bool = True) -> Phrases:
    """Which touchpoints weigh more than the others, by how customers live them, each with its
    weight (unless `figures` is false); or that none does.

    P(top 3) is in the table and no claim: with equal weights some touchpoint is always first.
    """
    told = False
    for moment, template in MESSAGES["moment"].items():
        mine = known[known["moment"] == moment]
        if len(mine):
            told = True
            items = [*mine["touchpoint"]]
            if figures:
                items = named(largest_first(mine), style=written(known))
            yield message(template, items=items)
    if not told:
        yield message(
            "No touchpoint has a significantly higher weight than the others, so none is called a"
            " moment of truth."
        )
