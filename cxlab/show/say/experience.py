"""How the touchpoints are experienced, and how that compares with what was expected, in
sentences.
"""

from functools import partial

import pandas as pd

from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    TOO_FEW,
    VALUE,
    Phrases,
    digits_of,
    each,
    message,
    number,
    ranged,
    sentence,
    side_of,
)

# Of more touchpoints than these none is named as the strongest, or the one with the widest gap.
MOST_NAMED = 3


def furthest(frame: pd.DataFrame, side: int, columns: tuple[str, str, str] = VALUE) -> pd.DataFrame:
    """The rows that may be the highest (side 1) or the lowest (−1): those whose interval reaches
    that of the first of them. One row alone is so beyond chance.
    """
    value, low, high = columns
    near, far = (low, high) if side > 0 else (high, low)
    ordered = frame.sort_values(value, ascending=side < 0, kind="stable")
    # Without an interval nothing is told apart.
    return ordered[~(side * ordered[far] < side * ordered[near].iloc[0])]


def say_experience(frame: pd.DataFrame) -> Phrases:
    """The strongest and the weakest touchpoint, or those among which they are, as far as the
    intervals tell.
    """
    known = frame.dropna(subset=["experience"])
    columns = ("experience", "conf_low", "conf_high")
    if known.empty:
        yield message(TOO_FEW)
        return
    if "scale" in known and known["scale"].nunique() > 1:
        yield message(
            "The touchpoints are rated on different scales: their means are not compared."
        )
        return
    shown = partial(ranged, columns=columns, style=number, digits=digits_of(known))
    if len(known) == 1:
        yield message("Mean experience: {items}.", items=each(known, shown))
        return
    named = False
    for side, templates in MESSAGES["experience"].items():
        rows = furthest(known, side, columns)
        if len(rows) <= min(MOST_NAMED, len(known) / 2):
            named = True
            yield message(templates[len(rows) > 1], items=each(rows, shown))
    if not named:
        yield message(
            "No touchpoint is clearly experienced as the strongest or as the weakest: the intervals"
            " of their means overlap."
        )


def say_gaps(frame: pd.DataFrame, *, conf_level: float = 0.95) -> Phrases:
    """At how many touchpoints experience falls short of, or exceeds, expectation beyond chance; the
    largest of each.
    """
    known = frame.dropna(subset=["estimate"])
    if known.empty:
        yield message(TOO_FEW)
        return
    # Adjusted for the number of touchpoints: of twelve without a gap, every second study has one
    # that a plain interval calls.
    clear = (
        known["p_holm"] < 1 - conf_level
        if "p_holm" in known
        else known.apply(side_of, axis=1).astype(bool)
    )
    sure = known[clear]
    for side, templates in MESSAGES["gaps"].items():
        mine = sure[side * sure["estimate"] > 0]
        widest = furthest(known, side)
        how = "one" if len(mine) == 1 else "widest" if len(widest) == 1 else "among"
        if how == "one":
            widest, how = mine, "only" if len(known) == 1 else "one"
        elif len(widest) > MOST_NAMED or not widest.index.isin(mine.index).all():
            how = "many"
        if len(mine):
            yield message(
                templates[how],
                count=len(mine),
                total=len(known),
                items=each(widest, partial(ranged, digits=digits_of(known))),
            )
    if sure.empty:
        yield sentence(
            "no_gap",
            len(known) == 1,
            total=len(known),
            items=known["touchpoint"],
        )
