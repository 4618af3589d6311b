"""Which column is the question of the Net Promoter Score: by its words, and on 0 to 10.

The score has a meaning on 0 to 10 only. The same question on other points is an outcome of kind
score, and a column that holds the group (1 detractor, 2 passive, 3 promoter) is none at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cxlab.study.exports.draft.guesses import Guess, Seen, folded, says
from cxlab.study.exports.draft.numbered import STATED
from cxlab.study.exports.draft.worded import Rated

ENOUGH = 15  # answers among which 0 to 10 would show more than its lower half
_GROUP = re.compile(r"(.+?)[_ .-]+nps[_ .-]+(?:group|grupo|class|classe|clase)")


def recommended(columns: Sequence[Seen], scales: dict[str, Rated]) -> dict[str, Guess]:
    """The questions whether somebody would recommend, by name; where they are on 0 to 10, or their
    scale had to be told otherwise, `scales` is changed.
    """
    found: dict[str, Guess] = {}
    asked = {group[1] for one in columns if (group := _GROUP.fullmatch(folded(one.name)))}
    for one in columns:
        if is_group(one):
            reason = "it holds the groups of the score, not the answers"
            found[one.name] = Guess("group", one.name, {}, reason, 0.95)
        elif (says("asks.nps", one.said) or folded(one.name) in asked) and (
            told := _told(one, scales)
        ):
            kind, scale, confidence = told
            scales[one.name] = scale
            found[one.name] = Guess("outcomes", one.name, {"kind": kind}, scale.reason, confidence)
    if not any(guess.key == "outcomes" for guess in found.values()):
        found |= _by_values(columns, scales)
    return found


def is_group(one: Seen) -> bool:
    """Whether the answers are detractor, passive and promoter, in words or as codes."""
    words = {*map(folded, one.texts)} | {folded(word) for word in one.labels.values()}
    if words and all(re.match(r"promo|detra|passiv|pasiv|neutr", word) for word in words):
        return any(re.match(r"promo|detra", word) for word in words)
    few = {*one.numbers.values()} <= {0, 1, 2, 3, -1, 100, -100} and not one.texts
    return few and says("asks.nps", one.said) and says("asks.group", one.said)


def _told(one: Seen, scales: Mapping[str, Rated]) -> tuple[str, Rated, float] | None:
    """Kind and scale of a question that asks for a recommendation; None for a reason why."""
    values = {*one.numbers.values()}
    scale = scales.get(one.name)
    inner = {value for value in values if 0 <= value <= 10}
    outer = values - inner
    if len(one.texts) > 2 or not inner or not all(float(value).is_integer() for value in values):
        return ("score", scale, 0.8) if scale else None
    if outer and not all(
        value < 0 or value == 11 or value in (88, 89, 97, 98, 99, 997, 998, 999, 9999)
        for value in outer
    ):
        return None
    is_told = scale is not None and (scale.labels or scale.reason == STATED)
    if is_told and scale.points != (0, 10):
        return (
            "score",
            replace(
                scale,
                reason=f"it asks for a recommendation on {scale.low:g} to {scale.high:g}: no Net Promoter Score",
            ),
            0.95,
        )
    lower = sum(one.counts[answer] for answer, value in one.numbers.items() if value == 1)
    if max(inner) <= 7 and (one.n >= ENOUGH or max(inner) <= 5 and 0 not in inner and one.n > 4):
        points = (1.0, 7.0 if max(inner) > 5 else 5.0 if max(inner) == 5 else float(max(inner)))
        base = scale or Rated(*points, missing=one.missing)
        return (
            "score",
            replace(base, reason="it asks for a recommendation, but not on 0 to 10"),
            0.85,
        )
    missing = {
        **one.missing,
        **{a: "no_answer" for a, value in one.numbers.items() if value in outer},
    }
    full = replace(
        scale or Rated(0, 10),
        low=0,
        high=10,
        missing=missing,
        reason="it asks for a recommendation, on 0 to 10",
    )
    if 0 not in inner and lower >= 4 and not is_told:
        reason = f"nobody answered 0 and {lower} answered 1: it seems to be on 1 to 10"
        return "score", replace(full, low=1, reason=reason), 0.7
    return "nps", full, 0.97 if 0 in inner or is_told else 0.9


def _by_values(columns: Sequence[Seen], scales: dict[str, Rated]) -> dict[str, Guess]:
    """The one column on 0 to 10 that asks for a mark and says not of what."""
    near = [
        one
        for one in columns
        if one.name in scales
        and scales[one.name].points == (0, 10)
        and {0.0} | {9.0, 10.0} & {*one.numbers.values()} <= {*one.numbers.values()}
        and max(one.numbers.values()) > 8
        and not says("asks.satisfaction", one.said)
        and not one.item
        and len(one.said.split()) < 4
    ]
    if len(near) != 1:
        return {}
    reason = "it is the one mark from 0 to 10"
    return {near[0].name: Guess("outcomes", near[0].name, {"kind": "nps"}, reason, 0.7)}
