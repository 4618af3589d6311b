"""What the driver models say, in sentences: which touchpoints go with the outcome, how surely each
has its rank, and where to begin.
"""

from typing import Any

import pandas as pd

from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    Phrases,
    confidence,
    each,
    in_brackets,
    message,
    number,
    on_scale_of,
    percent,
    ranged,
    sentence,
    span,
    word,
)

# Below this share of new samples a touchpoint is not named among those that might be among the
# first three.
POSSIBLE = 0.1
# The part of what is explained, with its interval.
PART = ("share_relative", "relative_low", "relative_high")
# Methods whose parts divide what is explained; the others' need not add up to it.
DIVIDING = ("lmg", "johnson", "pratt")


def with_ranges(shares: pd.DataFrame) -> pd.DataFrame:
    """Shares with their interval columns, NaN where no bootstrap was drawn (n_boot=0)."""
    ranges = ["relative_low", "relative_high", "rank_low", "rank_high"]
    return shares.reindex(columns=shares.columns.union(ranges, sort=False))


def method_of(shares: pd.DataFrame) -> str:
    """The method by which weight was counted."""
    return str(shares["method"].iloc[0]) if "method" in shares else "lmg"


def say_by_stage(fit: Any) -> Phrases:
    """Why drivers are shown by stage: more touchpoints than can be weighed exactly, or too few
    answers to tell them apart.
    """
    if fit.stage_reason:
        counts = {"n": fit.study.n, "count": fit.single_touchpoints}
        yield sentence("by_stage", fit.stage_reason, **counts)


def say_drivers(shares: pd.DataFrame, *, top: int = 3) -> Phrases:
    """The first `top` touchpoints by their part of what is explained, with interval, rank in new
    samples, and a warning where the direction is odd.

    Without a bootstrap the slope stands in place of the rank's range. How large an effect is,
    `say_effects` tells.
    """
    shares = with_ranges(shares)
    method = method_of(shares)
    whole = "explained" if method in DIVIDING else "sum"
    fitted = "model" in shares and shares["model"].iloc[0] in ("ordinal", "binary")
    opening = "sum" if whole == "sum" else "fit" if fitted else "differences"
    total = percent(shares["share"].sum())
    places = dict(method=word(method), n=shares["n"].max(), total=total)
    if len(shares) == 1:  # one has no part, no rank and no rival
        yield sentence("all_drivers", "one", items=shares["touchpoint"], **places)
        return
    yield sentence("all_drivers", opening, **places)
    outcome = shares["outcome"].iloc[0] if "outcome" in shares else None
    for row in shares.sort_values("rank").head(top).to_dict("records"):
        low, high = row["rank_low"], row["rank_high"]
        bare = pd.isna(low) and row["sign"] != "?"
        yield sentence(
            "driver",
            whole,
            "bare" if bare else row["sign"],
            touchpoint=row["touchpoint"],
            share=ranged(row, PART, percent, 0),
            ranks=low if low == high else span(low, high),
            slope=ranged(row, ("slope", "slope_low", "slope_high"), on_scale_of(outcome)),
        )


def say_ranks(shares: pd.DataFrame, *, conf_level: float = 0.95) -> Phrases:
    """Which touchpoints would be among the first three in nearly every new sample of customers, and
    which might be.

    With three touchpoints or fewer, or without a bootstrap, there is nothing to say.
    """
    if "p_top3" not in shares or shares["p_top3"].isna().all() or len(shares) <= 3:
        return
    ordered = shares.sort_values(["p_top3", "rank"], ascending=[False, True])
    sure = ordered[ordered["p_top3"] >= conf_level]
    perhaps = ordered[(ordered["p_top3"] < conf_level) & (ordered["p_top3"] >= POSSIBLE)]
    yield sentence(
        "ranks",
        len(sure) > 0,
        level=confidence(conf_level),
        items=sure["touchpoint"],
    )
    if len(perhaps):
        yield message(
            "These may or may not be among the first three: {items}.",
            items=each(perhaps, lambda row: percent(row["p_top3"], 0, conf_level), in_brackets),
        )


def describe_ranks(shares: pd.DataFrame) -> Phrases:
    """The rank of every touchpoint and where it would lie in new samples, for a reader who cannot
    see the figure.
    """
    ranks = with_ranges(shares)[["touchpoint", "rank", "rank_low", "rank_high"]]
    for row in ranks.sort_values("rank").to_dict("records"):
        yield sentence(
            "rank",
            pd.isna(row["rank_low"]),
            **row,
        )


def say_priorities(frame: pd.DataFrame, *, only_clear: bool = False) -> Phrases:
    """What to fix first and what to keep up; whether the intervals allow to be sure.

    only_clear: leave the doubtful ones out where there are others of which one can be sure. Without
    a column priority, a count.
    """
    if len(frame) == 1:
        return
    if "priority" not in frame:
        yield message("Importance and experience of {count} touchpoints.", count=len(frame))
        return
    for priority, (sure, unsure) in MESSAGES["priorities"].items():
        mine = frame[frame["priority"] == priority].sort_values("share_relative", ascending=False)
        clear = mine["clear"].astype(bool)
        doubtful = mine[~clear].head(0 if only_clear and clear.any() else None)
        for template, rows in ((sure, mine[clear]), (unsure, doubtful)):
            if len(rows):
                yield message(template, items=rows["touchpoint"])
    if not (frame["priority"] == "fix_first").any():
        yield message("No touchpoint both weighs much and is experienced as weak.")


def describe_priorities(frame: pd.DataFrame) -> Phrases:
    """Weight and experience of every touchpoint, for a reader who cannot see the figure."""
    for row in frame.sort_values("share_relative", ascending=False).to_dict("records"):
        yield message(
            "{touchpoint}: {share} of what is explained, experience {experience}.",
            touchpoint=row["touchpoint"],
            share=percent(row["share_relative"]),
            experience=number(row["experience"]),
        )
