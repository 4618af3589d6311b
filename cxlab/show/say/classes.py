"""What can only disappoint and what can delight, in sentences: penalty–reward contrasts and Kano's
questionnaire.

A class is a decision on noisy numbers. It is therefore never said without how surely it was
reached.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.metrics import worded
from cxlab.show.words import text
from cxlab.show.words.text import N_, translator

# Below this share of new samples a touchpoint would too often get another class.
SURE = 0.8
# What the two ways of asking call the same thing.
SAME = {
    "must_be": "basic",
    "one_dimensional": "performance",
    "attractive": "excitement",
    "indifferent": "indifferent",
}
_REWARDS = {
    "basic": N_(
        "Low ratings go with a lower “{outcome}”, high ones count less or not clearly (basic):"
        " {items}."
    ),
    "performance": N_(
        "Low ratings go with a lower “{outcome}” and high ones with a higher one (performance):"
        " {items}."
    ),
    "excitement": N_(
        "High ratings go with a higher “{outcome}”, low ones count less or not clearly"
        " (excitement): {items}."
    ),
}


@worded
def say_penalty_reward(
    frame: pd.DataFrame,
    asked: int = 0,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """The touchpoints of each class with the probability of that class, and how many show neither
    penalty nor reward.

    frame: `penalty_reward(study, …)`. asked: touchpoints that ask an experience, and a last
    sentence tells how many of them were left out.
    """
    _ = translator(language)
    known = frame.dropna(subset=["penalty", "reward"])
    if known.empty:
        return [_("No touchpoint has enough answers to show.")]
    outcome = text.name_of(known["outcome"].iloc[0], labels, language)
    result, unsure = [], False
    for name, message in _REWARDS.items():
        mine = known[known["class"] == name]
        sure = f"p_{name}" in known
        mine = mine.sort_values(f"p_{name}", ascending=False) if sure else mine
        items = []
        for row in mine.to_dict("records"):
            words = text.name_of(row["touchpoint"], labels, language)
            items.append(f"{words} ({text.percent(row[f'p_{name}'], language)})" if sure else words)
            unsure = unsure or (sure and row[f"p_{name}"] < SURE)
        if items:
            result.append(_(message).format(outcome=outcome, items=text.listing(items, language)))
    if unsure:
        result.append(
            _(
                "In brackets: in how many new samples the touchpoint would get this class. Below"
                " 80% do not build on it."
            )
        )
    rest = int((known["class"] == "indifferent").sum())
    if rest:
        result.append(
            _(
                "At {count} of {total} touchpoints neither low nor high ratings go with “{outcome}”"
                " in a way that these data can show, the other touchpoints held equal."
            ).format(
                count=text.number(rest, language, 0),
                total=text.number(len(known), language, 0),
                outcome=outcome,
            )
        )
    if asked > len(known):
        result.append(
            _(
                "Left out: {count} of {total} touchpoints, which too few customers rated low, or"
                " high."
            ).format(
                count=text.number(asked - len(known), language, 0),
                total=text.number(asked, language, 0),
            )
        )
    return result


_KANO = {
    "must_be": N_("Taken for granted (must-be): {items}."),
    "one_dimensional": N_("The more the better (one-dimensional): {items}."),
    "attractive": N_("A delight if there, not missed if not (attractive): {items}."),
    "indifferent": N_("To the largest group it makes no difference (indifferent): {items}."),
    "reverse": N_("The largest group wants the opposite (reverse): {items}."),
    "questionable": N_(
        "The largest group's two answers contradict each other (questionable): {items}."
    ),
}


@worded
def say_kano(
    frame: pd.DataFrame,
    rewards: pd.DataFrame | None = None,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """What customers say of each feature, by class; those where no class leads clearly stand apart.

    frame: `kano(study)`. rewards: `penalty_reward` of the same study, and a last sentence tells at
    how many touchpoints both agree.
    """
    _ = translator(language)
    known = frame[frame["n"].notna()]
    if known.empty:
        return [_("No touchpoint has enough answers to show.")]
    clear = known["clear"].astype(bool)
    result = []
    for kind, message in _KANO.items():
        mine = known[clear & (known["class"] == kind)]
        if len(mine):
            result.append(
                _(message).format(
                    items=text.listing(
                        [text.name_of(one, labels, language) for one in mine["touchpoint"]],
                        language,
                    )
                )
            )
    if not clear.all():
        vague = [
            _("{touchpoint} ({first} or {second})").format(
                touchpoint=text.name_of(row["touchpoint"], labels, language),
                first=text.name_of(row["class"], None, language),
                second=text.name_of(row["second"], None, language),
            )
            for row in known[~clear].to_dict("records")
        ]
        result.append(
            _("No class leads clearly at {items}.").format(items=text.listing(vague, language))
        )
    if rewards is not None:
        both = known.merge(
            rewards.dropna(subset=["penalty"])[["touchpoint", "class"]],
            on="touchpoint",
            suffixes=("", "_seen"),
        )
        if len(both):
            agree = int((both["class"].map(SAME) == both["class_seen"]).sum())
            result.append(
                _(
                    "What customers say and what goes with their loyalty give the same class at"
                    " {agree} of {total} touchpoints."
                ).format(
                    agree=text.number(agree, language, 0), total=text.number(len(both), language, 0)
                )
            )
    return result
