"""Scales whose answers are numbers: the points that a question or labels state, else those that
the codes show, and the codes that are no ratings.

A code that lies on the scale's end, such as 6 on a scale of 1 to 5 with "never used", is told by
those who gave it: on the other questions they rate like everybody, not higher.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlab.study.exports.draft.guesses import WORDS, Seen, says
from cxlab.study.exports.draft.worded import FEW, Rated, place_of

STATED = "the question states its points"
USUAL = ((1, 5), (1, 7), (1, 10), (0, 10))
_HIGH = (3, 4, 5, 6, 7, 9, 10, 100)
_RANGE = re.compile(
    r"(?<![\d.,/])([01])\s*(?:=[^=\d]{3,40})?(?:-|–|—|/|a|al|to|through|ate|hasta|e|y|and)\s*"
    rf"({'|'.join(map(str, _HIGH))})(?![\d/%])"
)
_END = re.compile(
    r"(?<![\d.,])(\d{1,3})\s*(?:[-–=:(]|means|significa|e |es )\s*([^\W\d][^,;.()=\d]{2,40})"
)
# The last rating of a scale by the highest code that was given, where that code is no rating.
_LAST = {6: 5, 8: 7, 9: 7, 11: 10}


def on_numbers(group: Sequence[Seen], numbers: pd.DataFrame) -> Rated | None:
    """The scale of columns that hold numbers, some perhaps with words for the ends."""
    question = " ".join(dict.fromkeys(one.words for one in group[:3]))
    texts = {word for one in group for word in one.texts}
    ends = {text: at[1] for text in texts if (at := place_of(text))}
    if len(ends) < len(texts) or len(texts) > 3:
        return None
    labels = _labels(group)
    if labels is None:
        return None
    stated, told = ((min(labels), max(labels)), labels) if labels else _stated(question)
    values = {value for one in group for value in one.numbers.values()}
    low, high = stated or (0, 10)
    body = {value for value in values if min(low, 0) <= value <= max(high, 10)}
    body = body if stated else _without_gap(body)
    points = stated or _points(group, body, ends)
    if points and not stated and not ends:
        points = _without_ends(numbers[[one.name for one in group]], *points, body)
    missing = {} if points is None else _outside(group, *points)
    if missing is None or points is None:
        return None
    given = [value for one in group for code, value in one.numbers.items() if code not in missing]
    is_whole = all(map(float.is_integer, given))
    if not is_whole and not says("asks.rate", group[0].said):
        return None
    places = {code: at[1] for code, word in told.items() if (at := place_of(word))}
    is_turned = len({*places.values()}) > 1 and np.corrcoef([*places], [*places.values()])[0, 1] < 0
    words = {**labels, **{points[at > 0]: text for text, at in ends.items()}}
    why = f"its answers are {points[0]:g} to {points[1]:g}"
    why = "its labels tell its points" if labels else STATED if stated else why
    sure = 0.95 if stated or ends else 0.8
    return Rated(
        *points, dict(sorted(words.items())), missing, bool(is_turned), is_whole, why, sure
    )


def _labels(group: Sequence[Seen]) -> dict[float, str] | None:
    """Words of the codes that are ratings; None where they are names of groups."""
    held = [one for one in group if one.column.labels]
    told = {
        float(code): word
        for one in held
        for code, word in one.labels.items()
        if code not in one.missing and re.fullmatch(r"-?\d+(?:\.0*)?", code)
        if re.search(r"[^\W\d]", word)
    }
    placed = sum(place_of(word) is not None for word in told.values())
    # Two labels far apart are those of the ends; others, in no order, are those of groups.
    are_ends = len(told) == 2 and max(told) - min(told) > 2
    if held and (len(told) < 2 or placed < 0.6 * len(told) and not are_ends):
        return None
    return told


def _stated(question: str) -> tuple[tuple[float, float] | None, dict[float, str]]:
    """Points that a question states, and the words of its ends ("10 - strongly agree")."""
    words = {float(code): word for code, word in _END.findall(question) if place_of(word)}
    if len(words) > 1 and min(words) in (0, 1) and max(words) in _HIGH:
        return (min(words), max(words)), words
    found = _RANGE.search(question)
    return ((float(found[1]), float(found[2])) if found else None), words


def _points(
    group: Sequence[Seen], body: set[float], ends: Mapping[str, float]
) -> tuple[float, float] | None:
    """The usual points that hold the numbers, with a point for each end that stands in words."""
    if not body:
        return None
    low, high = min(body), max(body) + any(at > 0 for at in ends.values())
    if any(at <= 0 for at in ends.values()):
        low = 1 if low > 1 else low - 1
    given = [(value, one.counts[text]) for one in group for text, value in one.numbers.items()]
    n, top = sum(k for _, k in given), sum(k for value, k in given if value == high)
    # Many chose the highest code, and nobody one above it: there is none.
    if low >= 1 and high <= 4 and len(body) > 2 and (n >= FEW or n >= 10 and top >= n / 3):
        return 1, high
    if low == 0 and high < 8 and (high <= 4 or n >= FEW):
        return (0, high) if high <= 4 else (1, high) if len(group) > 2 else None
    return next((each for each in (*USUAL, (0, 100)) if each[0] <= low and high <= each[1]), None)


def _without_gap(body: set[float]) -> set[float]:
    """Codes without 8 and 9 where they stand apart from a full scale: 1 to 5 and 9."""
    for high in (3, 4, 5, 6, 7):
        scale = {*range(high + 1)}
        if scale - {0} <= body and high + 1 not in body and body - scale <= {8, 9}:
            return body & scale
    return body


def _without_ends(
    answers: pd.DataFrame, low: float, high: float, body: set[float]
) -> tuple[float, float]:
    """A scale without the codes at its ends that are no ratings."""
    top, has_zero = max(body), min(body) == 0
    if top in _LAST and _is_apart(answers, top, _LAST[top], -1):
        low, high = min(low, 1) if has_zero else 1, _LAST[top]
    if has_zero and (high in (5, 7) or high in (4, 10) and _is_apart(answers, 0, 1, 1)):
        low = 1
    return low, high


def _is_apart(answers: pd.DataFrame, code: float, beside: float, side: int) -> bool:
    """Whether those who gave `code` rate the other questions as if it were not beyond `beside`."""
    inner = answers.where(answers.ne(code))
    rest = {
        name: inner.drop(columns=name).mean(axis=1)
        if len(answers.columns) > 1
        else inner[name] * np.nan
        for name in answers
    }
    given, near = (
        pd.concat([rest[name][answers[name] == one].dropna() for name in answers])
        for one in (code, beside)
    )
    if min(len(given), len(near)) < 10:
        return False
    error = np.sqrt(given.var() / len(given) + near.var() / len(near))
    return bool((given.mean() - near.mean()) * side > 2 * max(error, 1e-9))


def _outside(group: Sequence[Seen], low: float, high: float) -> dict[str, str] | None:
    """Why each code outside the scale is given, as far as its number tells; None where one is no
    usual code.
    """
    found = {}
    for answer, value in ((a, v) for one in group for a, v in one.numbers.items()):
        if low <= value <= high:
            continue
        why = "not_used" if value == high + 1 and value in (4, 5, 6, 8) else ""
        why = why or "no_answer" if value == 11 else why
        found[answer] = why or next(
            (w for w, codes in WORDS["codes"].items() if value in codes), ""
        )
    return found if all(found.values()) else None
