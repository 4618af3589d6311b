"""What the driver models say, in sentences: which touchpoints go with the outcome, how surely each
has its rank and whether that hangs on how it was made, how large the effect is, where to begin.

A ranking of drivers without the size of their effects is a list of names.
"""

from typing import Any

import pandas as pd

from cxlab.show.say.money import in_unit
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    LEVEL,
    VALUE,
    Phrase,
    Phrases,
    Style,
    digits_for,
    each,
    in_units,
    is_clear,
    level_of,
    message,
    named,
    number,
    on_scale_of,
    percent,
    ranged,
    sentence,
    signed,
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
    method, model, outcome = shares[["method", "model", "outcome"]].iloc[0]
    whole = "explained" if method in DIVIDING else "sum"
    fitted = "fit" if model in ("ordinal", "binary") else "differences"
    opening = "sum" if whole == "sum" else fitted
    total = percent(shares["share"].sum())
    places = dict(method=word(method), n=shares["n"].max(), total=total)
    if len(shares) == 1:  # one has no part, no rank and no rival
        yield sentence("all_drivers", "one", items=shares["touchpoint"], **places)
        return
    yield sentence("all_drivers", opening, **places)
    for row in shares.sort_values("rank").head(top).to_dict("records"):
        low, high = row["rank_low"], row["rank_high"]
        bare = pd.isna(low) and row["sign"] != "?"
        yield sentence(
            "driver",
            whole,
            "bare" if bare else row["sign"],
            touchpoint=row["touchpoint"],
            share=percent(row["share_relative"]),
            ranks=low if low == high else span(low, high),
            slope=ranged(row, ("slope", "slope_low", "slope_high"), on_scale_of(outcome)),
        )


def say_ranks(shares: pd.DataFrame) -> Phrases:
    """Which touchpoints would be among the first three in nearly every new sample of customers, and
    which might be.

    With three touchpoints or fewer, or without a bootstrap, there is nothing to say.
    """
    if "p_top3" not in shares or shares["p_top3"].isna().all() or len(shares) <= 3:
        return
    ordered = shares.sort_values(["p_top3", "rank"], ascending=[False, True])
    level = level_of(shares)
    sure = ordered[ordered["p_top3"] >= level]
    perhaps = ordered[(ordered["p_top3"] < level) & (ordered["p_top3"] >= POSSIBLE)]
    yield sentence("ranks", len(sure) > 0, level=LEVEL, items=sure["touchpoint"])
    if len(perhaps):
        yield message(
            "Possibly among the top three (in brackets: share of new samples): {items}.",
            items=each(perhaps, lambda row: percent(row["p_top3"], 0, level)),
        )


def describe_ranks(shares: pd.DataFrame) -> Phrases:
    """The rank of every touchpoint and where it would lie in new samples, for a reader who cannot
    see the figure.
    """
    ranks = with_ranges(shares)[["touchpoint", "rank", "rank_low", "rank_high"]]
    for row in ranks.sort_values("rank").to_dict("records"):
        yield sentence("rank", pd.isna(row["rank_low"]), **row)


def say_priorities(frame: pd.DataFrame, *, only_clear: bool = False) -> Phrases:
    """What to fix first and what to keep up; whether the intervals allow to be sure.

    only_clear: leave the doubtful ones out where there are others of which one can be sure.
    """
    if len(frame) == 1:
        return
    for priority, (sure, unsure) in MESSAGES["priorities"].items():
        mine = frame[frame["priority"] == priority].sort_values("share_relative", ascending=False)
        clear = mine["clear"].astype(bool)
        doubtful = mine[~clear].head(0 if only_clear and clear.any() else None)
        for template, rows in ((sure, mine[clear]), (unsure, doubtful)):
            if len(rows):
                yield message(template, items=rows["touchpoint"])
    if not (frame["priority"] == "fix_first").any():
        yield message("No touchpoint combines a high weight with a poor experience.")


def describe_priorities(frame: pd.DataFrame) -> Phrases:
    """Weight and experience of every touchpoint, for a reader who cannot see the figure."""
    for row in frame.sort_values("share_relative", ascending=False).to_dict("records"):
        yield message(
            "{touchpoint}: {share} of the explained variation, experience {experience}.",
            touchpoint=row["touchpoint"],
            share=percent(row["share_relative"]),
            experience=number(row["experience"]),
        )


# What a client understands first: NPS points before a probability before points of the outcome's
# own scale.
MEASURES = ("nps_points", "probability", "outcome")


