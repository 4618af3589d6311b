"""What the models say, in sentences: which form of gap fits, the surface, drivers, priorities.

The rules are those of sentences.py: one whole message each, made from a result, of association and never of cause.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show import text
from cxlab.show.sentences import percent_style, say_changes, say_experience, say_gaps, say_metrics, with_interval, worded
from cxlab.show.tables import Refusal
from cxlab.show.text import N_, translator

# Two forms whose R² on new data differ by less than this tell a client the same.
NEARLY = 0.02
_FORM_MEANING = {
    "intercept": N_("Neither expectation nor experience goes with “{outcome}” in a way that these data can show."),
    "P": N_("What goes with “{outcome}” is the experience alone: once it is known, expectation adds nothing that these data can show."),
    "E+P": N_(
        "Expectation and experience both go with “{outcome}”, but not as equal opposites: a gap score, which assumes that they are, would mislead."
    ),
    "difference": N_(
        "The gap itself goes with “{outcome}”: a point less expectation counts as much as a point more experience."
    ),
    "quadratic": N_(
        "The relation with “{outcome}” bends: what a point of experience goes with depends on what was expected and on the level already reached. "
        "The map of expectation and experience shows how; a single gap score would hide it."
    ),
}


@worded
def say_gap_forms(frame: pd.DataFrame, *, language: str = "en", labels: Mapping | None = None, conf_level: float = 0.95) -> list[str]:
    """Which form of gap model the data support, what it means, and how the plain gap score fares beside it."""
    _ = translator(language)
    outcome = text.name_of(frame["outcome"].iloc[0], labels, language)
    chosen = frame[frame["chosen"].astype(bool)].iloc[0].to_dict()
    result = [_say_near_form(frame, chosen, outcome, language) or _(_FORM_MEANING.get(chosen["form"], _FORM_MEANING["E+P"])).format(outcome=outcome)]
    gap = frame[frame["form"] == "difference"]
    if len(gap) and chosen["form"] != "difference":
        gap = gap.iloc[0].to_dict()
        result.append(
            _("The plain gap score explains {gap} of the differences in “{outcome}”; the form that fits explains {chosen} (n = {n}).").format(
                gap=text.percent(gap["r_squared"], language, 1),
                chosen=text.percent(chosen["r_squared"], language, 1),
                outcome=outcome,
                n=text.number(chosen["n"], language, 0),
            )
        )
    else:
        result.append(
            _("This form explains {chosen} of the differences in “{outcome}” (n = {n}).").format(
                chosen=text.percent(chosen["r_squared"], language, 1), outcome=outcome, n=text.number(chosen["n"], language, 0)
            )
        )
    return result


def _say_near_form(frame: pd.DataFrame, chosen: Mapping, outcome: str, language: str) -> str:
    """Where a simpler form predicts new answers as well for any practical purpose, the winner's story must not be built on."""
    _ = translator(language)
    near = frame[(frame["df"] < chosen["df"]) & (frame["r_squared_cv"] > chosen["r_squared_cv"] - NEARLY) & (frame["form"] != "intercept")]
    if near.empty:
        return ""
    simple = near.sort_values(["df", "r_squared_cv"], ascending=[True, False]).iloc[0]
    return _(
        "“{chosen}” fits “{outcome}” best, but “{simple}” predicts new answers nearly as well ({less} against {more} of the differences): do not build on what sets them apart."
    ).format(
        chosen=text.name_of(chosen["form"], None, language), simple=text.name_of(simple["form"], None, language), outcome=outcome,
        less=text.percent(simple["r_squared_cv"], language, 1), more=text.percent(chosen["r_squared_cv"], language, 1),
    )  # fmt: skip


@worded
def say_surface(frame: pd.DataFrame, *, language: str = "en", labels: Mapping | None = None, conf_level: float = 0.95) -> list[str]:
    """The slopes and curves of the response surface in words: a1 and a2 where both rise together, a3 and a4 where they part."""
    _ = translator(language)
    rows = frame.set_index("term").to_dict("index")

    def known(term: str) -> str:
        return with_interval(rows[term], ("estimate", "conf_low", "conf_high"), language, text.signed, 2)

    def side(term: str) -> int:
        return 1 if rows[term]["conf_low"] > 0 else -1 if rows[term]["conf_high"] < 0 else 0

    said = {
        "a1": {
            1: _("Where expectation and experience rise together, the outcome rises too (a1 = {value})."),
            -1: _("Where expectation and experience rise together, the outcome falls (a1 = {value})."),
            0: _("Where expectation and experience rise together, no clear slope is seen (a1 = {value})."),
        },
        "a3": {
            1: _("Where expectation exceeds experience, the outcome is higher (a3 = {value})."),
            -1: _("Where experience falls below expectation, the outcome is lower; where it exceeds it, higher (a3 = {value})."),
            0: _("Whether expectation or experience is the higher makes no clear difference to the outcome (a3 = {value})."),
        },
        "a4": {
            1: _("The outcome bends upwards away from the line where the two agree (a4 = {value})."),
            -1: _("The outcome falls off on both sides of a ridge, the further expectation and experience are apart (a4 = {value})."),
            0: _("No clear bend is seen as expectation and experience part (a4 = {value})."),
        },
    }
    return [said[term][side(term)].format(value=known(term)) for term in said if term in rows and pd.notna(rows[term]["estimate"])]


