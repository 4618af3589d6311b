"""How large, how sure and under what conditions: what stands behind a ranking of drivers, in
sentences.

A ranking without these is a list of names. The rules are those of sentences.py: one whole message
each, made from a result, of association and never of cause. What only an analyst can use (a
condition index, a test of spread) is said to a client by what it means for the ranking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from cxlab.show.say.gap import digits_for
from cxlab.show.say.metrics import with_interval, worded
from cxlab.show.words import text
from cxlab.show.words.text import N_, translator

_VALUE = ("estimate", "conf_low", "conf_high")
# What a client understands first: NPS points before a probability before points of the outcome's
# own scale.
MEASURES = ("nps_points", "probability", "outcome")


def names_of(touchpoints: Iterable, language: str, labels: Mapping | None) -> str:
    """Touchpoints in one phrase."""
    return text.listing([text.name_of(one, labels, language) for one in touchpoints], language)


def most_telling(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first of MEASURES for which the frame holds numbers."""
    known = frame.dropna(subset=["estimate"])
    there = set(known["measure"])
    return known[known["measure"] == next(one for one in MEASURES if one in there)].reset_index(
        drop=True
    )


def style_of(frame: pd.DataFrame) -> Callable:
    """How a change in this measure is written: signed, with the decimals that its size can carry, a
    probability in percentage points.
    """
    if frame["measure"].iloc[0] == "probability":
        return lambda x, language, _digits=0: text.signed(100 * x, language, 1)
    digits = (
        1 if frame["measure"].iloc[0] == "nps_points" else digits_for(*frame[[*_VALUE]].abs().max())
    )
    return lambda x, language, _digits=0: text.signed(x, language, digits)


def first_model(frame: pd.DataFrame) -> str:
    """The model whose figures are told first: least squares where it is there."""
    models = list(dict.fromkeys(frame["model"]))
    return "ols" if "ols" in models else models[0]


def is_clear(frame: pd.DataFrame, conf_level: float) -> pd.Series:
    """Which effects are beyond chance, adjusted for the number of touchpoints as the sign of a
    driver is.
    """
    return frame["p_holm"] < 1 - conf_level


_GOES_WITH = {
    "nps_points": N_(
        "One scale point better goes with these NPS points, the other touchpoints held equal:"
        " {items}."
    ),
    "probability": N_(
        "One scale point better goes with these percentage points of “{outcome}”, the other"
        " touchpoints held equal: {items}."
    ),
    "outcome": N_(
        "One scale point better goes with these points of “{outcome}”, the other touchpoints held"
        " equal: {items}."
    ),
}