def largest_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Effects in the order of their size, whatever their sign."""
    return frame.sort_values("estimate", key=lambda value: -value.abs(), kind="stable")


def by_model(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, Style]:
    """The effects in the most telling measure that the frame has numbers for, by the model whose
    figures are told first (least squares where it is there) and by the others; and how both are
    written: signed, with the decimals that their size can carry, a probability in percentage
    points, the outcome's own unit where it declares one.
    """
    known = frame.dropna(subset=["estimate"])
    measure = min(known["measure"].unique(), key=MEASURES.index)
    shown = known[known["measure"] == measure].reset_index(drop=True)
    models = shown["model"]
    first = models == ("ols" if "ols" in set(models) else models.iloc[0])
    return shown[first], shown[~first], written(shown)


def written(effects: pd.DataFrame) -> Style:
    """How effects of one measure are written."""
    measure, outcome = effects[["measure", "outcome"]].iloc[0]
    if measure == "outcome":
        return on_scale_of(outcome).to(digits_for(*effects[[*VALUE]].abs().max()))
    return signed.of(100 if measure == "probability" else 1).to(1)


def say_effects(frame: pd.DataFrame, *, top: int = 3) -> Phrases:
    """What a point better goes with at the `top` touchpoints, whether a second model agrees, and at
    how many nothing can be shown. NPS points are told where the frame has them.
    """
    known, others, style = by_model(frame)
    clear = largest_first(known[is_clear(known)])
    measure, outcome = known[["measure", "outcome"]].iloc[0]
    places = dict(total=len(known), count=len(known) - len(clear), outcome=outcome)
    if clear.empty:
        yield sentence("no_effect", len(known) == 1, **places)
        return
    largest = clear.head(top)
    items = named(largest, style=style)
    alone = len(known) == 1  # no others to hold constant
    yield sentence("there" if alone else "goes_with", measure, items=items, **places)
    yield from _say_second_model(largest, others, style)
    if places["count"]:
        yield message(
            "At {count} of {total} touchpoints the association is not statistically significant,"
            " which does not mean that there is none.",
            **places,
        )


def _say_second_model(first: pd.DataFrame, second: pd.DataFrame, style: Style) -> Phrases:
    """Whether the ordinal model's figures lie within the intervals of the first one's."""
    both = first.merge(
        second[["touchpoint", "estimate"]], on="touchpoint", suffixes=("", "_second")
    )
    if both.empty:
        return
    figure = both["estimate_second"]
    far = both[(figure < both["conf_low"]) | (figure > both["conf_high"])]
    yield sentence(
        "second_model",
        far.empty,
        items=each(far, lambda row: style(row["estimate_second"])),
    )


def say_what_if(frame: pd.DataFrame) -> Phrases:
    """What goes with customers rating a touchpoint so much higher, what the top of the scale takes
    away, and a caution.

    All touchpoints together are told only where several are changed.
    """
    known, _others, style = by_model(frame)
    all_of_them = known["touchpoint"] == "all_touchpoints"
    single, together = known[~all_of_them], known[all_of_them].to_dict("records")
    measure, outcome = known[["measure", "outcome"]].iloc[0]
    for asked, rows in single.groupby("asked", sort=False):
        items = each(rows, lambda row: ranged(row, style=style))
        yield sentence("what_if", measure, points=_points(asked), outcome=outcome, items=items)
    if len(single) > 1 and together:
        yield message("All of them together: {value}.", value=ranged(together[0], style=style))
    held = single[(single["reached"] - single["asked"]).abs() > 0.005]
    if len(held):
        yield message(
            "Ratings already at the top cannot rise, so the average rises by less: {items}.",
            items=each(held, lambda row: signed(row["reached"], 2)),
        )
    if "amount" in frame:
        yield from _say_amounts(frame.dropna(subset=["amount"]))
    yield message(
        "These figures compare customers with one another; only a trial can tell whether loyalty"
        " would follow a change."
    )


def _say_amounts(rows: pd.DataFrame) -> Phrases:
    """What the changes go with in money, of all touchpoints together, or of the only one."""
    row = rows.iloc[-1]
    yield message(
        "In money, all of this is associated with {value} for each respondent.",
        value=ranged(row, ("amount", "amount_low", "amount_high"), in_unit(row["unit"])),
    )


def _points(step: float) -> Phrase:
    return in_units("points", step, number(step))


def gain_heading(frame: pd.DataFrame) -> Phrase:
    """What the differences of `next_steps` are counted in, and with what they are associated."""
    first = frame.dropna(subset=["gain"]).iloc[0]
    places = {"points": _points(first["asked"]), "outcome": first["outcome"]}
    return sentence("gain", first["measure"], **places)


def say_next_steps(frame: pd.DataFrame) -> Phrases:
    """What the differences do not say, and of which steps the data are not sure; that there is
    none to take.
    """
    if frame.empty:
        yield message("No touchpoint combines a high weight with a poor experience.")
        return
    if "gain" in frame and frame["gain"].notna().any():
        yield message(
            "Over all respondents, the others held constant, no rating above the top of the scale"
            " (on the map: a whole point, among those who met it). It does not say what a change"
            " would bring."
        )
    yield from _to_investigate(frame)


def say_begin(frame: pd.DataFrame) -> Phrases:
    """What to begin with; where the data are sure of no step, what to investigate."""
    clear = frame.loc[frame["clear"].astype(bool), "touchpoint"]
    if len(clear):
        yield sentence("begin", "fix_first", items=clear)
    else:
        yield from _to_investigate(frame)


def _to_investigate(frame: pd.DataFrame) -> Phrases:
    unsure = frame.loc[~frame["clear"].astype(bool), "touchpoint"]
    if len(unsure):
        yield message("To investigate (not yet confirmed statistically): {items}.", items=unsure)


def order_of(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Ranks, a row a touchpoint and a column a way of ranking, in the order met."""
    known = frame.dropna(subset=["rank"])
    wide = known.pivot(index="touchpoint", columns=by, values="rank")
    return wide[list(dict.fromkeys(known[by]))]


