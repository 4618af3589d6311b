"""Under what conditions a ranking of drivers holds, in sentences: how it was fitted, in which
groups it differs, how well the questions measure, what the checks of the model mean.

What only an analyst can use (a condition index, a test of spread) is said to a client by what it
means for the ranking.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.behind import family_of, worded
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_, WORDS
from cxlab.show.words.wording import Wording

_HC3 = N_("HC3, which do not assume equal spread")


@worded
def say_method(_: Wording, glance: pd.DataFrame) -> list[str]:
    """How the driver model was fitted: outcome, family, rows, errors, and what was done with
    touchpoints never used.

    glance: `fit.glance()`.
    """
    row = glance.iloc[0]
    kind, treatment = row["covariance"], MESSAGES["treatment"][row["missing"]]
    return [
        _(
            MESSAGES["family"][family_of(row["model"])],
            outcome=_.name(row["outcome"]),
            n=row["n"],
            covariance=_(_HC3) if kind == "HC3" else _.word(kind),
        ),
        _(treatment),
    ]


@worded
def say_moderation(
    _: Wording, frame: pd.DataFrame, slopes: pd.DataFrame | None = None
) -> list[str]:
    """At which touchpoints the weight differs between groups beyond chance, adjusted for their
    number, and what it is in each.

    frame: `moderation(study, by)`; slopes: `simple_slopes(study, by)` of the same split, and each
    group's pooled slope is told.
    """
    if "group" in frame and (frame["group"] == "contact").all():
        return [_contact(_, frame.iloc[-1])]
    tested = frame[(frame["touchpoint"] != "all_touchpoints") & frame["p_holm"].notna()]
    found = tested[tested["p_holm"] < 1 - _.conf_level].sort_values("p_holm")["touchpoint"]
    message = (
        N_(
            "At none of {total} touchpoints does the weight differ by “{by}” beyond chance"
            " (adjusted for their number, Holm)."
        )
        if found.empty
        else N_(
            "The weight differs by “{by}” beyond chance at {count} of {total} touchpoints (adjusted"
            " for their number, Holm): {items}."
        )
    )
    result = [
        _(
            message,
            by=_.name(frame["group"].iloc[0]) if "group" in frame else "",
            total=len(tested),
            count=len(found),
            items=_.names(found),
        )
    ]
    for touchpoint in found if slopes is not None else ():
        mine = slopes[(slopes["touchpoint"] == touchpoint) & slopes["slope"].notna()]
        if len(mine):
            result.append(
                _(
                    "{touchpoint}, one scale point better: {items}.",
                    touchpoint=_.name(touchpoint),
                    items=_slopes(_, mine),
                )
            )
    return result


def _slopes(_: Wording, rows: pd.DataFrame) -> str:
    """The slope of each group. Groups are drawn together as far as the data cannot tell them apart;
    a number, or direct and indirect contact, is not a group.
    """
    grouped = rows["pooled"].notna().all()
    which = "pooled" if grouped else "slope"
    columns = (which, f"{which}_low", f"{which}_high")

    def level(row: Mapping) -> str:
        return _.level(row) if grouped else _(MESSAGES["steps"][row["level"]])

    return _.listing(f"{level(row)} {_.ranged(row, columns)}" for row in rows.to_dict("records"))


def _contact(_: Wording, row: Mapping) -> str:
    """Direct against indirect touchpoints: one difference of mean slopes, not one a touchpoint."""
    message = (
        N_(
            "One scale point goes with a different change at direct touchpoints than at indirect"
            " ones: {value}."
        )
        if row["p_value"] < 1 - _.conf_level
        else N_(
            "Whether one scale point goes with more at direct touchpoints than at indirect ones"
            " cannot be told from these data: {value}."
        )
    )
    return _(message, value=_.ranged(row))


def _together(row: Mapping) -> str:
    """What is said of the questions of a construct."""
    if pd.isna(row["alpha"]):
        return N_(
            "{name}: how well its {items} questions go together cannot be known; {why} (n = {n})."
        )
    if row["verdict"] != "ok":
        return N_(
            "{name}: its {items} questions hardly measure one thing (alpha {alpha}, below 0.7,"
            " n = {n}), so what goes with it looks weaker than it is."
        )
    if pd.notna(row["omega"]):
        return N_(
            "{name}: its {items} questions measure one thing (alpha {alpha}, omega {omega}, n ="
            " {n})."
        )
    if row["note"] in MESSAGES["unknown"]:
        return N_(
            "{name}: its {items} questions go together (alpha {alpha}, n = {n}); omega is"
            " not given, because {why}."
        )
    return N_("{name}: its {items} questions go together (alpha {alpha}, n = {n}).")


@worded
def say_reliability(_: Wording, frame: pd.DataFrame) -> list[str]:
    """Whether what is asked by several questions is one thing: alpha with its interval, omega where
    it can be had, and why not where it cannot.

    frame: `reliability(study)`.
    """
    result, twice = [], frame.groupby("construct")["role"].nunique()
    for row in frame.to_dict("records"):
        name = _.name(row["construct"])
        if twice[row["construct"]] > 1:
            name = f"{name} ({_.word(row['role']).lower()})"
        why = MESSAGES["unknown"].get(row["note"])
        places = dict(
            name=name,
            items=row["items"],
            n=row["n"],
            alpha=_.ranged(row, ("alpha", "alpha_low", "alpha_high"), text.number),
            omega=_.number(row["omega"], 2),
            why=_(why) if why else "",
        )
        result.append(_(_together(row), **places))
        if row["note"] == "against_the_rest":
            result.append(_("{name}: {why}", **places))
    return result


@worded
def say_diagnosis(_: Wording, frame: pd.DataFrame) -> list[str]:
    """What the checks of the model mean for the ranking: one sentence for each kind of doubt,
    gravest first, or that there is none.

    frame: `diagnose(fit)`. Which check gave which figure stands in the frame; a client reads what
    it means.
    """
    left_out = frame["check"] == "rows_left_out"
    doubtful, lost = frame[~left_out], frame[left_out & (frame["verdict"] != "ok")]
    reasons = _.listing(
        f"{_.number(row['statistic'], 0)} {_.word(row['note'])}" for row in lost.to_dict("records")
    )
    whole = doubtful["touchpoint"].isin(["", "all_touchpoints"])
    result = []
    for key, message in WORDS["doubts"].items():
        kind = ~whole if "{items}" in message else whole
        mine = doubtful[(doubtful["note"] == key.removesuffix("_at")) & kind]
        if len(mine):
            result.append(
                _(
                    message,
                    items=_.names(mine["touchpoint"]),
                    share=_.percent(mine["statistic"].iloc[0]),
                    reasons=reasons,
                )
            )
    return result or [_("The usual checks of the model raise no doubt about this ranking.")]
