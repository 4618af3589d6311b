"""Which two columns ask for expectation, or importance, and experience of one thing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from cxlab.study.exports.draft.guesses import WORDS, Seen, says, without
from cxlab.study.exports.draft.worded import Rated

_ENOUGH = 0.7  # of two wordings, without the words of their roles
# Names whose parts tell the role: delivery_e and delivery_p, exp_loja and perc_loja, E1 and P1.
_ORDER = ("importance", "expectation", "experience")
_SERVQUAL = re.compile(r"(e|p)[_ .]?(\d+)")


def role_of(one: Seen) -> str:
    """expectation, importance or experience, where the words of a column tell it; else ""."""
    parts = one.header.split()
    if found := _SERVQUAL.fullmatch(one.header):
        return "expectation" if found[1] == "e" else "experience"
    for role, short in WORDS["role_ends"].items():
        if 1 < len(parts) <= 4 and {parts[0], parts[-1]} & set(short):
            return role
    tail = re.search(r"\(([^()]+)\)$", one.words)
    texts = [tail[1]] if tail else []
    return next(
        (role for text in [*texts, one.said] for role in _ORDER if says(f"roles.{role}", text)), ""
    )


def pairs(columns: Sequence[Seen], scales: Mapping[str, Rated]) -> dict[str, tuple[str, str]]:
    """By the name of an experience: the role and the name of the question that goes with it."""
    rated = [one for one in columns if one.name in scales]
    roles = {one.name: role_of(one) for one in rated}
    found: dict[str, tuple[str, str]] = {}
    for one in rated:
        if roles[one.name] not in ("expectation", "importance"):
            continue
        free = [
            other
            for other in rated
            if roles[other.name] in ("experience", "")
            and other.name not in found
            and scales[other.name].points == scales[one.name].points
        ]
        near = {other.name: _nearness(one, other) for other in free}
        best = max(near, key=lambda name: near[name], default="")
        if best and near[best] >= _ENOUGH:
            found[best] = (roles[one.name], one.name)
    return found


def _nearness(one: Seen, other: Seen) -> float:
    """How alike two questions are but for their roles; of equals, the nearer in the file."""
    far = abs(one.column.position - other.column.position)
    if one.item and one.item == other.item and one.stem != other.stem:
        return 1.5 - far / 1e4
    subjects = [_subject(each) for each in (one, other)]
    if not all(subjects):
        return 0.0
    numbers = [re.match(r"\D{0,3}(\d+)", each.words) for each in (one, other)]
    if all(numbers) and numbers[0][1] != numbers[1][1] and " " in one.words:
        return 0.0
    bonus = 0.15 if all(numbers) and " " in one.words else 0
    return difflib.SequenceMatcher(None, *subjects).ratio() + bonus - far / 1e4


def _subject(one: Seen) -> str:
    """What a question asks about, without the words of its role and its number."""
    text = re.sub(r"^\D{0,2}\d+(?:[.-]\d+)*\W*", "", one.words) if " " in one.words else one.words
    if found := _SERVQUAL.fullmatch(text):
        return f"item {found[2]}"
    for role in _ORDER:
        text = without(f"roles.{role}", text)
    words = re.sub(r"\W+", " ", text).split()
    ends = {end for short in WORDS["role_ends"].values() for end in short}
    if 1 < len(words) <= 4:
        words = [word for i, word in enumerate(words) if 0 < i < len(words) - 1 or word not in ends]
    return " ".join(words)
