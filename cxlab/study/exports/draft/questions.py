"""What rated columns ask: whether somebody would recommend, on 0 to 10 or on other points, and
which two ask for expectation, or importance, and experience of one thing.

The Net Promoter Score has a meaning on 0 to 10 only. The same question on other points is an
outcome of kind score, and a column that holds the group (1 detractor, 2 passive, 3 promoter) is
none at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from cxlab.errors import said
from cxlab.study.exports.draft.guesses import PART, WORDS, Seen, is_one_of, says, words_of
from cxlab.study.exports.draft.numbered import STATED, outside, strangers
from cxlab.study.exports.draft.twins import lowered
from cxlab.study.exports.draft.worded import Rated


def recommended(columns: Sequence[Seen], scales: dict[str, Rated]) -> dict[str, str]:
    """The questions whether somebody would recommend, with the kind of each; where the scale of one
    has to be told otherwise, `scales` is changed.
    """
    kinds: dict[str, str] = {}
    for one in columns:
        if _asks_to_recommend(one) and (scale := _scale(one, scales.get(one.name))):
            scales[one.name] = scale
            kinds[one.name] = "nps" if scale.points == (0, 10) else "score"
    marks = [one for one in columns if _is_mark(one, scales)]
    if not kinds and len(marks) == 1:
        (only,) = marks
        why = said("it is the one mark from 0 to 10")
        scales[only.name] = replace(scales[only.name], reason=why, confidence=0.7)
        kinds[only.name] = "nps"
    return kinds


def _asks_to_recommend(one: Seen) -> bool:
    """By its words, or the first part of a name that has no others; nobody answers in parts of a
    point, as a model does that predicts it.
    """
    if sum(value % 1 != 0 for value in one.values) > len(one.values) / 2:
        return False
    name = one.item or ("" if one.column.text not in ("", one.name) else " ".join(one.parts()[:1]))
    return says("asks.nps", one.said) or is_one_of("asks.named", words_of(name))


def is_group(one: Seen) -> bool:
    """Whether the answers are codes of detractor, passive and promoter."""
    is_few = one.values.keys() <= {0, 1, 2, 3, -1, 100, -100} and not one.texts
    said_of = " ".join([one.said, *map(words_of, one.labels.values())])
    return is_few and says("asks.nps", said_of) and says("asks.group", said_of)


def _scale(one: Seen, scale: Rated | None) -> Rated | None:
    """The scale of a question that asks for a recommendation; None where it asks why."""
    given = one.values
    inner = {value for value in given if 0 <= value <= 10 and value.is_integer()}
    gone = outside(one, 0, 10)
    if len(one.texts) > 2 or max(inner, default=0) < 2 or gone is None:
        return scale
    is_told = scale is not None and bool(scale.labels or scale.reason == STATED)
    if is_told and scale.points != (0, 10):
        reason = said(
            "it asks for a recommendation on {low:g} to {high:g}: no Net Promoter Score",
            low=scale.low,
            high=scale.high,
        )
        return replace(scale, reason=reason, confidence=0.95)
    top = max(inner)
    if top <= 7 and one.n > 4:
        base = scale or Rated(1, top, missing=one.missing)
        reason = said("it asks for a recommendation, but not on 0 to 10")
        return replace(base, reason=reason, confidence=0.85)
    gone |= dict.fromkeys(strangers(one) or (), "no_answer")
    gone |= {code: why for code, why in one.missing.items() if code in one.counts}
    base = replace(scale or Rated(0, 10), low=0, high=10, missing=gone)
    # Of a few who hate it some would have answered 0, were it there.
    if 0 not in inner and given[1] > min(7, max(3, 0.05 * one.n)) and not is_told:
        reason = said("nobody answered 0 and {n} answered 1: it seems to be on 1 to 10", n=given[1])
        return replace(base, low=1, reason=reason, confidence=0.7)
    sure = 0.97 if 0 in inner or is_told else 0.9
    reason = said("it asks for a recommendation, on 0 to 10")
    return replace(base, reason=reason, confidence=sure)


def _is_mark(one: Seen, scales: dict[str, Rated]) -> bool:
    """Whether a column asks for a mark from 0 to 10 and says not of what."""
    is_on_ten = one.name in scales and scales[one.name].points == (0, 10) and not one.item
    is_used = is_on_ten and 0 in one.values and max(one.values) > 8
    return is_used and not says("asks.satisfaction", one.said) and len(one.said.split()) < 4


def role_of(one: Seen) -> str:
    """The role that the words of a column tell, adequate for the least that would do; else ""."""
    if any(one.twice):
        return one.twice[0]
    answers = map(words_of, [*one.texts, *one.labels.values()])
    if says("compared", " | ".join([one.said, *answers])):  # "Better than expected"
        return "experience"
    said = (role for role in WORDS["roles"] if says(f"roles.{role}", one.said))
    # Names whose parts tell the role: delivery_e and delivery_p, exp_loja and perc_loja, E1 and P1.
    parts = _parts(one.header)
    told = (role for role, ends in WORDS["role_ends"].items() if parts & {*ends})
    return next(said, next(told, ""))


def _parts(name: str) -> set[str]:
    """The parts of a name that may tell a role: the first and the last, others of more than one
    letter; none of a name of one part, or of a text.
    """
    parts = PART.findall(name) if " " not in name else []
    return {*parts[:1], *parts[-1:], *(part for part in parts if len(part) > 1)}


def pairs(columns: Sequence[Seen], scales: Mapping[str, Rated]) -> dict[str, tuple[str, str]]:
    """By the name of a question on expectation or importance: its role, and the name of the
    experience that goes with it.
    """
    found: dict[str, tuple[str, str]] = {}
    for one in columns:
        role, point = one.twice
        if point in {other.name for other in columns} - {one.name} and (
            role == "importance" or _is_one_scale(scales[point], scales[one.name])
        ):
            found[one.name] = role, point
    taken = {*found, *(point for _, point in found.values())}
    for one, other in pairwise(columns):  # of several batteries, one beside the other
        role, words = role_of(one), {*one.words.split()} & {*other.words.split()}
        is_pair = role in ("expectation", "importance") and role_of(other) == "experience"
        is_alike = any(len(word) > 3 for word in words) and not taken & {one.name, other.name}
        if is_pair and is_alike and _is_one_scale(scales[one.name], scales[other.name]):
            found[one.name] = role, other.name
    return lowered(found)


def _is_one_scale(one: Rated, other: Rated) -> bool:
    """Whether two questions may be answered on one scale: of the same points, each word of one
    code.
    """
    joined = {(at, words_of(word)) for held in (one, other) for at, word in held.labels.items()}
    return one.points == other.points and len(dict(map(reversed, joined))) == len(joined)
