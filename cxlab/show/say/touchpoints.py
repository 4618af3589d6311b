"""How the touchpoints are experienced and how that compares with what was expected, in sentences:
gaps, zone of tolerance, what can only disappoint and what can delight, what a gap score is worth.

A warning is a sentence like any other: it stands where the number stands, and says what the number
can no longer carry. A class is a decision on noisy numbers, so it is never said without how surely
it was reached.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import pandas as pd

from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import (
    TOO_FEW,
    VALUE,
    Phrases,
    digits_of,
    each,
    is_clear,
    message,
    named,
    number,
    percent,
    ranged,
    sentence,
    side_of,
    signed,
    term,
)

# Of more touchpoints than these none is named as the strongest, or the one with the widest gap.
MOST_NAMED = 3


def furthest(frame: pd.DataFrame, side: int, columns: tuple[str, str, str] = VALUE) -> pd.DataFrame:
    """The rows that may be the highest (side 1) or the lowest (−1): those whose interval reaches
    that of the first of them. One row alone is so beyond chance.
    """
    value, low, high = columns
    near, far = (low, high) if side > 0 else (high, low)
    ordered = frame.sort_values(value, ascending=side < 0, kind="stable")
    # Without an interval nothing is told apart.
    return ordered[~(side * ordered[far] < side * ordered[near].iloc[0])]


def of_rows_with(*columns: str) -> Callable:
    """Make a function speak of the rows that have these figures, or say that none has enough
    answers.
    """

    def made(say: Callable[..., Phrases]) -> Callable[..., Phrases]:
        @wraps(say)
        def of_known(frame: pd.DataFrame, **options: Any) -> Phrases:
            known = frame.dropna(subset=[*columns])
            return iter([message(TOO_FEW)]) if known.empty else say(known, **options)

        return of_known

    return made


@of_rows_with("experience")
def say_experience(known: pd.DataFrame) -> Phrases:
    """The strongest and the weakest touchpoint, or those among which they are, as far as the
    intervals tell.
    """
    columns = ("experience", "conf_low", "conf_high")
    if known["scale"].nunique() > 1:
        yield message(
            "The touchpoints are rated on different scales: their means are not compared."
        )
        return
    shown = partial(named, columns=columns, style=number, digits=digits_of(known))
    if len(known) == 1:
        yield message("Mean experience: {items}.", items=shown(known))
        return
    told = False
    for side, templates in MESSAGES["experience"].items():
        rows = furthest(known, side, columns)
        if len(rows) <= min(MOST_NAMED, len(known) / 2):
            told = True
            yield message(templates[len(rows) > 1], items=shown(rows))
    if not told:
        yield message(
            "No touchpoint stands out with the best or the worst experience: the intervals of"
            " their means overlap."
        )


@of_rows_with("estimate")
def say_gaps(known: pd.DataFrame) -> Phrases:
    """At how many touchpoints experience falls short of, or exceeds, expectation beyond chance; the
    largest of each.
    """
    # Adjusted for the number of touchpoints: of twelve without a gap, every second study has one
    # that a plain interval calls.
    sure = known[is_clear(known)]
    for side, templates in MESSAGES["gaps"].items():
        mine = sure[side * sure["estimate"] > 0]
        widest = furthest(known, side)
        how = "one" if len(mine) == 1 else "widest" if len(widest) == 1 else "among"
        if how == "one":
            widest, how = mine, "only" if len(known) == 1 else "one"
        elif len(widest) > MOST_NAMED or not widest.index.isin(mine.index).all():
            how = "many"
        if len(mine):
            yield message(
                templates[how],
                count=len(mine),
                total=len(known),
                items=named(widest, digits=digits_of(known)),
            )
    if sure.empty:
        yield sentence("no_gap", len(known) == 1, total=len(known), items=known["touchpoint"])


@of_rows_with("experience")
def say_tolerance(known: pd.DataFrame) -> Phrases:
    """Which touchpoints lie below the adequate level, which above the desired one, and how many
    customers are inside their zone.

    Only what is beyond chance is called below or above.
    """
    outside = {"below": known["msa_high"] < 0, "above": known["mss_low"] > 0}
    for side, template in MESSAGES["zone"].items():
        items = known.loc[outside[side], "touchpoint"]
        if len(items):
            yield message(template, count=len(items), total=len(known), items=items)
    if not (outside["below"] | outside["above"]).any():
        yield sentence("in_zone", len(known) == 1, total=len(known), items=known["touchpoint"])
    inside = known["inside"].dropna()
    if len(inside):
        low, high = (percent(end) for end in (inside.min(), inside.max()))
        yield sentence("inside", len(inside) == 1, count=len(inside), low=low, high=high)


def say_servqual(frame: pd.DataFrame) -> Phrases:
    """The mean gap over all touchpoints (SERVQUAL), weighted by importance where that was asked,
    and the experience itself (SERVPERF).
    """
    rows = frame.dropna(subset=["estimate"]).set_index("metric").to_dict("index")
    for metric, template in MESSAGES["indices"].items():
        if metric in rows:
            style, row = number if metric == "servperf" else signed, rows[metric]
            yield message(template, value=ranged(row, style=style), n=row["n"])
    if not rows:
        yield message(TOO_FEW)


def say_gap_reliability(frame: pd.DataFrame, *, only_warning: bool = False) -> Phrases:
    """What the gap score is worth as a measurement; only_warning: nothing where it is sound."""
    row = frame.set_index("term").loc["gap"]
    weak = row["note"] == "unreliable"
    if weak or not only_warning:
        yield sentence("gap_reliability", weak, value=number(row["estimate"], 2, 0.7), n=row["n"])


@of_rows_with("estimate")
def say_expectation_ceiling(known: pd.DataFrame) -> Phrases:
    """How many customers cannot be exceeded, because they expected the most that the scale
    allows.
    """
    most, many = known["estimate"].max(), (known["note"] == "ceiling").sum()
    # "More than half" is not printed as 50 %.
    digits = 0 if round(most, 2) != 0.5 else 1
    yield sentence(
        "ceiling",
        "one" if len(known) == 1 else "many" if many else "few",
        count=many,
        total=len(known),
        share=percent(most, digits),
    )


_SOURCE = N_("{source}: each additional point is associated with {value} in today's expectation.")


def say_expectation_sources(frame: pd.DataFrame) -> Phrases:
    """What today's expectation goes with: last wave's expectation and experience first, then the
    other sources, then what is not clear.
    """
    vague = []
    for row in frame[frame["term"] != "intercept"].to_dict("records"):
        source = term(row["term"])
        if side_of(row):
            template = MESSAGES["sources"].get(row["term"], _SOURCE)
            yield message(template, source=source, value=ranged(row))
        else:
            vague.append(source)
    if vague:
        yield message(
            "No statistically significant association with today's expectation: {items}.",
            items=vague,
        )


# Below this share of new samples a touchpoint would too often get another class.
SURE = 0.8
# What the two ways of asking call the same thing.
SAME = {
    "must_be": "basic",
    "one_dimensional": "performance",
    "attractive": "excitement",
    "indifferent": "indifferent",
}


@of_rows_with("penalty", "reward")
def say_penalty_reward(known: pd.DataFrame, *, asked: int = 0) -> Phrases:
    """The touchpoints of each class with the probability of that class, and how many show neither
    penalty nor reward.

    asked: touchpoints that ask an experience, and a last sentence tells how many of them were left
    out.
    """
    outcome, unsure = known["outcome"].iloc[0], False
    for name, template in MESSAGES["rewards"].items():
        mine, column = known[known["class"] == name], f"p_{name}"
        items = mine["touchpoint"]
        if column in known:
            mine = mine.sort_values(column, ascending=False)
            unsure |= (mine[column] < SURE).any()
            items = each(mine, lambda row, of=column: percent(row[of], 0, SURE))
        if len(mine):
            yield message(template, outcome=outcome, items=items)
    if unsure:
        yield message(
            "In brackets: how often new samples of customers give the same class; below 80% it is"
            " only an indication."
        )
    rest = (known["class"] == "indifferent").sum()
    if rest:
        yield message(
            "At {count} of {total} touchpoints neither a low nor a high rating has a"
            " statistically significant association with “{outcome}”.",
            count=rest,
            total=len(known),
            outcome=outcome,
        )
    if asked > len(known):
        yield message(
            "Left out: {count} of {total} touchpoints, with too few low or too few high ratings.",
            count=asked - len(known),
            total=asked,
        )


@of_rows_with("n")
def say_kano(known: pd.DataFrame, *, rewards: pd.DataFrame | None = None) -> Phrases:
    """What customers say of each feature, by class; those where no class leads clearly stand apart.

    rewards: `penalty_reward` of the same study, and a last sentence tells at how many touchpoints
    both agree.
    """
    clear = known["clear"].astype(bool)
    for kind, template in MESSAGES["kano"].items():
        mine = known.loc[clear & (known["class"] == kind), "touchpoint"]
        if len(mine):
            yield message(template, items=mine)
    if not clear.all():
        yield message(
            "At {count} of {total} touchpoints no class leads clearly.",
            count=(~clear).sum(),
            total=len(known),
        )
    if rewards is not None:
        seen = rewards.dropna(subset=["penalty"])[["touchpoint", "class"]]
        both = known.merge(seen, on="touchpoint", suffixes=("", "_seen"))
        if len(both):
            yield message(
                "What customers say and what is associated with their loyalty give the same class"
                " at {agree} of {total} touchpoints.",
                agree=(both["class"].map(SAME) == both["class_seen"]).sum(),
                total=len(both),
            )
