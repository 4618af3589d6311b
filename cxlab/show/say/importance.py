"""What the driver models say, in sentences: drivers, priorities, and the bottom line of a report.

The rules are those of sentences.py: one whole message each, made from a result, of association and
never of cause.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show.page.refusals import Refusal
from cxlab.show.say.gap import say_gap_forms
from cxlab.show.say.loyalty import say_one_effect
from cxlab.show.say.metrics import (
    percent_style,
    say_changes,
    say_experience,
    say_gaps,
    say_metrics,
    with_interval,
    worded,
)
from cxlab.show.words import text
from cxlab.show.words.text import N_, translator

# Below this share of new samples a touchpoint is not worth naming as one that might be among the
# first three.
POSSIBLE = 0.1


def with_ranges(shares: pd.DataFrame) -> pd.DataFrame:
    """Shares with their interval columns, NaN where no bootstrap was drawn (n_boot=0)."""
    gone = [
        one
        for one in ("relative_low", "relative_high", "rank_low", "rank_high")
        if one not in shares
    ]
    return shares.assign(**dict.fromkeys(gone, float("nan")))


def say_by_stage(study, refusal: Refusal | None = None, *, language: str = "en") -> list[str]:
    """Why drivers are shown by stage: more touchpoints than can be weighed exactly, or too few
    answers to tell them apart.

    refusal: what `importance` or `fit_loyalty` gave for the single touchpoints; one that counts
    `drivers` was about their number.
    """
    _ = translator(language)
    if refusal is not None and "drivers" not in refusal.error.values:
        return [
            _(
                "The answers of {n} respondents cannot tell {count} touchpoints apart; here they"
                " are taken together, stage by stage."
            ).format(
                n=text.number(study.n, language, 0),
                count=text.number(len(study.touchpoints), language, 0),
            )
        ]
    return [
        _(
            "This study has {count} touchpoints, more than can be weighed one by one with their"
            " uncertainty; here they are taken together, stage by stage."
        ).format(count=text.number(len(study.touchpoints), language, 0))
    ]


@worded
def say_drivers(
    shares: pd.DataFrame,
    top: int = 3,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """The first `top` touchpoints by their part of what is explained, with interval, rank in new
    samples, and a warning where the direction is odd.

    shares: `importance(fit)`. Without a bootstrap the slope stands in place of the rank's range.
    How large an effect is, `say_effects` tells.
    """
    _ = translator(language)
    shares = with_ranges(shares)
    n, total = (
        text.number(shares["n"].max(), language, 0),
        text.percent(float(shares["share"].sum()), language),
    )
    divided = method_of(shares) in DIVIDING
    if not divided:
        result = [
            _(
                "{method}: parts of their sum, which is not what the touchpoints explain together"
                " (n = {n})."
            ).format(method=text.name_of(method_of(shares), None, language), n=n)
        ]
    elif adds_up(shares):
        result = [
            _(
                "All touchpoints together explain {total} of the differences between customers (n ="
                " {n})."
            ).format(total=total, n=n)
        ]
    else:
        result = [
            _(
                "All touchpoints together reach a McFadden R² of {total}, which is no share of the"
                " differences between customers (n = {n})."
            ).format(total=total, n=n)
        ]
    for row in shares.sort_values("rank").head(top).to_dict("records"):
        ranks = (
            [text.number(row[one], language, 0) for one in ("rank_low", "rank_high")]
            if pd.notna(row["rank_low"])
            else []
        )
        place = dict(
            touchpoint=text.name_of(row["touchpoint"], labels, language),
            share=with_interval(
                row, ("share_relative", "relative_low", "relative_high"), language, percent_style, 0
            ),
            ranks=text.interval_words(list(dict.fromkeys(ranks)), language) if ranks else "",
            slope=with_interval(
                row, ("slope", "slope_low", "slope_high"), language, text.signed, 2
            ),
        )
        whole = "explained" if divided else "sum"
        result.append(
            _(
                _DRIVER[whole, "?" if row["sign"] == "?" else "bare" if not ranks else row["sign"]]
            ).format(**place)
        )
    return result


# Methods whose parts divide what is explained; the others' need not add up to it.
DIVIDING = ("lmg", "johnson", "pratt")
_DRIVER = {
    ("explained", "?"): N_(
        "{touchpoint}: {share} of what is explained; the direction is not clear in these data."
    ),
    ("explained", "bare"): N_(
        "{touchpoint}: {share} of what is explained; a point better goes with {slope} in the"
        " outcome."
    ),
    ("explained", "+"): N_(
        "{touchpoint}: {share} of what is explained; in new samples of customers its rank would be"
        " {ranks}."
    ),
    ("explained", "-"): N_(
        "{touchpoint}: {share} of what is explained, but better ratings go with a lower outcome:"
        " look into why."
    ),
    ("sum", "?"): N_("{touchpoint}: {share} of the sum; the direction is not clear in these data."),
    ("sum", "bare"): N_(
        "{touchpoint}: {share} of the sum; a point better goes with {slope} in the outcome."
    ),
    ("sum", "+"): N_(
        "{touchpoint}: {share} of the sum; in new samples of customers its rank would be {ranks}."
    ),
    ("sum", "-"): N_(
        "{touchpoint}: {share} of the sum, but better ratings go with a lower outcome: look into"
        " why."
    ),
}


def method_of(shares: pd.DataFrame) -> str:
    """The method by which weight was counted."""
    return str(shares["method"].iloc[0]) if "method" in shares else "lmg"


def adds_up(shares: pd.DataFrame) -> bool:
    """Whether the shares are parts of R², the share of the outcome's variance that is explained
    (and not of McFadden's R²).
    """
    return "model" not in shares or shares["model"].iloc[0] not in ("ordinal", "binary")


@worded
def say_ranks(
    shares: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """Which touchpoints would be among the first three in nearly every new sample of customers, and
    which might be.

    shares: `importance(fit, n_boot=…)`. With three touchpoints or fewer, or without a bootstrap,
    there is nothing to say.
    """
    if "p_top3" not in shares or shares["p_top3"].isna().all() or len(shares) <= 3:
        return []
    _ = translator(language)
    ordered = shares.sort_values(["p_top3", "rank"], ascending=[False, True])
    sure, perhaps = (
        ordered[ordered["p_top3"] >= conf_level],
        ordered[(ordered["p_top3"] < conf_level) & (ordered["p_top3"] >= POSSIBLE)],
    )
    name = lambda row: text.name_of(row["touchpoint"], labels, language)  # noqa: E731
    result = []
    if len(sure):
        message = _(
            "In new samples of customers these would be among the first three at least {level} of"
            " the time: {items}."
        )
        result.append(
            message.format(
                level=text.percent(conf_level, language),
                items=text.listing([name(row) for row in sure.to_dict("records")], language),
            )
        )
    else:
        result.append(
            _(
                "No touchpoint is surely among the first three: in new samples of customers the"
                " places could change."
            )
        )
    if len(perhaps):
        items = [
            f"{name(row)} ({text.percent(row['p_top3'], language)})"
            for row in perhaps.to_dict("records")
        ]
        result.append(
            _("These may or may not be among the first three: {items}.").format(
                items=text.listing(items, language)
            )
        )
    return result


def describe_ranks(
    shares: pd.DataFrame, language: str = "en", labels: Mapping | None = None
) -> list[str]:
    """The rank of every touchpoint and where it would lie in new samples, for a reader who cannot
    see the figure.
    """
    _ = translator(language)
    result = []
    for row in with_ranges(shares).sort_values("rank").to_dict("records"):
        place = {
            one: text.number(row[one], language, 0) for one in ("rank", "rank_low", "rank_high")
        } | {"touchpoint": text.name_of(row["touchpoint"], labels, language)}
        bare = pd.isna(row["rank_low"])
        message = (
            _("{touchpoint}: rank {rank}.")
            if bare
            else _("{touchpoint}: rank {rank}, in new samples {rank_low} to {rank_high}.")
        )
        result.append(message.format(**place))
    return result


@worded
def say_priorities(
    frame: pd.DataFrame,
    only_clear: bool = False,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """What to fix first and what to keep up; whether the intervals allow to be sure.

    only_clear: leave the doubtful ones out where there are others of which one can be sure. Without
    a column priority, a count.
    """
    _ = translator(language)
    if "priority" not in frame:
        return [
            _("Importance and experience of {count} touchpoints.").format(
                count=text.number(len(frame), language, 0)
            )
        ]
    result = []
    for priority, sure, unsure in (
        (
            "fix_first",
            N_(
                "Fix first: {items}. Weight above an equal part, experience below the average"
                " touchpoint, beyond chance."
            ),
            N_("Look at first, though chance could have put them there: {items}."),
        ),
        (
            "keep_up",
            N_(
                "Keep up: {items}. Weight above an equal part, experience above the average"
                " touchpoint, beyond chance."
            ),
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


def describe_priorities(
    frame: pd.DataFrame, language: str = "en", labels: Mapping | None = None
) -> list[str]:
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
    metrics=None,
    gaps=None,
    forms=None,
    shares=None,
    priorities=None,
    changes=None,
    effects=None,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """The few sentences that a director reads: headline figure, gaps, whether they matter, the
    first driver and its size, what to do first.

    Each argument is the result of the same name, or a Refusal (left out here: its own section gives
    the reason), or None.
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
        result += _say_first_driver(
            shares, effects if isinstance(effects, pd.DataFrame) else None, **words
        )
    if isinstance(priorities, pd.DataFrame):
        result += say_priorities(priorities, only_clear=True, **words)
    return [str(one) for one in result]  # their tables belong to the sections that tell the same


def _say_first_driver(
    shares: pd.DataFrame,
    effects: pd.DataFrame | None,
    *,
    language: str,
    labels: Mapping | None,
    conf_level: float,
) -> list[str]:
    _ = translator(language)
    row = with_ranges(shares).sort_values("rank").iloc[0].to_dict()
    if row["sign"] == "?":
        total = text.percent(float(shares["share"].sum()), language)
        return [
            _(
                "No single touchpoint stands out; all together they explain {total} of the"
                " differences between customers."
            ).format(total=total)
        ]
    place = dict(
        touchpoint=text.name_of(row["touchpoint"], labels, language),
        share=with_interval(
            row, ("share_relative", "relative_low", "relative_high"), language, percent_style, 0
        ),
    )
    sure = pd.notna(row["rank_high"]) and row["rank_high"] == 1
    message = (
        _(
            "{touchpoint} is the touchpoint most strongly associated with the outcome: {share} of"
            " what is explained."
        )
        if sure
        else _(
            "{touchpoint} comes first among the touchpoints associated with the outcome ({share} of"
            " what is explained), though its rank is not certain."
        )
    )
    return [
        " ".join(
            [
                message.format(**place),
                *(
                    ()
                    if effects is None
                    else say_one_effect(
                        effects,
                        row["touchpoint"],
                        language=language,
                        labels=labels,
                        conf_level=conf_level,
                    )
                ),
            ]
        )
    ]


_HC3 = N_("HC3, which do not assume equal spread")
_FAMILY = {
    "ols": N_(
        "“{outcome}” is explained by the experience at all touchpoints at once, by least squares on"
        " {n} answers (standard errors {covariance})."
    ),
    "ordinal": N_(
        "“{outcome}” is explained by the experience at all touchpoints at once, by a model of its"
        " ordered answers on {n} answers (standard errors {covariance})."
    ),
    "binary": N_(
        "“{outcome}”, yes or no, is explained by the experience at all touchpoints at once, by"
        " logistic regression on {n} answers (standard errors {covariance})."
    ),
    "mixed": N_(
        "“{outcome}” is explained by the experience at all touchpoints at once, with a level of its"
        " own for each account, on {n} answers (standard errors {covariance})."
    ),
}
_TREATMENT = {
    "listwise": N_("Only answers that rate every touchpoint could be used."),
    "usage": N_(
        "Who never used a touchpoint stays in: its rating counts only among those who used it."
    ),
    "mice": N_(
        "Ratings that were refused are estimated many times over, so that the ranges know what is"
        " not known; who never used a touchpoint stays in."
    ),
}


@worded
def say_method(
    glance: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """How the driver model was fitted: outcome, family, rows, errors, and what was done with
    touchpoints never used.

    glance: `fit.glance()`.
    """
    _ = translator(language)
    row = glance.iloc[0]
    kind, family = str(row["covariance"]), str(row["model"]).removeprefix("loyalty: ").split()[0]
    message, treatment = _FAMILY[family], _TREATMENT[row["missing"]]
    return [
        _(message).format(
            outcome=text.name_of(row["outcome"], labels, language),
            n=text.number(row["n"], language, 0),
            covariance=_(_HC3) if kind == "HC3" else text.name_of(kind, None, language),
        ),
        _(treatment),
    ]