@worded
def say_effects(
    frame: pd.DataFrame,
    top: int = 3,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """What a point better goes with at the `top` touchpoints, whether a second model agrees, and at
    how many nothing can be shown.

    frame: `effects(fit)`. NPS points are told where it has them.
    """
    _ = translator(language)
    shown = most_telling(frame)
    known, style = shown[shown["model"] == first_model(shown)], style_of(shown)
    clear = known[is_clear(known, conf_level)].sort_values(
        "estimate", key=lambda value: -value.abs(), kind="stable"
    )
    outcome = text.name_of(known["outcome"].iloc[0], labels, language)
    total = text.number(len(known), language, 0)
    if clear.empty:
        return [
            _(
                "At none of the {total} touchpoints does a better experience go with “{outcome}” in"
                " a way that these data can show."
            ).format(total=total, outcome=outcome)
        ]
    items = [
        f"{text.name_of(row['touchpoint'], labels, language)}"
        f" {with_interval(row, _VALUE, language, style, 0)}"
        for row in clear.head(top).to_dict("records")
    ]
    message = _GOES_WITH[shown.at[0, "measure"]]
    result = [_(message).format(items=text.listing(items, language), outcome=outcome)]
    result += _say_second_model(shown, clear.head(top), language, labels)
    if len(clear) < len(known):
        result.append(
            _(
                "At {count} of {total} touchpoints the data show no clear effect, which does not"
                " say that there is none."
            ).format(count=text.number(len(known) - len(clear), language, 0), total=total)
        )
    return result


_THERE = {
    "nps_points": N_("One scale point better there goes with {value} NPS points."),
    "probability": N_("One scale point better there goes with {value} percentage points."),
    "outcome": N_("One scale point better there goes with {value} points."),
}


@worded
def say_one_effect(
    frame: pd.DataFrame,
    touchpoint: str,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """The size of one touchpoint's effect, to follow a sentence that names it; nothing where it is
    not clear.
    """
    shown = most_telling(frame)
    mine = shown[
        (shown["model"] == first_model(shown))
        & (shown["touchpoint"] == touchpoint)
        & is_clear(shown, conf_level)
    ]
    message = _THERE[shown.at[0, "measure"]]
    return [
        translator(language)(message).format(
            value=with_interval(row, _VALUE, language, style_of(shown), 0)
        )
        for row in mine.to_dict("records")
    ]


def _say_second_model(
    shown: pd.DataFrame, clear: pd.DataFrame, language: str, labels: Mapping | None
) -> list[str]:
    """Whether the ordinal model's figures lie within the intervals of the first one's."""
    others = shown[shown["model"] != first_model(shown)]
    both = clear.merge(
        others[["touchpoint", "estimate"]], on="touchpoint", suffixes=("", "_second")
    )
    if both.empty:
        return []
    _ = translator(language)
    far = both[
        (both["estimate_second"] < both["conf_low"]) | (both["estimate_second"] > both["conf_high"])
    ]
    if far.empty:
        return [
            _(
                "A second model, which takes the answers as steps in order and not as distances,"
                " gives figures within these ranges."
            )
        ]
    style = style_of(shown)
    items = [
        f"{text.name_of(row['touchpoint'], labels, language)}"
        f" {style(row['estimate_second'], language)}"
        for row in far.to_dict("records")
    ]
    message = _(
        "A second model, which takes the answers as steps in order and not as distances, gives"
        " another figure at {items}: count on the smaller one."
    )
    return [message.format(items=text.listing(items, language))]


_WHAT_IF = {
    "nps_points": N_(
        "{points} points better goes with these NPS points over all respondents: {items}."
    ),
    "probability": N_(
        "{points} points better goes with these percentage points of “{outcome}” over all"
        " respondents: {items}."
    ),
    "outcome": N_(
        "{points} points better goes with these points of “{outcome}” on average over all"
        " respondents: {items}."
    ),
}


@worded
def say_what_if(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """What goes with customers rating a touchpoint so much higher, what the top of the scale takes
    away, and a caution.

    frame: `what_if(fit, {touchpoint: points})`. All touchpoints together are told only where
    several are changed.
    """
    _ = translator(language)
    shown = most_telling(frame)
    shown = shown[shown["model"] == first_model(shown)]
    single, style = shown[shown["touchpoint"] != "all_touchpoints"], style_of(shown)
    message, outcome, result = (
        _WHAT_IF[shown["measure"].iloc[0]],
        text.name_of(shown["outcome"].iloc[0], labels, language),
        [],
    )
    for asked, rows in single.groupby("asked", sort=False):
        items = [
            f"{text.name_of(row['touchpoint'], labels, language)}"
            f" {with_interval(row, _VALUE, language, style, 0)}"
            for row in rows.to_dict("records")
        ]
        result.append(
            _(message).format(
                points=text.number(asked, language, 1),
                outcome=outcome,
                items=text.listing(items, language),
            )
        )
    together = shown[shown["touchpoint"] == "all_touchpoints"].to_dict("records")
    if len(single) > 1 and together:
        result.append(
            _("All of these together: {value}.").format(
                value=with_interval(together[0], _VALUE, language, style, 0)
            )
        )
    held = single[(single["reached"] - single["asked"]).abs() > 0.005]
    if len(held):
        items = [
            f"{text.name_of(row['touchpoint'], labels, language)}"
            f" {text.signed(row['reached'], language, 2)}"
            for row in held.to_dict("records")
        ]
        result.append(
            _(
                "Ratings that are at the top already cannot rise, so on average they rise by less:"
                " {items}."
            ).format(items=text.listing(items, language))
        )
    result.append(
        _(
            "These figures compare customers with one another. Whether loyalty would follow a"
            " change, only a trial can tell."
        )
    )
    return result


def order_of(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Ranks, a row a touchpoint and a column a way of ranking, in the order met."""
    known = frame.dropna(subset=["rank"])
    wide = known.pivot(index="touchpoint", columns=by, values="rank")
    return wide[list(dict.fromkeys(known[by]))]


def _say_order(ranks: pd.DataFrame, language: str, labels: Mapping | None) -> list[str]:
    """Who is among the first three, and who comes first, in every column of `ranks`."""
    _ = translator(language)
    result = []
    if len(ranks) > 3:
        tops = [set(ranks[column].nsmallest(3).index) for column in ranks]
        always = [
            one
            for one in ranks.sort_values(ranks.columns[0]).index
            if all(one in top for top in tops)
        ]
        if all(top == tops[0] for top in tops):
            message = _("The first three are the same each time: {items}.")
        elif always:
            message = _("Among the first three each time: {items}. The other places change.")
        else:
            message = _(
                "No touchpoint is among the first three each time: do not build on this ranking."
            )
        result.append(message.format(items=names_of(always, language, labels)))
    first = ranks.idxmin().value_counts(sort=False)
    if len(first) == 1:
        return [
            *result,
            _("{touchpoint} always comes first.").format(
                touchpoint=text.name_of(first.index[0], labels, language)
            ),
        ]
    count = text.number(ranks.shape[1], language, 0)
    each = [
        _("{touchpoint} in {times} of {count}").format(
            touchpoint=text.name_of(one, labels, language),
            times=text.number(times, language, 0),
            count=count,
        )
        for one, times in first.sort_values(ascending=False, kind="stable").items()
    ]
    return [*result, _("In first place: {items}.").format(items=text.listing(each, language))]


@worded
def say_methods(
    frame: pd.DataFrame,
    treatments: pd.DataFrame | None = None,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """Whether the ranking hangs on the way in which weight is counted: who is among the first
    three, and who comes first, by every method.

    frame: `compare_importance(fit)`. treatments: `compare_missing(study)`, whose rankings are then
    held against the same first three.
    """
    _ = translator(language)
    ranks = order_of(frame, "method")
    result = [
        _("Weight was counted in {count} different ways.").format(
            count=text.number(ranks.shape[1], language, 0)
        )
    ]
    if treatments is None:
        return [*result, *_say_order(ranks, language, labels)]
    told, gone = _say_treatments(treatments, language, labels)
    return [
        *result,
        *told,
        *_say_order(ranks.join(order_of(treatments, "missing"), how="outer"), language, labels),
        *gone,
    ]


@worded
def say_missing(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """Whether the ranking hangs on what is done with answers that are missing; which treatments
    these data do not allow.

    frame: `compare_missing(study)`.
    """
    told, gone = _say_treatments(frame, language, labels)
    ranks = order_of(frame, "missing")
    return [*told, *(_say_order(ranks, language, labels) if ranks.shape[1] > 1 else []), *gone]


def _say_treatments(
    frame: pd.DataFrame, language: str, labels: Mapping | None
) -> tuple[list[str], list[str]]:
    """How many treatments of missing answers there are and what each leaves to rank by; and which
    of them the data do not allow.
    """
    _ = translator(language)
    ranks = order_of(frame, "missing")
    # One that would only repeat another has respondents all the same; one that the data refuse has
    # none.
    refused = frame.loc[~frame["missing"].isin(ranks.columns) & ~(frame["n"] > 0), "missing"]
    gone = [text.name_of(one, labels, language) for one in dict.fromkeys(refused)]
    if gone:
        gone = [
            _("Not possible with these answers: {items}.").format(
                items=text.listing(gone, language)
            )
        ]
    if ranks.shape[1] == 1:
        return (
            []
            if gone
            else [_("No rating is missing, so there is nothing that its treatment could change.")]
        ), gone
    counts = frame.dropna(subset=["rank"]).groupby("missing")["n"].max()
    ends = [text.number(counts.min(), language, 0), text.number(counts.max(), language, 0)]
    message = _(
        "Missing answers were treated in {count} ways, which leave {low} to {high} answers to"
        " rank by."
    )
    return [
        message.format(count=text.number(len(counts), language, 0), low=ends[0], high=ends[1])
    ], gone


def say_rank_changes(
    first: pd.DataFrame, now: pd.DataFrame, *, language: str = "en", labels: Mapping | None = None
) -> list[str]:
    """What another choice of model, treatment or method does to the first three: who stays, who
    enters, who leaves.
    """
    _ = translator(language)
    before, after = (list(one.sort_values("rank")["touchpoint"].head(3)) for one in (first, now))
    if before == after:
        return [_("The first three are the same as at first, in the same order.")]
    if set(before) == set(after):
        return [_("The first three are the same as at first, in another order.")]
    place = dict(
        entered=names_of([one for one in after if one not in before], language, labels),
        left=names_of([one for one in before if one not in after], language, labels),
    )
    if not place["left"]:
        return [_("New among the first three: {entered}.").format(**place)]
    return [_("New among the first three: {entered}; no longer there: {left}.").format(**place)]


# Where a number or the kind of contact takes the place of groups.
_STEPS = {
    "low": N_("one standard deviation below the mean"),
    "mean": N_("at the mean"),
    "high": N_("one standard deviation above"),
    "direct": N_("direct"),
    "indirect": N_("indirect"),
}


@worded
def say_moderation(
    frame: pd.DataFrame,
    slopes: pd.DataFrame | None = None,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """At which touchpoints the weight differs between groups beyond chance, adjusted for their
    number, and what it is in each.

    frame: `moderation(study, by)`; slopes: `simple_slopes(study, by)` of the same split, and each
    group's pooled slope is told.
    """
    _ = translator(language)
    if "group" in frame and (frame["group"] == "contact").all():
        return [_contact(frame.iloc[-1], language, conf_level)]
    tested = frame[(frame["touchpoint"] != "all_touchpoints") & frame["p_holm"].notna()]
    by = text.name_of(frame["group"].iloc[0], labels, language) if "group" in frame else ""
    found = tested[tested["p_holm"] < 1 - conf_level].sort_values("p_holm")
    place = dict(by=by, total=text.number(len(tested), language, 0))
    if found.empty:
        return [
            _(
                "At none of {total} touchpoints does the weight differ by “{by}” beyond chance"
                " (adjusted for their number, Holm)."
            ).format(**place)
        ]
    result = [
        _(
            "The weight differs by “{by}” beyond chance at {count} of {total} touchpoints (adjusted"
            " for their number, Holm): {items}."
        ).format(
            **place,
            count=text.number(len(found), language, 0),
            items=names_of(found["touchpoint"], language, labels),
        )
    ]
    for touchpoint in found["touchpoint"] if slopes is not None else ():
        mine = slopes[(slopes["touchpoint"] == touchpoint) & slopes["slope"].notna()]
        # Groups are drawn together as far as the data cannot tell them apart; a number, or direct
        # and indirect contact, is not a group.
        which = "pooled" if mine["pooled"].notna().all() else "slope"
        columns = (which, f"{which}_low", f"{which}_high")
        each = []
        for row in mine.to_dict("records"):
            if which == "slope":
                step = _STEPS[row["level"]]
                name = _(step)
            else:
                name = text.level_name(row["level"], language, labels, row.get("group"))
            each.append(f"{name} {with_interval(row, columns, language, text.signed, 2)}")
        if each:
            result.append(
                _("{touchpoint}, one scale point better: {items}.").format(
                    touchpoint=text.name_of(touchpoint, labels, language),
                    items=text.listing(each, language),
                )
            )
    return result


def _contact(row: Mapping, language: str, conf_level: float) -> str:
    """Direct against indirect touchpoints: one difference of mean slopes, not one a touchpoint."""
    _ = translator(language)
    value = with_interval(row, ("estimate", "conf_low", "conf_high"), language, text.signed, 2)
    if row["p_value"] < 1 - conf_level:
        return _(
            "One scale point goes with a different change at direct touchpoints than at indirect"
            " ones: {value}."
        ).format(value=value)
    return _(
        "Whether one scale point goes with more at direct touchpoints than at indirect ones cannot"
        " be told from these data: {value}."
    ).format(value=value)


_UNKNOWN = {
    "two_items": N_("it has two questions only, and a factor needs three"),
    "heywood": N_("one question would be explained by more than all of itself"),
    "constant_item": N_("everybody answers one of the questions alike"),
    "too_few": N_("too few answered all of its questions"),
    "no_maximum": N_("no one factor fits its questions"),
    "against_the_rest": N_(
        "one question runs against the others: was it coded the other way round?"
    ),
}


@worded
def say_reliability(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """Whether what is asked by several questions is one thing: alpha with its interval, omega where
    it can be had, and why not where it cannot.

    frame: `reliability(study)`.
    """
    _ = translator(language)
    result, twice = [], frame.groupby("construct")["role"].nunique()
    for row in frame.to_dict("records"):
        name = text.name_of(row["construct"], labels, language)
        if twice[row["construct"]] > 1:
            name = f"{name} ({text.name_of(row['role'], None, language).lower()})"
        place = dict(
            name=name,
            items=text.number(row["items"], language, 0),
            n=text.number(row["n"], language, 0),
            alpha=with_interval(
                row, ("alpha", "alpha_low", "alpha_high"), language, text.number, 2
            ),
            omega=text.number(row["omega"], language, 2),
            why=_(_UNKNOWN.get(row["note"], "")) if row["note"] else "",
        )
        if pd.isna(row["alpha"]):
            message = _(
                "{name}: how well its {items} questions go together cannot be known; {why} (n ="
                " {n})."
            )
        elif row["verdict"] == "ok" and pd.notna(row["omega"]):
            message = _(
                "{name}: its {items} questions measure one thing (alpha {alpha}, omega {omega}, n ="
                " {n})."
            )
        elif row["verdict"] == "ok":
            message = (
                _(
                    "{name}: its {items} questions go together (alpha {alpha}, n = {n}); omega is"
                    " not given, because {why}."
                )
                if place["why"]
                else _("{name}: its {items} questions go together (alpha {alpha}, n = {n}).")
            )
        else:
            message = _(
                "{name}: its {items} questions hardly measure one thing (alpha {alpha}, below 0.7,"
                " n = {n}), so what goes with it looks weaker than it is."
            )
        result.append(message.format(**place))
        if row["note"] == "against_the_rest":
            result.append(_("{name}: {why}").format(**place))
    return result


# What a doubtful check means for who reads the ranking. Those about touchpoints name them in
# {items}.
_DOUBTS = {
    "too_few_rows": N_("There are too few answers for so many touchpoints to rank them."),
    "too_few_users": N_("Too few met these touchpoints to rank them: {items}."),
    "repeated": N_(
        "These touchpoints nearly repeat others, and their weight cannot be told from theirs:"
        " {items}."
    ),
    "all_alike": N_("Nearly everybody answers alike, so there is next to nothing to be explained."),
    "all_alike_at": N_("Nearly everybody rates these touchpoints alike: {items}."),
    "many_left_out": N_(
        "More than a tenth of those who answered could not be used ({reasons}): the ranking"
        " describes the others."
    ),
    "few_rows": N_(
        "There are few answers for so many touchpoints: small differences in weight are chance."
    ),
    "few_users": N_("Few met these touchpoints, so their weight is uncertain: {items}."),
    "inflated": N_(
        "These touchpoints go so closely with others that it is uncertain which of them the weight"
        " belongs to: {items}."
    ),
    "near_dependency": N_(
        "Some touchpoints go so closely together that it is uncertain which of them the weight"
        " belongs to."
    ),
    "ceiling": N_(
        "{share} give the highest answer: what sets them apart from one another cannot be seen."
    ),
    "ceiling_at": N_(
        "More than half give these touchpoints the highest rating, so their weight may look smaller"
        " than it is: {items}."
    ),
    "high_leverage": N_("Single answers pull strongly on the result."),
    "uneven_spread": N_("Customers scatter unevenly, which these ranges do not take into account."),
    "not_parallel": N_(
        "These touchpoints count more at one end of the scale of answers than at the other:"
        " {items}."
    ),
    "costly_weights": N_("Weighting costs more than half of the information in the answers."),
    "few_clusters": N_("The answers come from few accounts, so the ranges are rough."),
}


@worded
def say_diagnosis(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """What the checks of the model mean for the ranking: one sentence for each kind of doubt,
    gravest first, or that there is none.

    frame: `diagnose(fit)`. Which check gave which figure stands in the frame; a client reads what
    it means.
    """
    _ = translator(language)
    doubtful = frame[frame["check"] != "rows_left_out"]
    lost = frame[(frame["check"] == "rows_left_out") & (frame["verdict"] != "ok")]
    reasons = [
        f"{text.number(row['statistic'], language, 0)} {text.name_of(row['note'], None, language)}"
        for row in lost.to_dict("records")
    ]
    result = []
    for key, message in _DOUBTS.items():
        named = doubtful["touchpoint"].isin(["", "all_touchpoints"])
        mine = doubtful[
            (doubtful["note"] == key.removesuffix("_at"))
            & (~named if "{items}" in message else named)
        ]
        if len(mine):
            place = dict(
                items=names_of(mine["touchpoint"], language, labels),
                share=text.percent(mine["statistic"].iloc[0], language),
                reasons=text.listing(reasons, language),
            )
            result.append(_(message).format(**place))
    return result or [_("The usual checks of the model raise no doubt about this ranking.")]
