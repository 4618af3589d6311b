"""What can only disappoint and what can delight, in sentences: penalty–reward contrasts and Kano's
questionnaire.

A class is a decision on noisy numbers. It is therefore never said without how surely it was
reached.
"""

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import TOO_FEW, Wording

# Below this share of new samples a touchpoint would too often get another class.
SURE = 0.8
# What the two ways of asking call the same thing.
SAME = {
    "must_be": "basic",
    "one_dimensional": "performance",
    "attractive": "excitement",
    "indifferent": "indifferent",
}


@worded
def say_penalty_reward(_: Wording, frame: pd.DataFrame, asked: int = 0) -> list[str]:
    """The touchpoints of each class with the probability of that class, and how many show neither
    penalty nor reward.

    frame: `penalty_reward(study, …)`. asked: touchpoints that ask an experience, and a last
    sentence tells how many of them were left out.
    """
    known = frame.dropna(subset=["penalty", "reward"])
    if known.empty:
        return [_(TOO_FEW)]
    outcome = _.outcome(known)
    result, unsure = [], False
    for name, message in MESSAGES["rewards"].items():
        mine, column = known[known["class"] == name], f"p_{name}"
        if column in known:
            mine = mine.sort_values(column, ascending=False)
            unsure |= (mine[column] < SURE).any()
            items = _.each(mine, lambda row, of=column: f"({_.percent(row[of])})")
        else:
            items = _.names(mine["touchpoint"])
        if len(mine):
            result.append(_(message, outcome=outcome, items=items))
    if unsure:
        result.append(
            _(
                "In brackets: in how many new samples the touchpoint would get this class. Below"
                " 80% do not build on it."
            )
        )
    rest = (known["class"] == "indifferent").sum()
    if rest:
        result.append(
            _(
                "At {count} of {total} touchpoints neither low nor high ratings go with “{outcome}”"
                " in a way that these data can show, the other touchpoints held equal.",
                count=rest,
                total=len(known),
                outcome=outcome,
            )
        )
    if asked > len(known):
        result.append(
            _(
                "Left out: {count} of {total} touchpoints, which too few customers rated low, or"
                " high.",
                count=asked - len(known),
                total=asked,
            )
        )
    return result


@worded
def say_kano(_: Wording, frame: pd.DataFrame, rewards: pd.DataFrame | None = None) -> list[str]:
    """What customers say of each feature, by class; those where no class leads clearly stand apart.

    frame: `kano(study)`. rewards: `penalty_reward` of the same study, and a last sentence tells at
    how many touchpoints both agree.
    """
    known = frame[frame["n"].notna()]
    if known.empty:
        return [_(TOO_FEW)]
    clear = known["clear"].astype(bool)
    result = []
    for kind, message in MESSAGES["kano"].items():
        mine = known.loc[clear & (known["class"] == kind), "touchpoint"]
        if len(mine):
            result.append(_(message, items=_.names(mine)))
    if not clear.all():
        vague = [
            _(
                "{touchpoint} ({first} or {second})",
                touchpoint=_.name(row["touchpoint"]),
                first=_.word(row["class"]),
                second=_.word(row["second"]),
            )
            for row in known[~clear].to_dict("records")
        ]
        result.append(_("No class leads clearly at {items}.", items=_.listing(vague)))
    if rewards is not None:
        seen = rewards.dropna(subset=["penalty"])[["touchpoint", "class"]]
        both = known.merge(seen, on="touchpoint", suffixes=("", "_seen"))
        if len(both):
            result.append(
                _(
                    "What customers say and what goes with their loyalty give the same class at"
                    " {agree} of {total} touchpoints.",
                    agree=(both["class"].map(SAME) == both["class_seen"]).sum(),
                    total=len(both),
                )
            )
    return result
