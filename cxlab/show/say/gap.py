"""What the gap models say, in sentences: which form fits and why, what falling short and exceeding
go with, what the gap is worth.

Scores that describe the gap and warn of it are in gap_scores.py.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.words.catalogue import MESSAGES, WORDS
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    as_is,
    beside,
    digits_for,
    message,
    number,
    p_value,
    percent,
    ranged,
    side_of,
    signed,
    word,
)

# Two forms whose R² on new data differ by less than this tell a client the same.
NEARLY = 0.02


def say_gap_forms(frame: pd.DataFrame) -> Phrases:
    """Which form of gap model the data support, what it means, why it and not the runner-up, and
    how the plain gap score fares.

    Where a simpler form predicts new answers nearly as well (within 2 points of R²), its meaning is
    told and the chosen form only named.
    """
    chosen, built_on = _chosen(frame), supported(frame)
    outcome = chosen["outcome"]
    meaning = message(WORDS["forms"][built_on["form"]], outcome=outcome)
    if built_on["form"] != chosen["form"]:
        meaning = message(
            "{meaning} “{chosen}” fits a little better, but predicts new answers hardly better"
            " ({more} against {less} of the differences): do not build on what it adds.",
            meaning=meaning,
            chosen=word(chosen["form"]),
            less=_predicted(built_on),
            more=_predicted(chosen),
        )
    yield meaning
    yield from _why(frame, chosen)
    gap = frame.loc[frame["form"] == "difference", "r_squared"]
    yield message(
        MESSAGES["explained"][bool(len(gap) and chosen["form"] != "difference")],
        outcome=outcome,
        chosen=_explained(chosen),
        gap=percent(gap.max(), 1),
        n=chosen["n"],
    )


def _explained(row: Mapping) -> Phrase:
    """What a form explains of the differences between the answers it was fitted to."""
    return percent(row["r_squared"], 1)


def _predicted(row: Mapping) -> Phrase:
    """What a form explains of the differences between answers it has not seen."""
    return percent(row["r_squared_cv"], 1)


def _chosen(frame: pd.DataFrame) -> Mapping:
    """The row of the form that the rule of choice took."""
    return frame[frame["chosen"].astype(bool)].iloc[0].to_dict()


def supported(frame: pd.DataFrame) -> Mapping:
    """The row of the form to build on: the simplest that predicts new answers as well as the chosen
    one for any practical purpose.
    """
    chosen = _chosen(frame)
    near = frame[
        (frame["df"] < chosen["df"])
        & (frame["r_squared_cv"] > chosen["r_squared_cv"] - NEARLY)
        & (frame["form"] != "intercept")
    ]
    if near.empty:
        return chosen
    return near.sort_values(["df", "r_squared_cv"], ascending=[True, False]).iloc[0].to_dict()


def _why(frame: pd.DataFrame, chosen: Mapping) -> Phrases:
    """By which rule the form was chosen, and what speaks against the runner-up."""
    by_aicc = pd.notna(chosen["aicc"])
    column = "aicc" if by_aicc else "r_squared_cv"
    rivals = frame[~frame["chosen"].astype(bool)].dropna(subset=[column])
    if rivals.empty or pd.isna(chosen[column]):
        return
    rival = rivals.sort_values(column, ascending=by_aicc).iloc[0].to_dict()
    behind = rival[column] - chosen[column]
    yield message(
        MESSAGES["why"][column][bool(behind < 0 if by_aicc else behind > 0)],
        chosen=word(chosen["form"]),
        rival=word(rival["form"]),
        count=frame[column].count(),
        mine=_predicted(chosen),
        other=_predicted(rival),
        distance=number(abs(behind)),
        weight=percent(chosen["aicc_weight"]),
        against=_against(chosen, rival),
    )


def _against(chosen: Mapping, rival: Mapping) -> Phrase:
    """What speaks against the runner-up: what it leaves out is missed, or its extra terms explain
    too little.
    """
    terms, p = rival["df"] - chosen["df"], rival["p_value"]
    return message(
        MESSAGES["against"]["extra" if terms > 0 else "missed" if p < 0.05 else "plain"],
        terms=terms,
        p=p_value(p) if p < 0.001 else beside(as_is("="), p_value(p)),
        less=_explained(rival),
        more=_explained(chosen),
    )


def say_disconfirmation(frame: pd.DataFrame, *, forms: pd.DataFrame | None = None) -> Phrases:
    """Three sentences: what a point short of expectation goes with, what a point beyond goes with,
    and how many times the first weighs.

    forms: `compare_gap_forms` of the same study, and a fourth sentence warns where another form
    explains more, or where the experience alone tells as much. Where the ratio has no end no number
    is given.
    """
    rows = frame.set_index("term").to_dict("index")
    loss, gain, held = rows["loss"], rows["gain"], "expectation" in rows
    digits = digits_for(loss["estimate"], gain["estimate"])
    about = {"outcome": loss.get("outcome"), "n": loss["n"]}
    turned = ("estimate", "conf_high", "conf_low")
    short = ranged(loss, turned, lambda x, digits: signed(-x, digits), digits)
    yield message(MESSAGES["short"][side_of(loss)][held], value=short, **about)
    beyond = ranged(gain, digits=digits)
    yield message(MESSAGES["beyond"][side_of(gain)], value=beyond, **about)
    yield _ratio(rows)
    if forms is not None:
        yield from _level(forms) if held else _rival(forms)


def _ratio(rows: Mapping) -> Phrase:
    ratio, loss = rows["loss_ratio"], side_of(rows["loss"])
    low, high = ratio["conf_low"], ratio["conf_high"]
    if loss < 0 or side_of(rows["gain"]) < 0:
        key = "odd"
    elif pd.isna(low) or pd.isna(high):
        key = "endless" if side_of(rows["asymmetry"]) > 0 and loss > 0 else "unknown"
    else:
        key = "more" if low > 1 else "less" if high < 1 else "open"
    return message(
        MESSAGES["ratio"][key], ratio=number(ratio["estimate"]), low=number(low), high=number(high)
    )


def _level(forms: pd.DataFrame) -> Phrases:
    """At the same expectation a point of gap is a point of experience; where that alone counts,
    "short" and "beyond" are only its names.
    """
    if supported(forms)["form"] == "P":
        yield message(
            "So read a point short as a point less of experience, and a point beyond as a point"
            " more."
        )


def _rival(forms: pd.DataFrame) -> Phrases:
    """Slopes of the gap alone take up what belongs to the experience where another form explains
    more.
    """
    chosen = _chosen(forms)
    mine = forms.loc[forms["form"] == "asymmetric", "r_squared_cv"].max()
    # No number is above one that is missing: without that form, nothing is said.
    if chosen["r_squared_cv"] - mine > NEARLY:
        yield message(
            "These slopes look at the gap alone, which predicts less than “{chosen}” ({less}"
            " against {more} of the differences): a part of them may belong to the level of"
            " experience itself.",
            chosen=word(chosen["form"]),
            less=percent(mine, 1),
            more=_predicted(chosen),
        )


def say_gaps_models(frame: pd.DataFrame, *, term: str = "a3", conf_level: float = 0.95) -> Phrases:
    """At how many touchpoints a term is beyond chance after Holm's adjustment, which, and which
    touchpoints could not be fitted.

    term: "a3" (quadratic: whether expectation or experience is the higher), or a term of another
    form. Raises KeyError for a term that the result has not.
    """
    rows = frame[frame["term"] == term]
    if rows.empty:
        raise KeyError(
            f"no term {term!r} in this result: choose one of"
            f" {', '.join(sorted(set(frame['term']) - {''}))}"
        )
    found = rows.loc[rows["p_holm"] < 1 - conf_level, "touchpoint"]
    yield message(
        MESSAGES["term"][found.empty],
        term=term,
        total=len(rows),
        count=len(found),
        items=found,
    )
    gone = frame.loc[frame["term"] == "", "touchpoint"]
    if len(gone):
        yield message("No model could be fitted at {items}.", items=gone)
