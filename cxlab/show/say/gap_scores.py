"""What the gap scores say, in sentences: zone of tolerance, service quality, what the score is
worth, where expectations come from.

A warning is a sentence like any other: it stands where the number stands, and says what the number
can no longer carry.
"""

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import TOO_FEW, VALUE, Wording, side_of


@worded
def say_tolerance(_: Wording, frame: pd.DataFrame) -> list[str]:
    """Which touchpoints lie below the adequate level, which above the desired one, and where fewest
    customers are inside their zone.

    frame: `tolerance(study)`. Only what is beyond chance is called below or above.
    """
    known = frame.dropna(subset=["experience"])
    if known.empty:
        return [_(TOO_FEW)]
    result = [
        _(message, count=sure.sum(), total=len(known), items=_.names(known.loc[sure, "touchpoint"]))
        for message, sure in (
            (
                N_(
                    "Experience is below what customers call adequate at {count} of {total}"
                    " touchpoints: {items}."
                ),
                known["msa_high"] < 0,
            ),
            (
                N_(
                    "Experience is above what customers desire at {count} of {total} touchpoints:"
                    " {items}."
                ),
                known["mss_low"] > 0,
            ),
        )
        if sure.any()
    ] or [
        _(
            "At all {total} touchpoints experience lies within the zone of tolerance, or too"
            " near its ends to tell.",
            total=len(known),
        )
    ]
    # A share of a few customers is not told, and so none of the three.
    shares = ["below", "inside", "above"]
    told = known.dropna(subset=shares)
    if len(told):
        worst = told.loc[told["inside"].idxmin()]
        result.append(
            _(
                "Fewest customers are inside their own zone at {touchpoint}: {inside}, with {below}"
                " below it and {above} above it.",
                touchpoint=_.name(worst["touchpoint"]),
                **{share: _.percent(worst[share]) for share in shares},
            )
        )
    return result


_INDICES = {
    "servqual": (
        text.signed,
        N_(
            "Over all touchpoints experience minus expectation is {value} scale points"
            " (SERVQUAL, n = {n})."
        ),
    ),
    "servqual_weighted": (
        text.signed,
        N_("Counting each touchpoint by how important customers call it, it is {value}."),
    ),
    "servperf": (text.number, N_("The experience alone averages {value} (SERVPERF).")),
}


@worded
def say_servqual(_: Wording, frame: pd.DataFrame) -> list[str]:
    """The mean gap over all touchpoints (SERVQUAL), weighted by importance where that was asked,
    and the experience itself (SERVPERF).
    """
    rows = frame.dropna(subset=["estimate"]).set_index("metric").to_dict("index")
    result = [
        _(message, value=_.ranged(rows[metric], VALUE, style), n=rows[metric]["n"])
        for metric, (style, message) in _INDICES.items()
        if metric in rows
    ]
    return result or [_(TOO_FEW)]


@worded
def say_gap_reliability(_: Wording, frame: pd.DataFrame, only_warning: bool = False) -> list[str]:
    """What the gap score is worth as a measurement; only_warning: nothing where it is sound. frame:
    `gap_reliability(study)`.
    """
    row = frame.set_index("term").loc["gap"]
    weak = row["note"] == "unreliable"
    if only_warning and not weak:
        return []
    message = (
        N_(
            "Warning: as a measurement of a single customer the gap is weak (reliability {value}, n"
            " = {n}; 0.7 is the usual least): use means over many customers, not single gaps."
        )
        if weak
        else N_(
            "As a measurement of a single customer the gap is reliable enough (reliability"
            " {value}, n = {n})."
        )
    )
    return [_(message, value=_.number(row["estimate"], 2), n=row["n"])]


@worded
def say_expectation_ceiling(_: Wording, frame: pd.DataFrame) -> list[str]:
    """How many customers cannot be exceeded, because they expected the most that the scale allows.
    frame: `expectation_ceiling(study)`.
    """
    known = frame.dropna(subset=["estimate"])
    if known.empty:
        return [_(TOO_FEW)]
    top, many = known.loc[known["estimate"].idxmax()], (known["note"] == "ceiling").sum()
    message = (
        N_(
            "Warning: at {count} of {total} touchpoints more than half of the customers expected"
            " the most that the scale allows (up to {share}, {touchpoint}). They can be met or"
            " disappointed, never exceeded: a gap above zero is out of their reach."
        )
        if many
        else N_(
            "Up to {share} of customers (at {touchpoint}) expected the most that the scale allows:"
            " they can be met or disappointed, never exceeded."
        )
    )
    return [
        _(
            message,
            count=many,
            total=len(known),
            share=_.percent(top["estimate"]),
            touchpoint=_.name(top["touchpoint"]),
        )
    ]


_SOURCE = N_("{source}: a point more goes with {value} in today's expectation.")


@worded
def say_expectation_sources(_: Wording, frame: pd.DataFrame) -> list[str]:
    """What today's expectation goes with: last wave's expectation and experience first, then the
    other sources, then what is not clear.

    frame: `expectation_sources(study, …).tidy()`.
    """
    rows = frame[frame["term"] != "intercept"].to_dict("records")
    result = [
        _(
            MESSAGES["sources"].get(row["term"], _SOURCE),
            source=_.term(row["term"]),
            value=_.ranged(row),
        )
        for row in rows
        if side_of(row)
    ]
    vague = [_.term(row["term"]) for row in rows if not side_of(row)]
    if vague:
        result.append(
            _(
                "No association with today's expectation can be shown for: {items}.",
                items=_.listing(vague),
            )
        )
    return result
