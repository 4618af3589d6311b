"""Which column is the question of the Net Promoter Score: by its words, and on 0 to 10.

The score has a meaning on 0 to 10 only. The same question on other points is an outcome of kind
score, and a column that holds the group (1 detractor, 2 passive, 3 promoter) is none at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cxlab.study.exports.draft.guesses import Guess, Seen, folded, says
from cxlab.study.exports.draft.numbered import STATED
from cxlab.study.exports.draft.worded import Rated

ENOUGH = 15  # answers among which 0 to 10 would show more than its lower half
_GROUP = re.compile(r"(.+?)[_ .-]+nps[_ .-]+(?:group|grupo|class|classe|clase)")
_BEYOND = {11, 77, 88, 89, 97, 98, 99, 997, 998, 999, 9999}  # codes that are no ratings


def recommended(columns: Sequence[Seen], scales: dict[str, Rated]) -> dict[str, Guess]:
    """The questions whether somebody would recommend, and columns of groups, by name; where the
    scale of one has to be told otherwise, `scales` is changed.
    """
    found: dict[str, Guess] = {}
    asked = {group[1] for one in columns if (group := _GROUP.fullmatch(folded(one.name)))}
    for one in columns:
        is_asked = says("asks.nps", one.said) or folded(one.name) in asked
        if is_group(one):
            reason = "it holds the groups of the score, not the answers"
            found[one.name] = Guess("group", one.name, {}, reason, 0.95)
        elif is_asked and (scale := _scale(one, scales.get(one.name))):
            scales[one.name] = scale
            kind = {"kind": "nps" if scale.points == (0, 10) else "score"}
            found[one.name] = Guess("outcomes", one.name, kind, scale.reason, scale.confidence)
    if not any(guess.key == "outcomes" for guess in found.values()):
        found |= _by_values(columns, scales)
    return found


def is_group(one: Seen) -> bool:
    """Whether the answers are detractor, passive and promoter, in words or as codes."""
    words = {folded(word) for word in (*one.texts, *one.labels.values())}
    if words and all(re.match(r"promo|detra|passiv|pasiv|neutr", word) for word in words):
        return any(re.match(r"promo|detra", word) for word in words)
    few = {*one.numbers.values()} <= {0, 1, 2, 3, -1, 100, -100} and not one.texts
    return few and says("asks.nps", one.said) and says("asks.group", one.said)


def _scale(one: Seen, scale: Rated | None) -> Rated | None:
    """The scale of a question that asks for a recommendation; None where it asks why."""
    values = {*one.numbers.values()}
    inner = {value for value in values if 0 <= value <= 10}
    if len(one.texts) > 2 or not inner or not all(map(float.is_integer, values)):
        return scale
    if any(value > 10 and value not in _BEYOND for value in values):
        return None
    is_told = scale is not None and bool(scale.labels or scale.reason == STATED)
    asked = "it asks for a recommendation"
    if is_told and scale.points != (0, 10):
        points = f"{scale.low:g} to {scale.high:g}"
        return replace(scale, reason=f"{asked} on {points}: no Net Promoter Score", confidence=0.95)
    top = max(inner)
    if top <= 7 and (one.n >= ENOUGH or top <= 5 and 0 not in inner and one.n > 4):
        base = scale or Rated(1, top if top < 6 else 7, missing=one.missing)
        return replace(base, reason=f"{asked}, but not on 0 to 10", confidence=0.85)
    gone = {answer: "no_answer" for answer, value in one.numbers.items() if value not in inner}
    gone |= {code: why for code, why in one.missing.items() if code in one.counts}
    base = replace(scale or Rated(0, 10), high=10, missing=gone)
    lower = sum(one.counts[answer] for answer, value in one.numbers.items() if value == 1)
    # Of a few who hate it some would have answered 0, were it there.
    if 0 not in inner and (lower > 3 and lower > 0.05 * one.n or lower > 7) and not is_told:
        reason = f"nobody answered 0 and {lower} answered 1: it seems to be on 1 to 10"
        return replace(base, low=1, reason=reason, confidence=0.7)
    sure = 0.97 if 0 in inner or is_told else 0.9
    return replace(base, low=0, reason=f"{asked}, on 0 to 10", confidence=sure)


def _by_values(columns: Sequence[Seen], scales: dict[str, Rated]) -> dict[str, Guess]:
    """The one column on 0 to 10 that asks for a mark and says not of what."""
    near = [
        one.name
        for one in columns
        if one.name in scales and scales[one.name].points == (0, 10) and not one.item
        if 0 in one.numbers.values() and max(one.numbers.values()) > 8
        if not says("asks.satisfaction", one.said) and len(one.said.split()) < 4
    ]
    reason = "it is the one mark from 0 to 10"
    return {name: Guess("outcomes", name, {"kind": "nps"}, reason, 0.7) for name in near[:1]}
