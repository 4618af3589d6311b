"""How the touchpoints are experienced, and how that compares with what was expected, in
sentences.
"""

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.words import text
from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import TOO_FEW, VALUE, Wording, digits_of


@worded
def say_experience(_: Wording, frame: pd.DataFrame) -> list[str]:
    """The strongest and the weakest touchpoint."""
    known = frame.dropna(subset=["experience"])
    if known.empty:
        return [_(TOO_FEW)]
    if "scale" in known and known["scale"].nunique() > 1:
        return [_("The touchpoints are rated on different scales: their means are not compared.")]
    columns, digits = ("experience", "conf_low", "conf_high"), digits_of(known)
    best, worst = (
        known.loc[known["experience"].agg(which)].to_dict() for which in ("idxmax", "idxmin")
    )
    return [
        _(
            "The strongest touchpoint is {best}, {best_value}; the weakest is {worst},"
            " {worst_value}.",
            best=_.name(best["touchpoint"]),
            best_value=_.ranged(best, columns, text.number, digits),
            worst=_.name(worst["touchpoint"]),
            worst_value=_.ranged(worst, columns, text.number, digits),
        )
    ]


# By direction: what is said of one touchpoint and of several.
_GAPS = {
    -1: (
        N_(
            "Experience falls short of expectation at one of {total} touchpoints: {touchpoint},"
            " {value} scale points."
        ),
        N_(
            "Experience falls short of expectation at {count} of {total} touchpoints; the"
            " widest gap is at {touchpoint}, {value} scale points."
        ),
    ),
    1: (
        N_(
            "Experience exceeds expectation at one of {total} touchpoints: {touchpoint},"
            " {value} scale points."
        ),
        N_(
            "Experience exceeds expectation at {count} of {total} touchpoints, most at"
            " {touchpoint}, {value} scale points."
        ),
    ),
}


@worded
def say_gaps(_: Wording, frame: pd.DataFrame) -> list[str]:
    """At how many touchpoints experience falls short of, or exceeds, expectation beyond chance; the
    largest of each.
    """
    known = frame.dropna(subset=["estimate"])
    if known.empty:
        return [_(TOO_FEW)]
    # Adjusted for the number of touchpoints: of twelve without a gap, every second study has one
    # that a plain interval calls.
    sure = (
        known["p_holm"] < 1 - _.conf_level
        if "p_holm" in known
        else (known["conf_high"] < 0) | (known["conf_low"] > 0)
    )
    result = []
    for side, (one, several) in _GAPS.items():
        size = side * known["estimate"]
        found = size[sure & (size > 0)]
        if len(found):
            widest = known.loc[found.idxmax()].to_dict()
            result.append(
                _(
                    several if len(found) > 1 else one,
                    count=len(found),
                    total=len(known),
                    touchpoint=_.name(widest["touchpoint"]),
                    value=_.ranged(widest, VALUE, text.signed, digits_of(known)),
                )
            )
    return result or [
        _(
            "At none of the {total} touchpoints is the gap between expectation and experience"
            " larger than chance.",
            total=len(known),
        )
    ]
