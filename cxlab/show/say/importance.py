"""What the driver models say, in sentences: which touchpoints go with the outcome, how surely each
has its rank, and where to begin.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.page.refusals import Refusal
from cxlab.show.say.behind import worded
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import Wording

# Below this share of new samples a touchpoint is not worth naming as one that might be among the
# first three.
POSSIBLE = 0.1
# The part of what is explained, with its interval.
PART = ("share_relative", "relative_low", "relative_high")


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
    message = (
        N_(
            "This study has {count} touchpoints, more than can be weighed one by one with their"
            " uncertainty; here they are taken together, stage by stage."
        )
        if refusal is None or "drivers" in refusal.error.values
        else N_(
            "The answers of {n} respondents cannot tell {count} touchpoints apart; here they"
            " are taken together, stage by stage."
        )
    )
    return [Wording(language)(message, n=study.n, count=len(study.touchpoints))]


# Methods whose parts divide what is explained; the others' need not add up to it.
DIVIDING = ("lmg", "johnson", "pratt")


def method_of(shares: pd.DataFrame) -> str:
    """The method by which weight was counted."""
    return str(shares["method"].iloc[0]) if "method" in shares else "lmg"


def adds_up(shares: pd.DataFrame) -> bool:
    """Whether the shares are parts of R², the share of the outcome's variance that is explained
    (and not of McFadden's R²).
    """
    return "model" not in shares or shares["model"].iloc[0] not in ("ordinal", "binary")


@worded
def say_drivers(_: Wording, shares: pd.DataFrame, top: int = 3) -> list[str]:
    """The first `top` touchpoints by their part of what is explained, with interval, rank in new
    samples, and a warning where the direction is odd.

    shares: `importance(fit)`. Without a bootstrap the slope stands in place of the rank's range.
    How large an effect is, `say_effects` tells.
    """
    shares = with_ranges(shares)
    method = method_of(shares)
    whole = "explained" if method in DIVIDING else "sum"
    if whole == "sum":
        opening = N_(
            "{method}: parts of their sum, which is not what the touchpoints explain together"
            " (n = {n})."
        )
    elif adds_up(shares):
        opening = N_(
            "All touchpoints together explain {total} of the differences between customers (n ="
            " {n})."
        )
    else:
        opening = N_(
            "All touchpoints together reach a McFadden R² of {total}, which is no share of the"
            " differences between customers (n = {n})."
        )
    total = _.percent(shares["share"].sum())
    result = [_(opening, method=_.word(method), n=shares["n"].max(), total=total)]
    for row in shares.sort_values("rank").head(top).to_dict("records"):
        bare = pd.isna(row["rank_low"]) and row["sign"] != "?"
        ends = dict.fromkeys(_.number(row[one], 0) for one in ("rank_low", "rank_high"))
        result.append(
            _(
                MESSAGES["driver"][whole]["bare" if bare else row["sign"]],
                touchpoint=_.name(row["touchpoint"]),
                share=_.ranged(row, PART, text.percent, 0),
                ranks=text.interval_words(list(ends), _.language),
                slope=_.ranged(row, ("slope", "slope_low", "slope_high")),
            )
        )
    return result


@worded
def say_ranks(_: Wording, shares: pd.DataFrame) -> list[str]:
    """Which touchpoints would be among the first three in nearly every new sample of customers, and
    which might be.

    shares: `importance(fit, n_boot=…)`. With three touchpoints or fewer, or without a bootstrap,
    there is nothing to say.
    """
    if "p_top3" not in shares or shares["p_top3"].isna().all() or len(shares) <= 3:
        return []
    ordered = shares.sort_values(["p_top3", "rank"], ascending=[False, True])
    sure = ordered[ordered["p_top3"] >= _.conf_level]
    perhaps = ordered[(ordered["p_top3"] < _.conf_level) & (ordered["p_top3"] >= POSSIBLE)]
    message = (
        N_(
            "In new samples of customers these would be among the first three at least {level} of"
            " the time: {items}."
        )
        if len(sure)
        else N_(
            "No touchpoint is surely among the first three: in new samples of customers the"
            " places could change."
        )
    )
    result = [_(message, level=_.percent(_.conf_level), items=_.names(sure["touchpoint"]))]
    if len(perhaps):
        items = _.each(perhaps, lambda row: f"({_.percent(row['p_top3'])})")
        result.append(_("These may or may not be among the first three: {items}.", items=items))
    return result


def describe_ranks(
    shares: pd.DataFrame, language: str = "en", labels: Mapping | None = None
) -> list[str]:
    """The rank of every touchpoint and where it would lie in new samples, for a reader who cannot
    see the figure.
    """
    _ = Wording(language, labels)
    alone = N_("{touchpoint}: rank {rank}.")
    ranged = N_("{touchpoint}: rank {rank}, in new samples {rank_low} to {rank_high}.")
    return [
        _(
            alone if pd.isna(row["rank_low"]) else ranged,
            touchpoint=_.name(row["touchpoint"]),
            **{one: row[one] for one in ("rank", "rank_low", "rank_high")},
        )
        for row in with_ranges(shares).sort_values("rank").to_dict("records")
    ]


@worded
def say_priorities(_: Wording, frame: pd.DataFrame, only_clear: bool = False) -> list[str]:
    """What to fix first and what to keep up; whether the intervals allow to be sure.

    only_clear: leave the doubtful ones out where there are others of which one can be sure. Without
    a column priority, a count.
    """
    if "priority" not in frame:
        return [_("Importance and experience of {count} touchpoints.", count=len(frame))]
    result = []
    for priority, (sure, unsure) in MESSAGES["priorities"].items():
        mine = frame[frame["priority"] == priority].sort_values("share_relative", ascending=False)
        clear = mine["clear"].astype(bool)
        doubtful = mine[~clear].head(0 if only_clear and clear.any() else None)
        for message, rows in ((sure, mine[clear]), (unsure, doubtful)):
            if len(rows):
                result.append(_(message, items=_.names(rows["touchpoint"])))
    if not (frame["priority"] == "fix_first").any():
        result.append(_("No touchpoint both weighs much and is experienced as weak."))
    return result


def describe_priorities(
    frame: pd.DataFrame, language: str = "en", labels: Mapping | None = None
) -> list[str]:
    """Weight and experience of every touchpoint, for a reader who cannot see the figure."""
    _ = Wording(language, labels)
    return [
        _(
            "{touchpoint}: {share} of what is explained, experience {experience}.",
            touchpoint=_.name(row["touchpoint"]),
            share=_.percent(row["share_relative"]),
            experience=_.number(row["experience"]),
        )
        for row in frame.sort_values("share_relative", ascending=False).to_dict("records")
    ]