def say_methods(frame: pd.DataFrame, *, treatments: pd.DataFrame | None = None) -> Phrases:
    """Whether the ranking hangs on the way in which weight is counted: who is among the first
    three, and who comes first, by every method.

    treatments: `compare_missing(study)`, whose rankings are then held against the same first three.
    """
    ranks = order_of(frame, "method")
    if len(ranks) < 2:
        return
    yield message("The weight was measured by {count} methods.", count=ranks.shape[1])
    if treatments is None:
        yield from _say_order(ranks)
    else:
        ranks = ranks.join(order_of(treatments, "missing"), how="outer")
        yield from _say_treatments(treatments, ranks)


def say_missing(frame: pd.DataFrame) -> Phrases:
    """Whether the ranking hangs on what is done with answers that are missing; which treatments
    these data do not allow.
    """
    yield from _say_treatments(frame, order_of(frame, "missing"))


def _say_treatments(frame: pd.DataFrame, ranks: pd.DataFrame) -> Phrases:
    """How many treatments of missing answers there are and what each leaves to rank by, the order
    in all `ranks`, and which treatments the data do not allow.
    """
    counts = frame.dropna(subset=["rank"]).groupby("missing")["n"].max()
    # A treatment that would only repeat another has respondents all the same; one that the data
    # refuse has none.
    refused = frame.loc[~frame["missing"].isin(counts.index) & ~(frame["n"] > 0), "missing"]
    if len(counts) != 1:
        yield message(
            "Missing answers were treated in {count} ways (n = {low} to {high}).",
            count=len(counts),
            low=counts.min(),
            high=counts.max(),
        )
    elif refused.empty:
        yield message(
            "No rating is missing, so the treatment of missing answers makes no difference."
        )
    if ranks.shape[1] > 1:
        yield from _say_order(ranks)
    if len(refused):
        yield message("Treatments that these data do not allow: {items}.", items=refused.unique())


def _say_order(ranks: pd.DataFrame) -> Phrases:
    """Who is among the first three, and who comes first, in every column of `ranks`."""
    if len(ranks) > 3:
        tops = [set(ranks[column].nsmallest(3).index) for column in ranks]
        common = set.intersection(*tops)
        always = [one for one in ranks.sort_values(ranks.columns[0]).index if one in common]
        same = "all" if common == set.union(*tops) else "some" if common else "none"
        yield sentence("first_three", same, items=always)
    first = ranks.idxmin().value_counts()
    if len(first) == 1:
        yield message("{touchpoint} is always in first place.", touchpoint=first.index[0])
        return
    items = [
        message(
            "{touchpoint} ({times} of {count})", touchpoint=one, times=times, count=ranks.shape[1]
        )
        for one, times in first.items()
    ]
    yield message("In first place: {items}.", items=items)


def say_rank_changes(first: pd.DataFrame, now: pd.DataFrame) -> Phrases:
    """What another choice of model, treatment or method does to the first three: who stays, who
    enters, who leaves.
    """
    before, after = (
        pd.Index(one.sort_values("rank")["touchpoint"].head(3)) for one in (first, now)
    )
    entered, left = (
        one.difference(other, sort=False) for one, other in ((after, before), (before, after))
    )
    if entered.empty and left.empty:
        moved = "nothing" if before.equals(after) else "order"
    else:
        moved = "both" if len(left) else "entered"
    yield sentence("new_order", moved, entered=entered, left=left)
