"""What can only disappoint and what can delight, in sentences: penalty–reward contrasts and Kano's
questionnaire.

A class is a decision on noisy numbers. It is therefore never said without how surely it was
reached.
"""

import pandas as pd

from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    TOO_FEW,
    Phrases,
    each,
    in_brackets,
    message,
    percent,
    word,
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


def say_penalty_reward(frame: pd.DataFrame, *, asked: int = 0) -> Phrases:
    """The touchpoints of each class with the probability of that class, and how many show neither
    penalty nor reward.

    asked: touchpoints that ask an experience, and a last sentence tells how many of them were left
    out.
    """
    known = frame.dropna(subset=["penalty", "reward"])
    if known.empty:
        yield message(TOO_FEW)
        return
    outcome, unsure = known["outcome"].iloc[0], False
    for name, template in MESSAGES["rewards"].items():
        mine, column = known[known["class"] == name], f"p_{name}"
        items = mine["touchpoint"]
        if column in known:
            mine = mine.sort_values(column, ascending=False)
            unsure |= (mine[column] < SURE).any()
            items = each(mine, lambda row, of=column: percent(row[of], 0, SURE), in_brackets)
        if len(mine):
            yield message(template, outcome=outcome, items=items)
    if unsure:
        yield message(
            "In brackets: in how many new samples the touchpoint would get this class. Below 80% do"
            " not build on it."
        )
    rest = (known["class"] == "indifferent").sum()
    if rest:
        yield message(
            "At {count} of {total} touchpoints neither low nor high ratings go with “{outcome}” in"
            " a way that these data can show, the other touchpoints held equal.",
            count=rest,
            total=len(known),
            outcome=outcome,
        )
    if asked > len(known):
        yield message(
            "Left out: {count} of {total} touchpoints, which too few customers rated low, or high.",
            count=asked - len(known),
            total=asked,
        )


def say_kano(frame: pd.DataFrame, *, rewards: pd.DataFrame | None = None) -> Phrases:
    """What customers say of each feature, by class; those where no class leads clearly stand apart.

    rewards: `penalty_reward` of the same study, and a last sentence tells at how many touchpoints
    both agree.
    """
    known = frame[frame["n"].notna()]
    if known.empty:
        yield message(TOO_FEW)
        return
    clear = known["clear"].astype(bool)
    for kind, template in MESSAGES["kano"].items():
        mine = known.loc[clear & (known["class"] == kind), "touchpoint"]
        if len(mine):
            yield message(template, items=mine)
    if not clear.all():
        vague = [
            message(
                "{touchpoint} ({first} or {second})",
                touchpoint=row["touchpoint"],
                first=word(row["class"]),
                second=word(row["second"]),
            )
            for row in known[~clear].to_dict("records")
        ]
        yield message("No class leads clearly at {items}.", items=vague)
    if rewards is not None:
        seen = rewards.dropna(subset=["penalty"])[["touchpoint", "class"]]
        both = known.merge(seen, on="touchpoint", suffixes=("", "_seen"))
        if len(both):
            yield message(
                "What customers say and what goes with their loyalty give the same class at"
                " {agree} of {total} touchpoints.",
                agree=(both["class"].map(SAME) == both["class_seen"]).sum(),
                total=len(both),
            )
