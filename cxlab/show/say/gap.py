"""What the gap models say, in sentences: which form fits and why, what falling short and exceeding
go with, what the gap is worth.

Scores that describe the gap and warn of it are in scores.py.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_, WORDS
from cxlab.show.words.wording import VALUE, Wording, digits_for, side_of

# Two forms whose R² on new data differ by less than this tell a client the same.
NEARLY = 0.02


@worded
def say_gap_forms(_: Wording, frame: pd.DataFrame) -> list[str]:
    """Which form of gap model the data support, what it means, why it and not the runner-up, and
    how the plain gap score fares.

    Where a simpler form predicts new answers nearly as well (within 2 points of R²), its meaning is
    told and the chosen form only named.
    """
    chosen, built_on = _chosen(frame), supported(frame)
    outcome = _.outcome(frame)
    message = WORDS["forms"][built_on["form"]]
    meaning = _(message, outcome=outcome)
    if built_on["form"] != chosen["form"]:
        meaning = _(
            "{meaning} “{chosen}” fits a little better, but predicts new answers hardly better"
            " ({more} against {less} of the differences): do not build on what it adds.",
            meaning=meaning,
            chosen=_.word(chosen["form"]),
            less=_.percent(built_on["r_squared_cv"], 1),
            more=_.percent(chosen["r_squared_cv"], 1),
        )
    gap = frame.loc[frame["form"] == "difference", "r_squared"]
    message = (
        N_(
            "The plain gap score explains {gap} of the differences in “{outcome}”; the form that"
            " fits explains {chosen} (n = {n})."
        )
        if len(gap) and chosen["form"] != "difference"
        else N_("This form explains {chosen} of the differences in “{outcome}” (n = {n}).")
    )
    fares = _(
        message,
        outcome=outcome,
        chosen=_.percent(chosen["r_squared"], 1),
        gap=_.percent(gap.max(), 1),
        n=chosen["n"],
    )
    return [meaning, *_say_why(_, frame, chosen), fares]


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


def _say_why(_: Wording, frame: pd.DataFrame, chosen: Mapping) -> list[str]:
    """By which rule the form was chosen, and what speaks against the runner-up."""
    by_aicc = pd.notna(chosen.get("aicc"))
    column = "aicc" if by_aicc else "r_squared_cv"
    rivals = frame[~frame["chosen"].astype(bool)].dropna(subset=[column])
    if rivals.empty or pd.isna(chosen[column]):
        return []
    rival = rivals.sort_values(column, ascending=by_aicc).iloc[0].to_dict()
    places = dict(
        chosen=_.word(chosen["form"]),
        rival=_.word(rival["form"]),
        count=frame[column].notna().sum(),
        mine=_.percent(chosen["r_squared_cv"], 1),
        other=_.percent(rival["r_squared_cv"], 1),
    )
    if by_aicc:
        places |= {
            "distance": _.number(abs(rival["aicc"] - chosen["aicc"])),
            "weight": _.percent(chosen["aicc_weight"]),
            "against": _against(_, chosen, rival),
        }
    message = {
        (True, True): N_(
            "“{chosen}” is taken because it is the simplest of those that AICc cannot tell"
            " from the best of {count} forms; “{rival}” fits {distance} better by AICc, too"
            " little to pay for its extra terms."
        ),
        (True, False): N_(
            "By AICc “{chosen}” has {weight} of the evidence among {count} forms. “{rival}”"
            " comes next, {distance} behind: {against}."
        ),
        (False, True): N_(
            "“{chosen}” is taken because it is the simplest form that predicts answers not seen"
            " before ({mine} of the differences) no worse, within chance, than the best of {count},"
            " “{rival}” ({other})."
        ),
        (False, False): N_(
            "“{chosen}” predicts answers not seen before best ({mine} of the differences) among"
            " {count} forms; “{rival}” comes next ({other})."
        ),
    }
    better = rival["aicc"] < chosen["aicc"] if by_aicc else rival[column] > chosen[column]
    return [_(message[by_aicc, bool(better)], **places)]


def _against(_: Wording, chosen: Mapping, rival: Mapping) -> str:
    """What speaks against the runner-up: what it leaves out is missed, or its extra terms explain
    too little.
    """
    p = text.p_value(rival.get("p_value"), _.language)
    if rival["df"] > chosen["df"]:
        message = N_(
            "its {terms} extra terms explain {less} instead of {more}, too little for that many"
        )
    elif rival.get("p_value", 1.0) < 0.05:
        message = N_(
            "what it leaves out is missed (p {p}), and it explains {less} instead of {more}"
        )
    else:
        message = N_("it explains {less} instead of {more}")
    return _(
        message,
        terms=rival["df"] - chosen["df"],
        p=p if p.startswith("<") else "= " + p,
        less=_.percent(rival["r_squared"], 1),
        more=_.percent(chosen["r_squared"], 1),
    )


@worded
def say_disconfirmation(
    _: Wording, frame: pd.DataFrame, forms: pd.DataFrame | None = None
) -> list[str]:
    """Three sentences: what a point short of expectation goes with, what a point beyond goes with,
    and how many times the first weighs.

    frame: `disconfirmation(study, …)`. forms: `compare_gap_forms` of the same study, and a fourth
    sentence warns where another form explains more, or where the experience alone tells as much.
    Where the ratio has no end no number is given.
    """
    rows = frame.set_index("term").to_dict("index")
    loss, gain = rows["loss"], rows["gain"]
    digits = digits_for(loss["estimate"], gain["estimate"])
    ends = {"estimate": "estimate", "conf_low": "conf_high", "conf_high": "conf_low"}
    short = {column: -loss[end] for column, end in ends.items()}
    held = "expectation" in rows
    words = [
        _(
            message,
            value=_.ranged(row, VALUE, text.signed, digits),
            outcome=_.name(loss.get("outcome")),
            n=loss["n"],
        )
        for message, row in (
            (MESSAGES["short"][side_of(loss)][held], short),
            (MESSAGES["beyond"][side_of(gain)], gain),
        )
    ]
    warned = [] if forms is None else _say_level(_, forms) if held else _say_rival(_, forms)
    return [*words, _say_ratio(_, rows), *warned]


def _say_ratio(_: Wording, rows: Mapping) -> str:
    ratio, loss = rows["loss_ratio"], side_of(rows["loss"])
    low, high = ratio["conf_low"], ratio["conf_high"]
    if loss < 0 or side_of(rows["gain"]) < 0:
        key = "odd"
    elif pd.isna(low) or pd.isna(high):
        key = "endless" if side_of(rows["asymmetry"]) > 0 and loss > 0 else "unknown"
    else:
        key = "more" if low > 1 else "less" if high < 1 else "open"
    return _(
        MESSAGES["ratio"][key],
        ratio=_.number(ratio["estimate"]),
        low=_.number(low),
        high=_.number(high),
    )


def _say_level(_: Wording, forms: pd.DataFrame) -> list[str]:
    """At the same expectation a point of gap is a point of experience; where that alone counts,
    "short" and "beyond" are only its names.
    """
    if supported(forms)["form"] != "P":
        return []
    return [
        _(
            "So read a point short as a point less of experience, and a point beyond as a point"
            " more."
        )
    ]


def _say_rival(_: Wording, forms: pd.DataFrame) -> list[str]:
    """Slopes of the gap alone take up what belongs to the experience where another form explains
    more.
    """
    chosen = _chosen(forms)
    mine = forms.loc[forms["form"] == "asymmetric", "r_squared_cv"].max()
    if not chosen["r_squared_cv"] - mine > NEARLY:  # also where that form was not fitted
        return []
    return [
        _(
            "These slopes look at the gap alone, which predicts less than “{chosen}” ({less}"
            " against {more} of the differences): a part of them may belong to the level of"
            " experience itself.",
            chosen=_.word(chosen["form"]),
            less=_.percent(mine, 1),
            more=_.percent(chosen["r_squared_cv"], 1),
        )
    ]


@worded
def say_gaps_models(_: Wording, frame: pd.DataFrame, term: str = "a3") -> list[str]:
    """At how many touchpoints a term is beyond chance after Holm's adjustment, which, and which
    touchpoints could not be fitted.

    frame: `fit_gaps(study, …)`. term: "a3" (quadratic: whether expectation or experience is the
    higher), or a term of another form.
    """
    rows = frame[frame["term"] == term]
    if rows.empty:
        raise KeyError(
            f"no term {term!r} in this result: choose one of"
            f" {', '.join(sorted(set(frame['term']) - {''}))}"
        )
    found = rows[rows["p_holm"] < 1 - _.conf_level]
    message = (
        N_(
            "“{term}” is beyond chance at none of {total} touchpoints, adjusted for their number"
            " (Holm)."
        )
        if found.empty
        else N_(
            "“{term}” is beyond chance at {count} of {total} touchpoints, adjusted for their number"
            " (Holm): {items}."
        )
    )
    result = [
        _(
            message,
            term=_.name(term),
            total=len(rows),
            count=len(found),
            items=_.names(found["touchpoint"]),
        )
    ]
    gone = frame.loc[frame["term"] == "", "touchpoint"]
    if len(gone):
        result.append(_("No model could be fitted at {items}.", items=_.names(gone)))
    return result
