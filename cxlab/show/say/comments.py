"""What customers write, in sentences: which words tell groups apart, what comments are about, and
whether those who coded them agree.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from cxlab.show.say.contacts import largest
from cxlab.show.say.metrics import MOST, changed_by
from cxlab.show.say.touchpoints import of_rows_with
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    as_is,
    in_brackets,
    is_clear,
    level,
    message,
    named,
    number,
    percent,
    ranged,
)

RATIO = ("ratio", "ratio_low", "ratio_high")
NPS_CLASS = "nps_class"
_ASIDE = {"n_said": "n_said_against", "n": "n_against", "level": "against"}
SWAPPED = _ASIDE | {other: one for one, other in _ASIDE.items()}


def telling(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows whose two shares differ beyond chance, which their intervals say too: those of a
    word that a group does not use have next to no end.
    """
    return frame[is_clear(frame) & ((frame["ratio_low"] > 1) | (frame["ratio_high"] < 1))]


def spelt(word: str) -> Phrase:
    """A word as it was written, in quotes: what is denied with what denies it."""
    return as_is(f"“{word.replace('_', ' ')}”")


def _sides(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The words that tell a group from the others, group by group; of two groups, also those of the
    second, with the two in each other's place.
    """
    clear = telling(frame)
    yield from (rows for _, rows in clear[clear["ratio"] > 1].groupby("level", sort=False))
    turned = clear[(clear["ratio"] < 1) & clear["against"].notna()].rename(columns=SWAPPED)
    low, high = 1 / turned["ratio_high"], 1 / turned["ratio_low"]
    yield turned.assign(ratio=1 / turned["ratio"], ratio_low=low, ratio_high=high)


def say_keyness(frame: pd.DataFrame) -> Phrases:
    """The word that tells each group most surely, with both counts, and the next ones."""
    sides = [rows for rows in _sides(frame) if len(rows)]
    for rows in sides:
        first = rows.iloc[0]
        of = first["level"] if first["group"] == NPS_CLASS else "group"
        template = MESSAGES["keyness"][of]["often" if first["n_said_against"] else "alone"]
        counts = {"n": "n_said", "total": "n", "other": "n_said_against", "others": "n_against"}
        places: dict[str, Any] = {name: int(first[one]) for name, one in counts.items()}
        ratio = ranged(first, RATIO, number, 1)
        yield message(
            template, word=spelt(first["word"]), ratio=ratio, level=level(first), **places
        )
        if len(rows) > 1:
            items = [spelt(word) for word in rows["word"].iloc[1 : 1 + MOST]]
            yield message(MESSAGES["keyness"][of]["also"], level=level(first), items=items)
    if not sides:
        yield message(
            "No word tells the groups of customers apart by a statistically significant margin"
            " (adjusted for {n} words).",
            n=len(frame),
        )


@of_rows_with("n_before")
def say_codes(known: pd.DataFrame) -> Phrases:
    """How many comments are about what, what goes with it, and how far coders agree."""
    shown = largest(known.dropna(subset=["used"]), "used")
    columns = ("used", "used_low", "used_high")
    items = named(shown.head(MOST), level, columns=columns, style=percent, digits=0)
    if items:
        n = known["n_before"].max()
        yield message("Most frequent in the comments: {items} (n = {n}).", items=items, n=n)
    tested = known.dropna(subset=["p_holm"])
    clear = tested[is_clear(tested)]
    outcome = {"outcome": known["outcome"].iloc[0], "total": len(tested)}
    for side, template in MESSAGES["codes"].items():
        mine = clear[side * clear["estimate"] > 0] if side else clear
        items = [in_brackets(level(row), changed_by(row)) for row in mine.to_dict("records")]
        if len(tested) and bool(side) == bool(items):
            yield message(template, items=items, **outcome)
    yield from _of_coders(known)


def _of_coders(frame: pd.DataFrame) -> Phrases:
    """How far those who coded agree, and on what they do not."""
    if frame["n_coders"].iloc[0] < 2:
        yield message("One person coded the comments, so agreement is not known.")
        return
    for one, template in MESSAGES["coders"].items():
        items = [level(row) for row in frame[frame["verdict"] == one].to_dict("records")]
        if items:
            yield message(template, items=items)


@of_rows_with("estimate")
def say_agreement(known: pd.DataFrame) -> Phrases:
    """Alpha of each code, the least first, and what follows from it."""
    items = [
        in_brackets(level(row), ranged(row, style=number, digits=2))
        for row in known.sort_values("estimate").to_dict("records")
    ]
    n = known["n"].max()
    yield message("Krippendorff's alpha: {items} (n = {n}).", items=items, n=n)
    yield from _of_coders(known)
