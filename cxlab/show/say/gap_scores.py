"""What the gap scores say, in sentences: zone of tolerance, service quality, what the score is
worth, where expectations come from.

A warning is a sentence like any other: it stands where the number stands, and says what the number
can no longer carry.
"""

import pandas as pd

from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import (
    TOO_FEW,
    Phrases,
    message,
    number,
    percent,
    ranged,
    sentence,
    side_of,
    signed,
    term,
)


def say_tolerance(frame: pd.DataFrame) -> Phrases:
    """Which touchpoints lie below the adequate level, which above the desired one, and how many
    customers are inside their zone.

    Only what is beyond chance is called below or above.
    """
    known = frame.dropna(subset=["experience"])
    if known.empty:
        yield message(TOO_FEW)
        return
    outside = {"below": known["msa_high"] < 0, "above": known["mss_low"] > 0}
    for side, template in MESSAGES["zone"].items():
        items = known.loc[outside[side], "touchpoint"]
        if len(items):
            yield message(template, count=len(items), total=len(known), items=items)
    if not (outside["below"] | outside["above"]).any():
        yield sentence("in_zone", len(known) == 1, total=len(known), items=known["touchpoint"])
    inside = known["inside"].dropna()
    if len(inside):
        low, high = (percent(end) for end in (inside.min(), inside.max()))
        yield sentence("inside", len(inside) == 1, count=len(inside), low=low, high=high)


def say_servqual(frame: pd.DataFrame) -> Phrases:
    """The mean gap over all touchpoints (SERVQUAL), weighted by importance where that was asked,
    and the experience itself (SERVPERF).
    """
    rows = frame.dropna(subset=["estimate"]).set_index("metric").to_dict("index")
    for metric, template in MESSAGES["indices"].items():
        if metric in rows:
            style, row = number if metric == "servperf" else signed, rows[metric]
            yield message(template, value=ranged(row, style=style), n=row["n"])
    if not rows:
        yield message(TOO_FEW)


def say_gap_reliability(frame: pd.DataFrame, *, only_warning: bool = False) -> Phrases:
    """What the gap score is worth as a measurement; only_warning: nothing where it is sound."""
    row = frame.set_index("term").loc["gap"]
    weak = row["note"] == "unreliable"
    if weak or not only_warning:
        yield sentence(
            "gap_reliability",
            weak,
            value=number(row["estimate"], 2, 0.7),
            n=row["n"],
        )


def say_expectation_ceiling(frame: pd.DataFrame) -> Phrases:
    """How many customers cannot be exceeded, because they expected the most that the scale
    allows.
    """
    known = frame.dropna(subset=["estimate"])
    if known.empty:
        yield message(TOO_FEW)
        return
    most, many = known["estimate"].max(), (known["note"] == "ceiling").sum()
    # "More than half" is not printed as 50 %.
    digits = 0 if round(most, 2) != 0.5 else 1
    yield sentence(
        "ceiling",
        "one" if len(known) == 1 else "many" if many else "few",
        count=many,
        total=len(known),
        share=percent(most, digits),
    )


_SOURCE = N_("{source}: a point more goes with {value} in today's expectation.")


def say_expectation_sources(frame: pd.DataFrame) -> Phrases:
    """What today's expectation goes with: last wave's expectation and experience first, then the
    other sources, then what is not clear.
    """
    vague = []
    for row in frame[frame["term"] != "intercept"].to_dict("records"):
        source = term(row["term"])
        if side_of(row):
            template = MESSAGES["sources"].get(row["term"], _SOURCE)
            yield message(template, source=source, value=ranged(row))
        else:
            vague.append(source)
    if vague:
        yield message(
            "No association with today's expectation can be shown for: {items}.", items=vague
        )
