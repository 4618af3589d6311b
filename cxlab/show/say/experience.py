"""How the touchpoints are experienced, and how that compares with what was expected, in
sentences.
"""

import pandas as pd

from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import TOO_FEW, Phrases, digits_of, message, number, ranged, side_of


def say_experience(frame: pd.DataFrame) -> Phrases:
    """The strongest and the weakest touchpoint."""
    known = frame.dropna(subset=["experience"])
    if known.empty:
        yield message(TOO_FEW)
    elif "scale" in known and known["scale"].nunique() > 1:
        yield message(
            "The touchpoints are rated on different scales: their means are not compared."
        )
    else:
        best, worst = (known.loc[known["experience"].agg(end)] for end in ("idxmax", "idxmin"))
        how = ("experience", "conf_low", "conf_high"), number, digits_of(known)
        yield message(
            "The strongest touchpoint is {best}, {best_value}; the weakest is {worst},"
            " {worst_value}.",
            best=best["touchpoint"],
            best_value=ranged(best, *how),
            worst=worst["touchpoint"],
            worst_value=ranged(worst, *how),
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
        sizes = side * sure["estimate"]
        count = (sizes > 0).sum()
        if count:
            widest = sure.loc[sizes.idxmax()]
            yield message(
                templates[count > 1],
                count=count,
                total=len(known),
                touchpoint=widest["touchpoint"],
                value=ranged(widest, digits=digits_of(known)),
            )
    if sure.empty:
        yield message(
            "At none of the {total} touchpoints is the gap between expectation and experience"
            " larger than chance.",
            total=len(known),
        )
