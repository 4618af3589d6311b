"""What a path model says, in sentences: which constructs go with the last one, where to begin, and
whether their questions measure them.
"""

import pandas as pd

from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import (
    Phrases,
    in_brackets,
    is_clear,
    joined,
    message,
    number,
    sentence,
    signed,
)

# Above this ratio two constructs are hardly two (Henseler, Ringle & Sarstedt 2015).
DISTINCT = 0.9
ARROW = " → "
SURE = N_("Statistically significant, in standard deviations: {items}.")
UNSURE = N_("Not statistically significant: {items}.")
SOUND = N_("Measured reliably, and apart from the others: {items}.")
WEAK = N_(
    "Measured with caution (reliability below 0.7, too little in common, or too close to another):"
    " {items}."
)


def say_importance(frame: pd.DataFrame) -> Phrases:
    """What each construct goes with in the one explained, and which is both important and low."""
    target = frame["leads_to"].iloc[0]
    known = frame[is_clear(frame)].sort_values("estimate", ascending=False)
    items = [in_brackets(row.construct, signed(row.estimate, 2)) for row in known.itertuples()]
    yield sentence("construct_importance", len(known) > 0, target=target, items=items)
    if len(frame) > 1:
        first = frame[(frame["priority"] == "fix_first") & frame["clear"].astype(bool)]
        yield sentence(
            "construct_priority", len(first) > 0, target=target, items=first["construct"]
        )


def say_effects(frame: pd.DataFrame) -> Phrases:
    """The direct associations, those beyond chance first."""
    direct = frame[frame["route"] == "direct"]
    clear = is_clear(direct)
    for rows, template in (
        (direct[clear], SURE),
        (direct[~clear], UNSURE),
    ):
        items = [
            in_brackets(joined(row.construct, row.leads_to, mark=ARROW), signed(row.estimate, 2))
            for row in rows.itertuples()
        ]
        if items:
            yield message(template, items=items)


def say_quality(frame: pd.DataFrame) -> Phrases:
    """Which constructs their questions measure well, and which they do not."""
    for rows, template in ((frame["verdict"] == "ok", SOUND), (frame["verdict"] != "ok", WEAK)):
        if rows.any():
            yield message(template, items=frame.loc[rows, "construct"])


def say_htmt(frame: pd.DataFrame) -> Phrases:
    """Which pairs can hardly be told apart, or that all can."""
    alike = frame[frame["estimate"] > DISTINCT]
    pairs = [
        in_brackets(joined(row.construct, row.other, mark=" – "), number(row.estimate, 2))
        for row in alike.itertuples()
    ]
    if pairs:
        yield message("Hardly distinct (HTMT above 0.9): {items}.", items=pairs)
    else:
        yield message(
            "They can be told apart: the largest HTMT is {value}, below 0.9.",
            value=number(frame["estimate"].max(), 2),
        )
