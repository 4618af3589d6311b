"""How alike a touchpoint is in its channels, and for other parties, in sentences."""

import pandas as pd

from cxlab.show.say.contacts import verdict
from cxlab.show.say.drivers import largest_first
from cxlab.show.say.journey import LIVED
from cxlab.show.say.touchpoints import of_rows_with
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    digits_of,
    each,
    is_clear,
    level,
    level_of,
    message,
    named,
    number,
    percent,
    ranged,
    sentence,
    signed,
)


@of_rows_with("experience")
def say_channels(known: pd.DataFrame) -> Phrases:
    """The mean of each touchpoint in each channel."""
    for touchpoint, rows in known.groupby("touchpoint", sort=False):
        items = named(rows, level, columns=LIVED, style=number, digits=digits_of(known))
        yield message("{touchpoint}: {items}.", touchpoint=touchpoint, items=items)


@of_rows_with("estimate")
def say_consistency(known: pd.DataFrame, *, margin: float) -> Phrases:
    """Which touchpoints are alike in every channel, within the margin, which differ, and of which
    that cannot be told.
    """
    digits = digits_of(known)

    def pair(row: dict) -> Phrase:
        return message(
            "{high} above {low} by {value}",
            high=level(row, "higher"),
            low=level(row, "lower"),
            value=ranged(row, digits=digits, style=number),
        )

    for found, template in MESSAGES["consistency"].items():
        rows = known[known["verdict"] == found]
        figure = pair if found == "different" else lambda row: percent(row["icc"])
        if len(rows):
            yield message(
                template,
                margin=number(margin, 2 if round(margin, 1) != margin else 1),
                items=each(rows, figure),
            )


@of_rows_with("estimate")
def say_handoffs(known: pd.DataFrame) -> Phrases:
    """Whether those who used several channels lived a touchpoint otherwise than those of one."""
    for row in known.to_dict("records"):
        yield message(
            "{touchpoint}, several channels against one: {said}",
            touchpoint=row["touchpoint"],
            said=sentence(
                "contrast", verdict(row, level_of(known)), value=ranged(row, style=signed)
            ),
        )


@of_rows_with("p_holm")
def say_parties(known: pd.DataFrame) -> Phrases:
    """At which touchpoints the own party lies above or below each other one, or that it is nowhere
    told apart.
    """
    for _against, rows in known.groupby("against", sort=False):
        clear, row = rows[is_clear(known)[rows.index]], rows.iloc[0]
        places = {"own": level(row), "other": level(row, "against"), "total": len(rows)}
        for side, template in MESSAGES["parties"].items():
            mine = clear[side * clear["estimate"] > 0] if side else clear
            if len(mine) and side:
                items = named(largest_first(mine), digits=digits_of(known))
                yield message(template, items=items, **places)
            elif mine.empty and not side:
                yield message(template, **places)
