"""Under what conditions a ranking of drivers holds, in sentences: how it was fitted, in which
groups it differs, how well the questions measure, what the checks of the model mean.

What only an analyst can use (a condition index, a test of spread) is said to a client by what it
means for the ranking.
"""

import pandas as pd

from cxlab.show.say.behind import family_of
from cxlab.show.words.catalogue import MESSAGES, WORDS
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    Style,
    beside,
    in_brackets,
    is_clear,
    level,
    message,
    number,
    percent,
    ranged,
    sentence,
    word,
)


def say_method(glance: pd.DataFrame) -> Phrases:
    """How the driver model was fitted: outcome, family, rows, errors, and what was done with
    touchpoints never used.
    """
    row = glance.iloc[0]
    yield sentence(
        "family",
        family_of(row["model"]),
        outcome=row["outcome"],
        n=row["n"],
        covariance=word(row["covariance"]),
    )
    yield sentence("treatment", row["missing"])


def say_moderation(frame: pd.DataFrame, *, slopes: pd.DataFrame | None = None) -> Phrases:
    """At which touchpoints the weight differs between groups beyond chance, adjusted for their
    number, and what it is in each.

    slopes: `simple_slopes(study, by)` of the same split, and each group's pooled slope is told.
    """
    if (frame["group"] == "contact").all():
        # One difference of mean slopes, not one a touchpoint.
        clear = is_clear(frame, "p_value").iloc[-1]
        yield sentence("contact", clear, value=ranged(frame.iloc[-1]))
        return
    tested = frame[(frame["touchpoint"] != "all_touchpoints") & frame["p_holm"].notna()]
    found = tested[is_clear(tested)].sort_values("p_holm")["touchpoint"]
    yield sentence(
        "moderation",
        found.empty,
        by=frame["group"].iloc[0],
        total=len(tested),
        count=len(found),
        items=found,
    )
    for touchpoint in found if slopes is not None else ():
        mine = slopes[(slopes["touchpoint"] == touchpoint) & slopes["slope"].notna()]
        if len(mine):
            yield message(
                "{touchpoint}, associated with each additional point: {items}.",
                touchpoint=touchpoint,
                items=_slopes(mine),
            )


def _slopes(rows: pd.DataFrame) -> list[Phrase]:
    """The slope of each group. Groups are drawn together as far as the data cannot tell them apart;
    a number, or direct and indirect contact, is not a group.
    """
    grouped = rows["pooled"].notna().all()
    which = "pooled" if grouped else "slope"
    return [
        in_brackets(
            level(row) if grouped else sentence("steps", row["level"]),
            ranged(row, (which, f"{which}_low", f"{which}_high")),
        )
        for row in rows.to_dict("records")
    ]


def say_reliability(frame: pd.DataFrame) -> Phrases:
    """Whether what is asked by several questions is one thing: alpha with its interval, omega where
    it can be had, and why not where it cannot.
    """
    twice = frame.groupby("construct")["role"].nunique()
    for row in frame.to_dict("records"):
        name = row["construct"]
        if twice[name] > 1:
            role = Phrase(lambda _, role=row["role"]: _.word(role).lower())
            name = in_brackets(name, role)
        why = MESSAGES["unknown"].get(row["note"])
        if pd.isna(row["alpha"]):
            together = "unknown"
        elif row["verdict"] != "ok":
            together = "weak"
        elif pd.notna(row["omega"]):
            together = "one_thing"
        else:
            together = "without_omega" if why else "alpha_alone"
        places = dict(
            name=name,
            items=row["items"],
            n=row["n"],
            alpha=ranged(row, ("alpha", "alpha_low", "alpha_high"), _beside_limit),
            omega=number(row["omega"], 2),
            why=message(why) if why else "",
        )
        yield sentence("together", together, **places)
        if row["note"] == "against_the_rest":
            yield message("{name}: {why}", **places)


# An alpha below 0.7 is not printed as 0.70.
_beside_limit = Style(lambda x, digits: number(x, digits, 0.7), digits=2)


def say_diagnosis(frame: pd.DataFrame) -> Phrases:
    """What the checks of the model mean for the ranking: one sentence for each kind of doubt,
    gravest first, or that there is none.

    Which check gave which figure stands in the frame; a client reads what it means.
    """
    left_out = frame["check"] == "rows_left_out"
    doubtful, lost = frame[~left_out], frame[left_out & (frame["verdict"] != "ok")]
    reasons = [beside(row["statistic"], word(row["note"])) for row in lost.to_dict("records")]
    whole, sound = doubtful["touchpoint"].isin(["", "all_touchpoints"]), True
    for key, template in WORDS["doubts"].items():
        kind = ~whole if "{items}" in template else whole
        mine = doubtful[(doubtful["note"] == key.removesuffix("_at")) & kind]
        if len(mine):
            share, sound = percent(mine["statistic"].iloc[0]), False
            yield message(template, items=mine["touchpoint"], share=share, reasons=reasons)
    if sound:
        yield message("The usual checks of the model found no problem.")
