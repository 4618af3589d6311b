"""What the gap models say, in sentences: which form fits and why, what falling short and exceeding
go with, what the gap is worth.

The rules are those of sentences.py: one whole message each, made from a result, of association and
never of cause. Scores that describe the gap and warn of it are in score_sentences.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.metrics import with_interval, worded
from cxlab.show.words import text
from cxlab.show.words.text import N_, translator

# Two forms whose R² on new data differ by less than this tell a client the same.
NEARLY = 0.02
_FORM_MEANING = {
    "intercept": N_(
        "Neither expectation nor experience goes with “{outcome}” in a way that these data can"
        " show."
    ),
    "P": N_(
        "What goes with “{outcome}” is the experience alone: once it is known, expectation adds"
        " little or nothing in these data."
    ),
    "E+P": N_(
        "Expectation and experience both go with “{outcome}”, but not as equal opposites: a gap"
        " score, which assumes that they are, would mislead."
    ),
    "difference": N_(
        "The gap itself goes with “{outcome}”: a point less expectation counts as much as a point"
        " more experience."
    ),
    "absolute_difference": N_(
        "What goes with “{outcome}” is how far experience lies from expectation, whichever of the"
        " two is higher."
    ),
    "squared_difference": N_(
        "What goes with “{outcome}” is how far experience lies from expectation, whichever of the"
        " two is higher, and large distances count more than in proportion."
    ),
    "asymmetric": N_(
        "Falling short and exceeding each go with “{outcome}” in their own measure: a point short"
        " does not count the same as a point beyond."
    ),
    "rising_ridge": N_(
        "Two things go with “{outcome}”: the level of expectation and experience together, and how"
        " far they lie apart, whichever of the two is higher."
    ),
    "cubic_asymmetry": N_(
        "What goes with “{outcome}” is how far experience lies from expectation, and the same"
        " distance does not count the same short of it as beyond it."
    ),
    "interaction": N_(
        "What a point of experience goes with in “{outcome}” depends on what was expected; a single"
        " gap score would hide it."
    ),
    "broad_congruence": N_(
        "Two things go with “{outcome}”: how far experience lies from expectation, whichever of the"
        " two is higher, and the level of both, along a curve."
    ),
    "rising_ridge_asymmetry": N_(
        "Two things go with “{outcome}”: the level of expectation and experience together, and how"
        " far they lie apart, which does not count the same short of expectation as beyond it."
    ),
    "quadratic": N_(
        "The relation with “{outcome}” bends: what a point of experience goes with depends on what"
        " was expected and on the level already reached. The map of expectation and experience"
        " shows how; a single gap score would hide it."
    ),
    "cubic": N_(
        "The relation with “{outcome}” bends more than once, in a way that neither a gap score nor"
        " a simple curve describes; the map of expectation and experience smooths it."
    ),
}


@worded
def say_gap_forms(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """Which form of gap model the data support, what it means, why it and not the runner-up, and
    how the plain gap score fares.

    Where a simpler form predicts new answers nearly as well (within 2 points of R²), its meaning is
    told and the chosen form only named.
    """
    _ = translator(language)
    outcome = text.name_of(frame["outcome"].iloc[0], labels, language)
    chosen = frame[frame["chosen"].astype(bool)].iloc[0].to_dict()
    simple = _near_form(frame, chosen)
    message = _FORM_MEANING[(simple or chosen)["form"]]
    meaning = _(message).format(outcome=outcome)
    if simple is None:
        result = [meaning]
    else:
        result = [
            _(
                "{meaning} “{chosen}” fits a little better, but predicts new answers hardly better"
                " ({more} against {less} of the differences): do not build on what it adds."
            ).format(
                meaning=meaning,
                chosen=text.name_of(chosen["form"], None, language),
                less=text.percent(simple["r_squared_cv"], language, 1),
                more=text.percent(chosen["r_squared_cv"], language, 1),
            )
        ]
    result += _say_why(frame, chosen, language)
    gap = frame[frame["form"] == "difference"]
    place = dict(
        outcome=outcome,
        chosen=text.percent(chosen["r_squared"], language, 1),
        n=text.number(chosen["n"], language, 0),
    )
    if len(gap) and chosen["form"] != "difference":
        message = _(
            "The plain gap score explains {gap} of the differences in “{outcome}”; the form that"
            " fits explains {chosen} (n = {n})."
        )
        place["gap"] = text.percent(gap["r_squared"].iloc[0], language, 1)
    else:
        message = _("This form explains {chosen} of the differences in “{outcome}” (n = {n}).")
    return [*result, message.format(**place)]


def _near_form(frame: pd.DataFrame, chosen: Mapping) -> Mapping | None:
    """Where a simpler form predicts new answers as well for any practical purpose, the winner's
    story must not be built on.
    """
    near = frame[
        (frame["df"] < chosen["df"])
        & (frame["r_squared_cv"] > chosen["r_squared_cv"] - NEARLY)
        & (frame["form"] != "intercept")
    ]
    return (
        None
        if near.empty
        else near.sort_values(["df", "r_squared_cv"], ascending=[True, False]).iloc[0].to_dict()
    )


def supported(frame: pd.DataFrame) -> Mapping:
    """The row of the form to build on: the simplest that predicts new answers as well as the chosen
    one for any practical purpose.
    """
    chosen = frame[frame["chosen"].astype(bool)].iloc[0].to_dict()
    return _near_form(frame, chosen) or chosen


def _say_why(frame: pd.DataFrame, chosen: Mapping, language: str) -> list[str]:
    """By which rule the form was chosen, and what speaks against the runner-up."""
    _ = translator(language)
    by_aicc = pd.notna(chosen.get("aicc"))
    column = "aicc" if by_aicc else "r_squared_cv"
    rivals = (
        frame[~frame["chosen"].astype(bool) & frame[column].notna()]
        if column in frame
        else frame.head(0)
    )
    if rivals.empty or pd.isna(chosen[column]):
        return []
    rival = rivals.sort_values(column, ascending=by_aicc).iloc[0].to_dict()
    place = dict(
        chosen=text.name_of(chosen["form"], None, language),
        rival=text.name_of(rival["form"], None, language),
        count=text.number(frame[column].notna().sum(), language, 0),
    )
    if by_aicc:
        place["distance"] = text.number(abs(rival["aicc"] - chosen["aicc"]), language, 1)
        place["weight"] = text.percent(chosen["aicc_weight"], language)
        if rival["aicc"] < chosen["aicc"]:
            return [
                _(
                    "“{chosen}” is taken because it is the simplest of those that AICc cannot tell"
                    " from the best of {count} forms; “{rival}” fits {distance} better by AICc, too"
                    " little to pay for its extra terms."
                ).format(**place)
            ]
        return [
            _(
                "By AICc “{chosen}” has {weight} of the evidence among {count} forms. “{rival}”"
                " comes next, {distance} behind: {against}."
            ).format(**place, against=_against(chosen, rival, language))
        ]
    place |= {
        "mine": text.percent(chosen["r_squared_cv"], language, 1),
        "other": text.percent(rival["r_squared_cv"], language, 1),
    }
    message = (
        _(
            "“{chosen}” is taken because it is the simplest form that predicts answers not seen"
            " before ({mine} of the differences) no worse, within chance, than the best of {count},"
            " “{rival}” ({other})."
        )
        if rival["r_squared_cv"] > chosen["r_squared_cv"]
        else _(
            "“{chosen}” predicts answers not seen before best ({mine} of the differences) among"
            " {count} forms; “{rival}” comes next ({other})."
        )
    )
    return [message.format(**place)]


def _against(chosen: Mapping, rival: Mapping, language: str) -> str:
    """What speaks against the runner-up: what it leaves out is missed, or its extra terms explain
    too little.
    """
    _ = translator(language)
    less, more = (
        text.percent(rival["r_squared"], language, 1),
        text.percent(chosen["r_squared"], language, 1),
    )
    if rival["df"] > chosen["df"]:
        return _(
            "its {terms} extra terms explain {less} instead of {more}, too little for that many"
        ).format(terms=text.number(rival["df"] - chosen["df"], language, 0), less=less, more=more)
    if pd.notna(rival.get("p_value")) and rival["p_value"] < 0.05:
        return _(
            "what it leaves out is missed (p {p}), and it explains {less} instead of {more}"
        ).format(p=_p(rival["p_value"], language), less=less, more=more)
    return _("it explains {less} instead of {more}").format(less=less, more=more)


def _p(value: float, language: str) -> str:
    words = text.p_value(value, language)
    return words if words.startswith("<") else "= " + words


def digits_for(*values: float) -> int:
    """Decimals of a quantity in outcome units: 2, but fewer where the outcome is counted in tens or
    hundreds.
    """
    size = max((abs(value) for value in values if pd.notna(value)), default=0.0)
    return 2 if size < 10 else 1 if size < 100 else 0


_RATIO = {
    "more": N_(
        "Falling short weighs more than exceeding: {ratio} times as much (interval {low} to"
        " {high})."
    ),
    "less": N_(
        "Exceeding weighs more than falling short: a point short has {ratio} times the weight of a"
        " point beyond (interval {low} to {high})."
    ),
    "open": N_(
        "Whether falling short weighs more than exceeding cannot be told: {ratio} times as much,"
        " but the interval runs from {low} to {high}."
    ),
    "endless": N_(
        "A point short weighs more than a point beyond, beyond chance; how many times more has no"
        " upper end, because the weight of a point beyond may be nothing."
    ),
    "unknown": N_(
        "Whether falling short weighs more than exceeding cannot be told: the weight of a point"
        " beyond may be nothing, so their ratio has no end."
    ),
    "odd": N_(
        "How many times one weighs the other has no meaning here, since they do not both count in"
        " the expected direction."
    ),
}


@worded
def say_disconfirmation(
    frame: pd.DataFrame,
    forms: pd.DataFrame | None = None,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """Three sentences: what a point short of expectation goes with, what a point beyond goes with,
    and how many times the first weighs.

    frame: `disconfirmation(study, …)`. forms: `compare_gap_forms` of the same study, and a fourth
    sentence warns where another form explains more, or where the experience alone tells as much.
    Where the ratio has no end no number is given.
    """
    _ = translator(language)
    rows = frame.set_index("term").to_dict("index")
    loss, gain = rows["loss"], rows["gain"]
    outcome = text.name_of(loss.get("outcome"), labels, language)
    digits = digits_for(loss["estimate"], gain["estimate"])
    short = {"estimate": -loss["estimate"], "low": -loss["conf_high"], "high": -loss["conf_low"]}
    place = dict(outcome=outcome, n=text.number(loss["n"], language, 0))
    held = "expectation" in rows
    cost, worth = _SHORT[_side(loss), held], _BEYOND[_side(gain)]
    words = [
        _(cost).format(
            value=with_interval(short, ("estimate", "low", "high"), language, text.signed, digits),
            **place,
        ),
        _(worth).format(
            value=with_interval(
                gain, ("estimate", "conf_low", "conf_high"), language, text.signed, digits
            ),
            **place,
        ),
        _say_ratio(rows, language),
    ]
    if forms is not None:
        words += _say_level(forms, language) if held else _say_rival(forms, language)
    return words


def _side(row: Mapping) -> int:
    return 1 if row["conf_low"] > 0 else -1 if row["conf_high"] < 0 else 0


_SHORT = {
    (1, False): N_(
        "A point short of expectation goes with {value} on the scale of “{outcome}” (n = {n})."
    ),
    (0, False): N_(
        "That falling short goes with a lower “{outcome}” cannot be shown: a point short goes with"
        " {value} (n = {n})."
    ),
    (-1, False): N_(
        "Against what one would think, a point short of expectation goes with {value} on the scale"
        " of “{outcome}” (n = {n})."
    ),
    (1, True): N_(
        "Among customers who expected the same, a point short of expectation goes with {value} on"
        " the scale of “{outcome}” (n = {n})."
    ),
    (0, True): N_(
        "Among customers who expected the same, it cannot be shown that falling short goes with a"
        " lower “{outcome}”: a point short goes with {value} (n = {n})."
    ),
    (-1, True): N_(
        "Against what one would think, among customers who expected the same a point short of"
        " expectation goes with {value} on the scale of “{outcome}” (n = {n})."
    ),
}
_BEYOND = {
    1: N_(
        "Exceeding expectation goes with more: a point beyond goes with {value} on the scale of"
        " “{outcome}”."
    ),
    0: N_(
        "That exceeding expectation goes with a higher “{outcome}” cannot be shown: a point beyond"
        " goes with {value} on its scale."
    ),
    -1: N_(
        "Exceeding expectation goes with less, not more: a point beyond goes with {value} on the"
        " scale of “{outcome}”."
    ),
}


def _say_ratio(rows: Mapping, language: str) -> str:
    _ = translator(language)
    ratio, difference = rows["loss_ratio"], rows["asymmetry"]
    if _side(rows["loss"]) < 0 or _side(rows["gain"]) < 0:
        key = "odd"
    elif pd.isna(ratio["conf_low"]) or pd.isna(ratio["conf_high"]):
        key = "endless" if _side(difference) > 0 and _side(rows["loss"]) > 0 else "unknown"
    else:
        key = "more" if ratio["conf_low"] > 1 else "less" if ratio["conf_high"] < 1 else "open"
    ends = {
        name: text.number(ratio[column], language)
        for name, column in (("ratio", "estimate"), ("low", "conf_low"), ("high", "conf_high"))
    }
    return _(_RATIO[key]).format(**ends)


def _say_level(forms: pd.DataFrame, language: str) -> list[str]:
    """At the same expectation a point of gap is a point of experience; where that alone counts,
    "short" and "beyond" are only its names.
    """
    _ = translator(language)
    if supported(forms)["form"] != "P":
        return []
    return [
        _(
            "So read a point short as a point less of experience, and a point beyond as a point"
            " more."
        )
    ]


def _say_rival(forms: pd.DataFrame, language: str) -> list[str]:
    """Slopes of the gap alone take up what belongs to the experience where another form explains
    more.
    """
    _ = translator(language)
    chosen = forms[forms["chosen"].astype(bool)].iloc[0]
    mine = forms.loc[forms["form"] == "asymmetric", "r_squared_cv"]
    if (
        mine.empty
        or chosen["form"] == "asymmetric"
        or not chosen["r_squared_cv"] - mine.iloc[0] > NEARLY
    ):
        return []
    return [
        _(
            "These slopes look at the gap alone, which predicts less than “{chosen}” ({less}"
            " against {more} of the differences): a part of them may belong to the level of"
            " experience itself."
        ).format(
            chosen=text.name_of(chosen["form"], None, language),
            less=text.percent(mine.iloc[0], language, 1),
            more=text.percent(chosen["r_squared_cv"], language, 1),
        )
    ]


@worded
def say_gaps_models(
    frame: pd.DataFrame,
    term: str = "a3",
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """At how many touchpoints a term is beyond chance after Holm's adjustment, which, and which
    touchpoints could not be fitted.

    frame: `fit_gaps(study, …)`. term: "a3" (quadratic: whether expectation or experience is the
    higher), or a term of another form.
    """
    _ = translator(language)
    rows = frame[frame["term"] == term]
    if rows.empty:
        raise KeyError(
            f"no term {term!r} in this result: choose one of"
            f" {', '.join(sorted(set(frame['term']) - {''}))}"
        )
    found = rows[rows["p_holm"] < 1 - conf_level]
    place = dict(
        term=text.name_of(term, labels, language),
        total=text.number(len(rows), language, 0),
        count=text.number(len(found), language, 0),
        items=text.listing(
            [text.name_of(one, labels, language) for one in found["touchpoint"]], language
        ),
    )
    message = (
        _(
            "“{term}” is beyond chance at none of {total} touchpoints, adjusted for their number"
            " (Holm)."
        )
        if found.empty
        else _(
            "“{term}” is beyond chance at {count} of {total} touchpoints, adjusted for their number"
            " (Holm): {items}."
        )
    )
    result = [message.format(**place)]
    gone = frame[frame["term"] == ""]
    if len(gone):
        names = [text.name_of(one, labels, language) for one in gone["touchpoint"]]
        result.append(
            _("No model could be fitted at {items}.").format(items=text.listing(names, language))
        )
    return result
