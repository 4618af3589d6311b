"""What changed between waves, in sentences: which touchpoints moved, and what the change of the
outcome goes with.
"""

import pandas as pd

from cxlab.show.say.touchpoints import MOST_NAMED
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    TOO_FEW,
    Phrases,
    as_is,
    each,
    is_clear,
    message,
    sentence,
    signed,
)


def say_touchpoint_changes(frame: pd.DataFrame) -> Phrases:
    """Which touchpoints changed when all are counted, the largest changes named; that the others
    show none; which could not be compared. Of each step from level to level.
    """
    known = frame.dropna(subset=["p_holm"])
    if known.empty:
        yield message(TOO_FEW)
    for step, rows in known.groupby("level", sort=False):
        clear, role = rows[is_clear(known).loc[rows.index]], rows["role"].iloc[0]
        places = {"level": as_is(step), "total": len(rows)}
        for side, template in MESSAGES["touchpoint_change"][role].items():
            mine = clear[side * clear["estimate"] > 0]
            mine = mine.sort_values("estimate", key=abs, ascending=False, kind="stable")
            named = each(mine.head(MOST_NAMED), lambda row: signed(row["estimate"], 2))
            if len(mine):
                more = len(mine) > MOST_NAMED
                yield message(template[more], count=len(mine), items=named, **places)
        if len(clear) < len(rows):
            yield sentence("no_touchpoint_change", len(clear) > 0, role, **places)
    gone = frame[frame["note"] == "one_wave"]
    if len(gone):
        yield message(
            "Rated in one of the two waves only, so not compared: {items}.",
            items=[*gone["touchpoint"].unique()],
        )