def describe_grid(grid: pd.DataFrame, language: str = "en", labels: Mapping | None = None) -> str:
    """The response surface for a reader who cannot see it: where the expected outcome is highest and lowest, among pairs with data."""
    _ = translator(language)
    seen = grid[grid["supported"].astype(bool)]
    if seen.empty:
        return _("No pair of ratings has enough respondents near it to draw the surface.")
    top, low = seen.loc[seen["estimate"].idxmax()], seen.loc[seen["estimate"].idxmin()]
    return _(
        "Map of “{outcome}” expected for each pair of ratings. Highest, {top}, at expectation {top_e} and experience {top_p}; lowest, {low}, at "
        "expectation {low_e} and experience {low_p}. Drawn only where respondents are."
    ).format(
        outcome=text.name_of(grid["outcome"].iloc[0], labels, language),
        top=text.number(top["estimate"], language),
        top_e=text.number(top["expectation"], language),
        top_p=text.number(top["experience"], language),
        low=text.number(low["estimate"], language),
        low_e=text.number(low["expectation"], language),
        low_p=text.number(low["experience"], language),
    )


def with_ranges(shares: pd.DataFrame) -> pd.DataFrame:
    """Shares with their interval columns, NaN where no bootstrap was drawn (n_boot=0)."""
    gone = [one for one in ("relative_low", "relative_high", "rank_low", "rank_high") if one not in shares]
    return shares.assign(**dict.fromkeys(gone, float("nan")))


def say_by_stage(study, refusal: Refusal | None = None, *, language: str = "en") -> list[str]:
    """Why drivers are shown by stage: more touchpoints than can be weighed exactly, or too few answers to tell them apart.

    refusal: what `importance` or `fit_loyalty` gave for the single touchpoints; one that counts `drivers` was about their number.
    """
    _ = translator(language)
    if refusal is not None and "drivers" not in refusal.error.values:
        return [
            _("The answers of {n} respondents cannot tell {count} touchpoints apart; here they are taken together, stage by stage.").format(
                n=text.number(study.n, language, 0), count=text.number(len(study.touchpoints), language, 0)
            )
        ]
    return [
        _("This study has {count} touchpoints, more than can be weighed one by one with their uncertainty; here they are taken together, stage by stage.").format(
            count=text.number(len(study.touchpoints), language, 0)
        )
    ]


@worded
def say_drivers(shares: pd.DataFrame, top: int = 3, *, language: str = "en", labels: Mapping | None = None, conf_level: float = 0.95) -> list[str]:
    """The first `top` touchpoints by their part of the explained variance, with interval, rank range and direction."""
    _ = translator(language)
    result, shares = [], with_ranges(shares)
    total = float(shares["share"].sum())
    result.append(
        _("All touchpoints together explain {total} of the differences between customers (n = {n}).").format(
            total=text.percent(total, language), n=text.number(shares["n"].max(), language, 0)
        )
    )
    ordered = shares.sort_values("rank")
    for row in ordered.head(top).to_dict("records"):
        place = dict(
            touchpoint=text.name_of(row["touchpoint"], labels, language),
            share=with_interval(row, ("share_relative", "relative_low", "relative_high"), language, percent_style, 0),
            low=text.number(row["rank_low"], language, 0),
            high=text.number(row["rank_high"], language, 0),
            slope=with_interval(row, ("slope", "slope_low", "slope_high"), language, text.signed, 2),
        )
        if row["sign"] == "?":
            message = _("{touchpoint}: {share} of what is explained; the direction is not clear in these data.")
        elif pd.isna(row["rank_low"]) or row["rank_low"] == row["rank_high"]:
            message = _("{touchpoint}: {share} of what is explained; a point better goes with {slope} in the outcome.")
        else:
            message = _(
                "{touchpoint}: {share} of what is explained, rank {low} to {high} in new samples; a point better goes with {slope} in the outcome."
            )
        result.append(message.format(**place))
    return result


