"""Which two columns ask for expectation, or importance, and experience of one thing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from cxlab.study.exports.draft.guesses import WORDS, Seen, says, without
from cxlab.study.exports.draft.worded import Rated

_ENOUGH = 0.7  # of two wordings, without the words of their roles
_PART = re.compile(r"[^\W\d_]+|\d+")


def role_of(one: Seen) -> str:
    """expectation, importance or experience, where the words of a column tell it; else ""."""
    parts = _PART.findall(one.header)
    # Names whose parts tell the role: delivery_e and delivery_p, exp_loja and perc_loja, E1 and P1.
    for role, ends in WORDS["role_ends"].items():
        if 1 < len(parts) <= 4 and {parts[0], parts[-1]} & {*ends}:
            return role
    return next((role for role in WORDS["roles"] if says(f"roles.{role}", one.said)), "")


def pairs(columns: Sequence[Seen], scales: Mapping[str, Rated]) -> dict[str, tuple[str, str]]:
    """By the name of an experience: the role and the name of the question that goes with it."""
    roles = {one.name: role_of(one) for one in columns}
    found: dict[str, tuple[str, str]] = {}
    for one in columns:
        if roles[one.name] not in ("expectation", "importance"):
            continue
        near = {
            other.name: _likeness(_subject(one), _subject(other))
            for other in columns
            if roles[other.name] in ("experience", "") and other.name not in found
            if scales[other.name].points == scales[one.name].points
        }
        best = max(near, key=near.get, default="")
        if best and near[best] >= _ENOUGH:
            found[best] = (roles[one.name], one.name)
    return found


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio() if one and other else 0.0


def _subject(one: Seen) -> str:
    """What a question asks about, without the words of its role."""
    text = one.words
    for role in WORDS["roles"]:
        text = without(f"roles.{role}", text)
    words = _PART.findall(text)
    ends = {end for ends in WORDS["role_ends"].values() for end in ends}
    if 1 < len(words) <= 4:
        words = [word for i, word in enumerate(words) if 0 < i < len(words) - 1 or word not in ends]
    return " ".join(words)
