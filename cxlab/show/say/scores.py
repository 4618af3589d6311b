"""What the gap scores say, in sentences: zone of tolerance, service quality, what the score is
worth, where expectations come from.

A warning is a sentence like any other: it stands where the number stands, and says what the number
can no longer carry.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.metrics import with_interval, worded
from cxlab.show.words import text
from cxlab.show.words.text import N_, translator

_VALUE = ("estimate", "conf_low", "conf_high")


def _names(frame: pd.DataFrame, language: str, labels: Mapping | None) -> str:
    return text.listing(
        [text.name_of(one, labels, language) for one in frame["touchpoint"]], language
    )


@worded
def say_tolerance(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """Which touchpoints lie below the adequate level, which above the desired one, and where fewest
    customers are inside their zone.

    frame: `tolerance(study)`. Only what is beyond chance is called below or above.
    """
    _ = translator(language)
    known = frame.dropna(subset=["experience"])
    if known.empty:
        return [_("No touchpoint has enough answers to show.")]
    below, above = known[known["msa_high"] < 0], known[known["mss_low"] > 0]
    total, result = text.number(len(known), language, 0), []
    for message, rows in (
        (
            _(
                "Experience is below what customers call adequate at {count} of {total}"
                " touchpoints: {items}."
            ),
            below,
        ),
        (
            _(
                "Experience is above what customers desire at {count} of {total} touchpoints:"
                " {items}."
            ),
            above,
        ),
    ):
        if len(rows):
            result.append(
                message.format(
                    count=text.number(len(rows), language, 0),
                    total=total,
                    items=_names(rows, language, labels),
                )
            )
    if below.empty and above.empty:
        result.append(
            _(
                "At all {total} touchpoints experience lies within the zone of tolerance, or too"
                " near its ends to tell."
            ).format(total=total)
        )
    # A share of a few customers is not told, and so none of the three.
    told = known.dropna(subset=["below", "inside", "above"])
    if told.empty:
        return result
    worst = told.loc[told["inside"].idxmin()]
    result.append(
        _(
            "Fewest customers are inside their own zone at {touchpoint}: {inside}, with {below}"
            " below it and {above} above it."
        ).format(
            touchpoint=text.name_of(worst["touchpoint"], labels, language),
            **{
                share: text.percent(worst[share], language)
                for share in ("inside", "below", "above")
            },
        )
    )
    return result


@worded
def say_servqual(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """The mean gap over all touchpoints (SERVQUAL), weighted by importance where that was asked,
    and the experience itself (SERVPERF).
    """
    _ = translator(language)
    rows = frame.set_index("metric").to_dict("index")
    result = []
    for metric, style, message in (
        (
            "servqual",
            text.signed,
            N_(
                "Over all touchpoints experience minus expectation is {value} scale points"
                " (SERVQUAL, n = {n})."
            ),
        ),
        (
            "servqual_weighted",
            text.signed,
            N_("Counting each touchpoint by how important customers call it, it is {value}."),
        ),
        ("servperf", text.number, N_("The experience alone averages {value} (SERVPERF).")),
    ):
        row = rows.get(metric)
        if row is not None and pd.notna(row["estimate"]):
            result.append(
                _(message).format(
                    value=with_interval(row, _VALUE, language, style, 2),
                    n=text.number(row["n"], language, 0),
                )
            )
    return result or [_("No touchpoint has enough answers to show.")]


@worded
def say_gap_reliability(
    frame: pd.DataFrame,
    only_warning: bool = False,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """What the gap score is worth as a measurement; only_warning: nothing where it is sound. frame:
    `gap_reliability(study)`.
    """
    _ = translator(language)
    row = frame.set_index("term").loc["gap"]
    place = dict(
        value=text.number(row["estimate"], language, 2), n=text.number(row["n"], language, 0)
    )
    if row["note"] == "unreliable":
        message = _(
            "Warning: as a measurement of a single customer the gap is weak (reliability {value}, n"
            " = {n}; 0.7 is the usual least): use means over many customers, not single gaps."
        )
        return [message.format(**place)]
    return (
        []
        if only_warning
        else [
            _(
                "As a measurement of a single customer the gap is reliable enough (reliability"
                " {value}, n = {n})."
            ).format(**place)
        ]
    )


@worded
def say_expectation_ceiling(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """How many customers cannot be exceeded, because they expected the most that the scale allows.
    frame: `expectation_ceiling(study)`.
    """
    _ = translator(language)
    known = frame.dropna(subset=["estimate"])
    if known.empty:
        return [_("No touchpoint has enough answers to show.")]
    top = known.loc[known["estimate"].idxmax()]
    many = known[known["note"] == "ceiling"]
    place = dict(
        count=text.number(len(many), language, 0),
        total=text.number(len(known), language, 0),
        share=text.percent(top["estimate"], language),
        touchpoint=text.name_of(top["touchpoint"], labels, language),
    )
    message = (
        _(
            "Up to {share} of customers (at {touchpoint}) expected the most that the scale allows:"
            " they can be met or disappointed, never exceeded."
        )
        if many.empty
        else _(
            "Warning: at {count} of {total} touchpoints more than half of the customers expected"
            " the most that the scale allows (up to {share}, {touchpoint}). They can be met or"
            " disappointed, never exceeded: a gap above zero is out of their reach."
        )
    )
    return [message.format(**place)]


@worded
def say_expectation_sources(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """What today's expectation goes with: last wave's expectation and experience first, then the
    other sources, then what is not clear.

    frame: `expectation_sources(study, …).tidy()`.
    """
    _ = translator(language)
    rows = frame[frame["term"] != "intercept"]
    clear = (rows["conf_low"] > 0) | (rows["conf_high"] < 0)
    result = []
    for row in rows[clear].to_dict("records"):
        value = with_interval(row, _VALUE, language, text.signed, 2)
        message = _SOURCES.get(row["term"], _SOURCE)
        result.append(
            _(message).format(source=text.term_name(row["term"], labels, language), value=value)
        )
    if not clear.all():
        vague = [text.term_name(one, labels, language) for one in rows.loc[~clear, "term"]]
        result.append(
            _("No association with today's expectation can be shown for: {items}.").format(
                items=text.listing(vague, language)
            )
        )
    return result


_SOURCES = {
    "previous_expectation": N_(
        "Among customers with the same experience one wave earlier, a point more expected then goes"
        " with {value} in today's expectation."
    ),
    "previous_experience": N_(
        "Among customers who expected the same one wave earlier, a point better experienced then"
        " goes with {value} in today's expectation."
    ),
}
_SOURCE = N_("{source}: a point more goes with {value} in today's expectation.")