@worded
def say_priorities(frame: pd.DataFrame, only_clear: bool = False, *, language: str = "en", labels: Mapping | None = None, conf_level: float = 0.95) -> list[str]:
    """What to fix first and what to keep up; whether the intervals allow to be sure.

    only_clear: leave the doubtful ones out where there are others of which one can be sure. Without a column priority, a count.
    """
    _ = translator(language)
    if "priority" not in frame:
        return [_("Importance and experience of {count} touchpoints.").format(count=text.number(len(frame), language, 0))]
    result = []
    for priority, sure, unsure in (
        (
            "fix_first",
            N_("Fix first: {items}. Each weighs more than an equal part and is experienced as weaker than the average touchpoint, beyond chance."),
            N_("Look at first, though chance could have put them there: {items}."),
        ),
        (
            "keep_up",
            N_("Keep up: {items}. Each weighs more than an equal part and is experienced as stronger than the average touchpoint, beyond chance."),
            N_("Probably strengths to keep, though chance could have put them there: {items}."),
        ),
    ):
        mine = frame[frame["priority"] == priority].sort_values("share_relative", ascending=False)
        clear = mine["clear"].astype(bool)
        for message, rows in ((sure, mine[clear]), (unsure, mine[~clear])):
            if len(rows) and not (only_clear and message is unsure and clear.any()):
                names = [text.name_of(one, labels, language) for one in rows["touchpoint"]]
                result.append(_(message).format(items=text.listing(names, language)))
    if not (frame["priority"] == "fix_first").any():
        result.append(_("No touchpoint both weighs much and is experienced as weak."))
    return result


def describe_priorities(frame: pd.DataFrame, language: str = "en", labels: Mapping | None = None) -> list[str]:
    """Weight and experience of every touchpoint, for a reader who cannot see the figure."""
    _ = translator(language)
    return [
        _("{touchpoint}: {share} of what is explained, experience {experience}.").format(
            touchpoint=text.name_of(row["touchpoint"], labels, language),
            share=text.percent(row["share_relative"], language),
            experience=text.number(row["experience"], language),
        )
        for row in frame.sort_values("share_relative", ascending=False).to_dict("records")
    ]


def say_bottom_line(
    metrics=None, gaps=None, forms=None, shares=None, priorities=None, changes=None, *, language: str = "en", labels: Mapping | None = None, conf_level: float = 0.95
) -> list[str]:
    """The few sentences that a director reads: headline figure, gaps, whether they matter, the first driver, what to do first.

    Each argument is the result of the same name, or a Refusal (left out here: its own section gives the reason), or None.
    """
    words = dict(language=language, labels=labels, conf_level=conf_level)
    result: list[str] = []
    if isinstance(metrics, pd.DataFrame):
        result += say_metrics(metrics.iloc[[0]], **words)
    if isinstance(changes, pd.DataFrame):
        result += say_changes(changes, **words)
    if isinstance(gaps, pd.DataFrame):
        result += say_gaps(gaps, **words) if "estimate" in gaps else say_experience(gaps, **words)
    if isinstance(forms, pd.DataFrame):
        result += say_gap_forms(forms, **words)[:1]
    if isinstance(shares, pd.DataFrame):
        result += _say_first_driver(shares, **words)
    if isinstance(priorities, pd.DataFrame):
        result += say_priorities(priorities, only_clear=True, **words)
    return result


def _say_first_driver(shares: pd.DataFrame, *, language: str, labels: Mapping | None, conf_level: float) -> list[str]:
    _ = translator(language)
    row = with_ranges(shares).sort_values("rank").iloc[0].to_dict()
    if row["sign"] == "?":
        total = text.percent(float(shares["share"].sum()), language)
        return [_("No single touchpoint stands out; all together they explain {total} of the differences between customers.").format(total=total)]
    place = dict(
        touchpoint=text.name_of(row["touchpoint"], labels, language),
        share=with_interval(row, ("share_relative", "relative_low", "relative_high"), language, percent_style, 0),
    )
    sure = pd.notna(row["rank_high"]) and row["rank_high"] == 1
    message = (
        _("{touchpoint} is the touchpoint most strongly associated with the outcome: {share} of what is explained.")
        if sure
        else _("{touchpoint} comes first among the touchpoints associated with the outcome ({share} of what is explained), though its rank is not certain.")
    )
    return [message.format(**place)]


_COVARIANCE = {
    "HC3": N_("HC3, which do not assume equal spread"),
    "clustered": N_("clustered by account"),
    "linearised": N_("linearised for the weights"),
    "classical": N_("classical"),
}


@worded
def say_method(glance: pd.DataFrame, *, language: str = "en", labels: Mapping | None = None, conf_level: float = 0.95) -> list[str]:
    """How the driver model was fitted: outcome, rows, errors, and what was done with touchpoints never used.

    glance: `fit.glance()`.
    """
    _ = translator(language)
    row = glance.iloc[0]
    kind = str(row["covariance"])
    result = [
        _("“{outcome}” is explained by the experience at all touchpoints at once, by least squares on {n} answers (standard errors {covariance}).").format(
            outcome=text.name_of(row["outcome"], labels, language),
            n=text.number(row["n"], language, 0),
            covariance=_(_COVARIANCE[kind]) if kind in _COVARIANCE else kind,
        )
    ]
    if row["missing"] == "usage":
        result.append(_("Who never used a touchpoint stays in: its rating counts only among those who used it."))
    else:
        result.append(_("Only answers that rate every touchpoint could be used."))
    return result
